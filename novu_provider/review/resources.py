"""The resources of a preview, each with its state before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_provider.errors import PreviewError
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.pulumi_json import UNKNOWN, Urn, to_plain_json

#: Steps that change nothing. An operation of a later engine counts as a change, never as none.
_IDLE = ("same", "read", "refresh", "discard", "read-discarded", "read-replacement", "remove-pending-replace")
_NOVU = re.compile(
    r"(?:^|/)novu:(?:\w+:)?"
    r"(Workflow|EnvironmentBinding|Bridge|StepControls|WorkflowPreferences|AgentBinding|Rename)$"
)


@dataclass
class Resource:
    """All steps of one resource: a replacement has three."""

    urn: Urn
    custom: bool = True
    operations: set[str] = field(default_factory=set)
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        """Name this package's resource without its namespace; empty for others."""
        found = _NOVU.search(self.urn.type)
        return found[1] if found else ""

    @property
    def action(self) -> str:
        """Say in one word what happens to it."""
        if any("replace" in operation for operation in self.operations):
            return "replaced"
        if self.operations <= {"create", "import"}:
            return "created"
        return "deleted" if self.operations == {"delete"} else "changed"


def resources(steps: Iterable[Any]) -> list[Resource]:
    """Join the steps of each resource.

    :raises PreviewError: a step has no URN.
    """
    found: dict[str, Resource] = {}
    for step in steps:
        if not isinstance(step, Mapping) or not isinstance(step.get("urn"), str):
            raise PreviewError(
                "the preview has a step without a URN.",
                why="Another version of Pulumi wrote it, in a form that this package does not know.",
                fix="Use a supported version of Pulumi.",
            )
        urn = step["urn"]
        resource = found.setdefault(urn, Resource(Urn.parse(urn)))
        state = step.get("newState") or step.get("oldState") or {}
        resource.custom = bool(state.get("custom", True))
        if step.get("op") in _IDLE:
            continue
        resource.operations.add(str(step.get("op")))
        # The two halves of a replacement know one side each.
        resource.old = (step.get("oldState") if step.get("op") != "create-replacement" else None) or resource.old
        resource.new = (step.get("newState") if step.get("op") != "delete-replaced" else None) or resource.new
    return list(found.values())


def inputs(state: Mapping[str, Any] | None) -> JsonObject:
    """Give the inputs of one side; none where there is none."""
    found = to_plain_json((state or {}).get("inputs") or {})
    return found if isinstance(found, dict) else {}


def after_update(state: Mapping[str, Any] | None, name: str) -> tuple[str | None, bool]:
    """Give a text of the side after, and whether it is known before the update."""
    if ((state or {}).get("inputs") or {}).get(name) == UNKNOWN:
        return None, False
    return text(inputs(state).get(name)), True


def text(value: Any) -> str | None:
    """Give a text that is not empty."""
    return value if isinstance(value, str) and value else None
