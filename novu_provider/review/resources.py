"""The resources of a preview, each with its state before and after the update."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_provider.errors import PreviewError
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.pulumi_json import UNKNOWN, Urn, to_plain_json

#: Operations that change nothing. An unknown operation of a later engine counts as a change.
_UNCHANGED = ("same", "read", "refresh", "discard", "read-discarded", "read-replacement", "remove-pending-replace")
_NOVU_TYPE = re.compile(
    r"(?:^|/)novu:(?:\w+:)?"
    r"(Workflow|EnvironmentBinding|Bridge|StepControls|WorkflowPreferences|AgentBinding|Rename|Integration)$"
)


@dataclass
class Resource:
    """All steps of one resource. A replacement has three steps."""

    urn: Urn
    custom: bool = True
    operations: set[str] = field(default_factory=set)
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None

    @property
    def type_name(self) -> str:
        """The type of this package's resource without its namespace. Empty for other resources."""
        match = _NOVU_TYPE.search(self.urn.type)
        return match[1] if match else ""

    @property
    def action(self) -> str:
        """The operations in one word."""
        if any("replace" in operation for operation in self.operations):
            return "replaced"
        if self.operations <= {"create", "import"}:
            return "created"
        return "deleted" if self.operations == {"delete"} else "changed"


def join_steps(steps: Iterable[Any]) -> list[Resource]:
    """Return the resources, each with all of its steps.

    :raises PreviewError: a step has no URN.
    """
    resources: dict[str, Resource] = {}
    for step in steps:
        if not isinstance(step, Mapping) or not isinstance(step.get("urn"), str):
            raise PreviewError(
                "the preview contains a step without a URN.",
                why="A version of Pulumi wrote it whose format this package does not know.",
                fix="Use a supported version of Pulumi.",
            )
        urn = step["urn"]
        resource = resources.setdefault(urn, Resource(Urn.parse(urn)))
        state = step.get("newState") or step.get("oldState") or {}
        resource.custom = bool(state.get("custom", True))
        if step.get("op") in _UNCHANGED:
            continue
        resource.operations.add(str(step.get("op")))
        # Each half of a replacement contains only one side.
        resource.old = (step.get("oldState") if step.get("op") != "create-replacement" else None) or resource.old
        resource.new = (step.get("newState") if step.get("op") != "delete-replaced" else None) or resource.new
    return list(resources.values())


def inputs_of(state: Mapping[str, Any] | None) -> JsonObject:
    """Return the inputs of a resource state. Without a state, they are empty."""
    inputs = to_plain_json((state or {}).get("inputs") or {})
    return inputs if isinstance(inputs, dict) else {}


def text_after_update(state: Mapping[str, Any] | None, name: str) -> tuple[str | None, bool]:
    """Return a text input after the update, and whether the preview knows it."""
    if ((state or {}).get("inputs") or {}).get(name) == UNKNOWN:
        return None, False
    return text_or_none(inputs_of(state).get(name)), True


def text_or_none(value: Any) -> str | None:
    """Return the value if it is a text and not empty."""
    return value if isinstance(value, str) and value else None
