"""Compares two environments workflow by workflow, and returns the values to promote."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from novu_provider.model import preferences
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.workflow_args import Preferences, WorkflowArgs
from novu_provider.promotion.model import Kind, Path, PromotedWorkflow, RegistrationDifference, UnpromotedValue, Value
from novu_provider.promotion.side import Side
from novu_provider.promotion.step_controls import StepComparison, dashboard_edited_reason

KINDS: tuple[Kind, ...] = get_args(Kind)

#: Returns why a value cannot be written at a path (workflow id first), or None if it can.
Unwritable = Callable[[Path, Any], "str | None"]

#: Each flag: its name in the configuration, its attribute, and its value if nobody changed it.
_FLAGS = (
    ("active", "active", True),
    ("validatePayload", "validate_payload", False),
    ("translations", "translations", False),
)


def compare(
    source: Side, target: Side, unwritable: Unwritable, kinds: Collection[Kind] = KINDS
) -> tuple[PromotedWorkflow, ...]:
    """Return the values to promote, by workflow id. Only workflows in ``dashboard`` of both sides are compared."""
    shared = sorted(source.dashboard.keys() & target.dashboard.keys())
    workflows = [_WorkflowComparison(workflow_id, source, target, unwritable).promoted(kinds) for workflow_id in shared]
    return tuple(workflow for workflow in workflows if workflow.values or workflow.not_promoted)


def differing(source: Side, target: Side) -> tuple[RegistrationDifference, ...]:
    """Return the workflows whose registrations differ. The activation is no difference: here it is a setting."""
    differences = []
    for workflow_id in sorted(source.dashboard.keys() & target.dashboard.keys()):
        names = source.stored[workflow_id].registration.differing_properties(target.stored[workflow_id].registration)
        properties = tuple(name for name in names if name != "active")
        if properties:
            differences.append(RegistrationDifference(workflow_id=workflow_id, properties=properties))
    return tuple(differences)


@dataclass(frozen=True)
class _WorkflowComparison:
    """One workflow on both sides."""

    workflow_id: str
    source: Side
    target: Side
    unwritable: Unwritable

    def promoted(self, kinds: Collection[Kind]) -> PromotedWorkflow:
        """Compare the settings of these kinds."""
        comparisons = {"settings": self._flags, "preferences": self._preferences, "controls": self._controls}
        results = [result for kind, run in comparisons.items() if kind in kinds for result in run()]
        return PromotedWorkflow(
            workflow_id=self.workflow_id,
            name=self.target.stored[self.workflow_id].registration.name,
            values=tuple(result for result in results if isinstance(result, Value)),
            not_promoted=tuple(result for result in results if isinstance(result, UnpromotedValue)),
        )

    def _flags(self) -> Iterator[Value | UnpromotedValue]:
        source_declared, target_declared = self._declared(self.source), self._declared(self.target)
        for key, attribute, usual in _FLAGS:
            value = getattr(self.source.dashboard[self.workflow_id], attribute)
            configured = getattr(target_declared, attribute)
            stored = getattr(self.target.dashboard[self.workflow_id], attribute)
            before = stored if configured is None else configured
            if value not in (usual, getattr(source_declared, attribute), before):
                origin = "environment" if configured is None else "configuration"
                yield from self._checked(Value(path=(key,), before=before, before_from=origin, after=value))

    def _preferences(self) -> Iterator[Value | UnpromotedValue]:
        override = self.source.dashboard[self.workflow_id].preferences
        source_configured = self._declared(self.source).preferences
        if override is None or (source_configured and preferences.are_same(source_configured.document(), override)):
            return
        configured = self._declared(self.target).preferences
        stored = self.target.dashboard[self.workflow_id].preferences
        before = configured.document() if configured else stored
        if before is not None and preferences.are_same(before, override):
            return
        code = self.source.stored[self.workflow_id].registration.preferences
        # After an override by the dashboard, Novu no longer stores the preferences of the code. Then they are unknown.
        if code and preferences.are_same(code, override):
            if before is not None:
                yield UnpromotedValue(
                    path=("preferences",), reason=f"{self.source.name} has the same preferences as its code"
                )
        elif self.target.is_dashboard_edited("preferences", self.workflow_id):
            yield UnpromotedValue(path=("preferences",), reason=dashboard_edited_reason(self.target))
        else:
            origin = "configuration" if configured else "environment"
            yield from self._checked(_promoted_override(override, before, origin))

    def _controls(self) -> Iterator[Value | UnpromotedValue]:
        target_steps = {step.step_id: step for step in self.target.stored[self.workflow_id].registration.steps}
        configured = self._declared(self.source).controls
        for step in self.source.stored[self.workflow_id].registration.steps:
            configured_values = configured.get(step.step_id, {})
            stored_values = self.source.dashboard[self.workflow_id].controls.get(step.step_id, {})
            edited = {
                key: value
                for key, value in sorted(stored_values.items())
                if key not in configured_values or canonical_json(configured_values[key]) != canonical_json(value)
            }
            comparison = StepComparison(
                self.workflow_id, self.source, self.target, step, target_steps.get(step.step_id)
            )
            yield from comparison.compare(edited, self.unwritable)

    def _declared(self, side: Side) -> WorkflowArgs:
        return side.declared(self.workflow_id)

    def _checked(self, result: Value | UnpromotedValue) -> Iterator[Value | UnpromotedValue]:
        if isinstance(result, Value):
            reason = self.unwritable((self.workflow_id, *result.path), result.after)
            yield UnpromotedValue(path=result.path, reason=reason) if reason else result
        else:
            yield result


def _promoted_override(override: JsonObject, before: JsonObject | None, origin: Any) -> Value | UnpromotedValue:
    try:
        after = Preferences.model_validate(preferences.drop_defaults(override)).document()
    except ValueError:
        return UnpromotedValue(
            path=("preferences",), reason="it has parts that this version of novu_provider does not know"
        )
    if before is None:
        return Value(path=("preferences",), after=after)
    old, new = preferences.align(before, after)
    return Value(path=("preferences",), before=old, before_from=origin, after=new)
