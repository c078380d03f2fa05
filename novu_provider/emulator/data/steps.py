"""The stored form of a workflow's step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import object_id
from novu_provider.emulator.data.store import Document


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """The fields of a step to store. `id` is the `_id` of the stored step that it updates."""

    step_id: str
    name: str
    type: str
    controls: Document
    output: Document | None = None
    code: str | None = None
    stop_on_fail: bool = False
    id: str | None = None


def drop_empty_objects(value: Any) -> Any:
    """Return a value without empty objects, as Novu's database stores some fields.

    `novu_provider.model` has its own function for this on purpose: see `novu_provider.emulator`.
    """
    if not isinstance(value, dict):
        return value
    entries = {name: drop_empty_objects(item) for name, item in value.items()}
    return {name: item for name, item in entries.items() if item != {}}


def build_step(
    environment: Environment,
    spec: StepSpec,
    previous: Document | None,
    *,
    parent: str | None,
    now: str,
    with_code: bool,
) -> Document:
    """Return the document of a step.

    `previous` is the stored step that it updates, `parent` the id of the step before it.
    """
    id_ = previous["_id"] if previous else object_id()
    controls = drop_empty_objects(spec.controls)
    template: Document = {
        **({"controls": controls} if controls else {}),
        **({"output": drop_empty_objects(spec.output)} if spec.output else {}),
        "type": spec.type,
        "active": True,
        "name": spec.name,
        "variables": [],
        "_environmentId": environment.id,
        "_organizationId": environment.organization_id,
        "_creatorId": environment.user["_id"],
        "_feedId": None,
        "_layoutId": environment.layout_id if spec.type == "email" else None,
        "_id": id_,
        "deleted": False,
        "createdAt": previous["template"]["createdAt"] if previous else now,
        "updatedAt": now,
        "__v": 0,
    }
    if with_code and spec.code is not None:
        # Novu stores the code of a step on an update, but not on creation.
        template["code"] = spec.code
    return {
        "replyCallback": {},
        "metadata": {"timed": {"weekDays": [], "monthDays": []}},
        "active": True,
        "shouldStopOnFail": spec.stop_on_fail,
        "issues": {},
        "uuid": spec.step_id,
        "stepId": spec.step_id,
        "name": spec.name,
        "type": "REGULAR",
        "filters": [],
        "_templateId": id_,
        "_parentId": parent,
        "_id": id_,
        "variants": [],
        "template": template,
    }
