"""The stored form of a workflow's step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import object_id
from novu_provider.emulator.data.store import Document


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """A step as it shall be stored. `id` is the `_id` of the stored step that it continues."""

    step_id: str
    name: str
    type: str
    controls: Document
    output: Document | None = None
    code: str | None = None
    stop_on_fail: bool = False
    id: str | None = None


def minimized(value: Any) -> Any:
    """Return a value without the empty objects in it, as Novu's database stores some of its fields."""
    if not isinstance(value, dict):
        return value
    kept = {name: minimized(item) for name, item in value.items()}
    return {name: item for name, item in kept.items() if item != {}}


def build_step(
    environment: Environment,
    wanted: StepSpec,
    previous: Document | None,
    *,
    parent: str | None,
    now: str,
    with_code: bool,
) -> Document:
    """Return the stored form of a step; `previous` is the stored one that it continues, `parent` the one before it."""
    id_ = previous["_id"] if previous else object_id()
    controls = minimized(wanted.controls)
    template: Document = {
        **({"controls": controls} if controls else {}),
        **({"output": minimized(wanted.output)} if wanted.output else {}),
        "type": wanted.type,
        "active": True,
        "name": wanted.name,
        "variables": [],
        "_environmentId": environment.id,
        "_organizationId": environment.organization_id,
        "_creatorId": environment.user["_id"],
        "_feedId": None,
        "_layoutId": environment.layout_id if wanted.type == "email" else None,
        "_id": id_,
        "deleted": False,
        "createdAt": previous["template"]["createdAt"] if previous else now,
        "updatedAt": now,
        "__v": 0,
    }
    if with_code and wanted.code is not None:
        # Only an update writes the code of a step.
        template["code"] = wanted.code
    return {
        "replyCallback": {},
        "metadata": {"timed": {"weekDays": [], "monthDays": []}},
        "active": True,
        "shouldStopOnFail": wanted.stop_on_fail,
        "issues": {},
        "uuid": wanted.step_id,
        "stepId": wanted.step_id,
        "name": wanted.name,
        "type": "REGULAR",
        "filters": [],
        "_templateId": id_,
        "_parentId": parent,
        "_id": id_,
        "variants": [],
        "template": template,
    }
