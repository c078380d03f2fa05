"""Compares two environments: the differences, and those that `novu-provider promote` would copy.

The command compares with its own code on purpose: see `novu_provider.emulator`. It also knows the stacks'
configuration, which may declare other values. The page knows only what the environments store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from novu_provider.emulator.data.changes import changed_properties
from novu_provider.emulator.data.control_issues import control_issues
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.preferences import full_preferences
from novu_provider.emulator.data.responses import workflow_id
from novu_provider.emulator.data.store import Document, Store
from novu_provider.emulator.data.workflows import EXTERNAL, Workflows

_FLAGS = (("active", True), ("validatePayload", False), ("isTranslationEnabled", False))
"""Each flag with its value in a new workflow."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting with its value in both environments. `None` means that it is not set.

    `reason` says why promotion does not copy the source's value, or is empty.
    """

    setting: str
    source: Any
    target: Any
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkflowComparison:
    """One workflow that both environments store. `registration` names the properties of its code that differ."""

    workflow_id: str
    source_id: str
    target_id: str
    differences: tuple[Difference, ...]
    registration: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two environments. Workflows without any difference are only counted."""

    workflows: tuple[WorkflowComparison, ...]
    only_in_source: tuple[str, ...]
    only_in_target: tuple[str, ...]
    equal: int

    @property
    def carried(self) -> int:
        """The number of values that promotion would copy."""
        return sum(not difference.reason for workflow in self.workflows for difference in workflow.differences)


class Comparer:
    """Compares the environments of one store."""

    def __init__(self, store: Store, workflows: Workflows) -> None:
        self._store = store
        self._workflows = workflows

    def compare(self, source: Environment, target: Environment) -> Comparison:
        """Compare the code-first workflows of two environments."""
        ours, theirs = self._code_first(source), self._code_first(target)
        comparisons = [
            self._compare_workflow(source, ours[key], target, theirs[key])
            for key in sorted(ours.keys() & theirs.keys())
        ]
        differing = tuple(comparison for comparison in comparisons if comparison.differences or comparison.registration)
        return Comparison(
            workflows=differing,
            only_in_source=tuple(sorted(ours.keys() - theirs.keys())),
            only_in_target=tuple(sorted(theirs.keys() - ours.keys())),
            equal=len(comparisons) - len(differing),
        )

    def _code_first(self, environment: Environment) -> dict[str, Document]:
        workflows = self._store.all_workflows(environment.id)
        return {workflow_id(workflow): workflow for workflow in workflows if workflow["origin"] == EXTERNAL}

    def _compare_workflow(
        self, source: Environment, ours: Document, target: Environment, theirs: Document
    ) -> WorkflowComparison:
        source_values = _by_step(ours, self._workflows.controls(source, ours))
        target_values = _by_step(theirs, self._workflows.controls(target, theirs))
        differences = [*_flags(ours, theirs, source.name), *_preferences(ours, theirs, source.name)]
        for step in ours["steps"]:
            target_step = next((other for other in theirs["steps"] if other["stepId"] == step["stepId"]), None)
            both_values = source_values[step["stepId"]], target_values.get(step["stepId"], {})
            differences += _controls(step, target_step, *both_values, names=(source.name, target.name))
        return WorkflowComparison(
            workflow_id=workflow_id(ours),
            source_id=ours["_id"],
            target_id=theirs["_id"],
            differences=tuple(differences),
            # The activation is compared as a flag.
            registration=tuple(name for name in changed_properties(ours, theirs) if name != "active"),
        )


def _by_step(workflow: Document, controls: dict[str, Any]) -> dict[str, Document]:
    return {step["stepId"]: controls[step["_id"]] for step in workflow["steps"]}


def _flags(ours: Document, theirs: Document, source: str) -> Iterator[Difference]:
    for name, default in _FLAGS:
        if ours[name] != theirs[name]:
            reason = f"{source} has the default" if ours[name] == default else ""
            yield Difference(setting=name, source=ours[name], target=theirs[name], reason=reason)


def _preferences(ours: Document, theirs: Document, source: str) -> Iterator[Difference]:
    override, other = ours["userPreferences"], theirs["userPreferences"]
    if override == other:
        return
    reason = ""
    if override is None:
        reason = f"{source} has no override"
    elif override == full_preferences(ours["defaultPreferences"]):
        reason = f"{source} has what its code says"
    yield Difference(setting="preferences", source=override, target=other, reason=reason)


def _controls(
    step: Document,
    target_step: Document | None,
    source_values: Document,
    target_values: Document,
    *,
    names: tuple[str, str],
) -> Iterator[Difference]:
    source, target = names
    schema = _schema(step)
    target_schema = _schema(target_step) if target_step else schema
    for key in sorted({*source_values, *target_values}):
        ours, theirs = source_values.get(key), target_values.get(key)
        if _effective(schema, source_values, key) == _effective(target_schema, target_values, key):
            continue
        reason = ""
        if key not in source_values:
            reason = f"{source} does not set it"
        elif target_step is None:
            reason = f"{target} has no such step"
        elif _effective(schema, source_values, key) == _effective(schema, {}, key):
            reason = f"{source} has the code's default"
        elif _is_invalid(target_schema, key, ours):
            reason = f"the schema in {target} does not accept it"
        yield Difference(setting=f"controls.{step['stepId']}.{key}", source=ours, target=theirs, reason=reason)


def _schema(step: Document) -> Document:
    schema = step["template"].get("controls", {}).get("schema")
    return schema if isinstance(schema, dict) else {}


def _effective(schema: Document, values: Document, key: str) -> tuple[bool, Any]:
    """Return whether the step has a value, and the value: the stored one or the schema's default."""
    if key in values:
        return True, values[key]
    properties = schema.get("properties")
    declared = properties.get(key) if isinstance(properties, dict) else None
    return (True, declared["default"]) if isinstance(declared, dict) and "default" in declared else (False, None)


def _is_invalid(schema: Document, key: str, value: Any) -> bool:
    return any(path == key or path.startswith(f"{key}.") for path in control_issues(schema, {key: value}))
