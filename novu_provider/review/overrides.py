"""The changes of control values, preference overrides, agents and renames in a preview."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from novu_provider.model import control_values
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.diff import Change, property_changes
from novu_provider.review.model import AgentChange, Carryover, ControlsChange, PreferencesChange
from novu_provider.review.resources import Resource, inputs_of, text_after_update, text_or_none

#: The inputs that are sent to Novu. Other inputs are only for the provider.
_SENT_INPUTS = ("values", "preferences", "bridgeUrl", "bypassToken")


@dataclass(frozen=True)
class OverrideChanges:
    """The changes besides registrations. ``records`` counts changes in the stack's state only."""

    controls: tuple[ControlsChange, ...]
    preferences: tuple[PreferencesChange, ...]
    agents: tuple[AgentChange, ...]
    records: int


@dataclass
class _Declaration:
    """The resources that declare one thing before and after the update, whatever their names.

    ``updated``: the same resource declares it before and after, so something is written.
    """

    old: Resource | None = None
    new: Resource | None = None
    updated: bool = False

    @property
    def action_index(self) -> int:
        """0 for a new declaration, 1 for a changed one, 2 for a removed one."""
        return 0 if self.old is None else 2 if self.new is None else 1

    @property
    def before(self) -> JsonObject:
        """The inputs before the update."""
        return inputs_of(self.old.old) if self.old else {}

    @property
    def after(self) -> JsonObject:
        """The inputs after the update."""
        return inputs_of(self.new.new) if self.new else {}

    @property
    def only_recorded(self) -> bool:
        """Whether only the resource's name changes, so that nothing is written to Novu."""
        before, after = (
            canonical_json([side.get(name) for name in _SENT_INPUTS]) for side in (self.before, self.after)
        )
        return self.action_index == 1 and not self.updated and before == after


def read_overrides(touched: Sequence[Resource], gone: Collection[str]) -> OverrideChanges:
    """Return the changes of overrides.

    :param touched: the resources that the update changes.
    :param gone: the ids of deleted and renamed workflows. Their overrides are deleted with them, and are not shown.
    """
    controls = _declarations(touched, "StepControls", "workflowId", "stepId")
    preferences = _declarations(touched, "WorkflowPreferences", "workflowId")
    agents = _declarations(touched, "AgentBinding", "agentId")
    recorded = sum(
        declaration.only_recorded for group in (controls, preferences, agents) for declaration in group.values()
    )
    removed_renames = sum(resource.type_name == "Rename" and resource.new is None for resource in touched)
    return OverrideChanges(
        controls=tuple(
            _controls_change(key, declaration)
            for key, declaration in controls.items()
            if _is_shown(declaration, key[0], gone)
        ),
        preferences=tuple(
            _preferences_change(key[0], declaration)
            for key, declaration in preferences.items()
            if _is_shown(declaration, key[0], gone)
        ),
        agents=tuple(
            _agent_change(key[0], declaration) for key, declaration in agents.items() if not declaration.only_recorded
        ),
        records=recorded + removed_renames,
    )


def read_carryovers(touched: Iterable[Resource]) -> tuple[Carryover, ...]:
    """Return the carryover of each rename. A rename that leaves the program has none left."""
    renames = [
        inputs_of(resource.new) for resource in touched if resource.type_name == "Rename" and resource.new is not None
    ]
    carryovers = (
        Carryover(before=rename["from"], after=rename["to"], carried=_object(rename, "carried") or {})
        for rename in renames
    )
    return tuple(sorted(carryovers, key=lambda carryover: carryover.after))


def _declarations(touched: Iterable[Resource], type_name: str, *names: str) -> dict[tuple[str, ...], _Declaration]:
    """Return the declarations of one resource type by their subject, such as a workflow and its step.

    :param names: the inputs that identify the subject.
    """
    declarations: dict[tuple[str, ...], _Declaration] = {}
    for resource in touched:
        if resource.type_name != type_name:
            continue
        before, after = (
            tuple(str(inputs_of(state).get(name) or "") for name in names) for state in (resource.old, resource.new)
        )
        if resource.old is not None:
            declarations.setdefault(before, _Declaration()).old = resource
        if resource.new is not None:
            declarations.setdefault(after, _Declaration()).new = resource
        if resource.old is not None and before == after:
            declarations[after].updated = True
    return dict(sorted(declarations.items()))


def _is_shown(declaration: _Declaration, workflow_id: str, gone: Collection[str]) -> bool:
    return not declaration.only_recorded and not (declaration.new is None and workflow_id in gone)


def _controls_change(key: tuple[str, ...], declaration: _Declaration) -> ControlsChange:
    actions: tuple[Literal["set", "changed", "reset"], ...] = ("set", "changed", "reset")
    workflow_id, step_id = key
    return ControlsChange(
        workflow_id=workflow_id,
        step_id=step_id,
        action=actions[declaration.action_index],
        changes=tuple(_value_changes(declaration)),
    )


def _preferences_change(workflow_id: str, declaration: _Declaration) -> PreferencesChange:
    actions: tuple[Literal["set", "changed", "cleared"], ...] = ("set", "changed", "cleared")
    before, after = (
        _object(inputs, "preferences") if inputs else None for inputs in (declaration.before, declaration.after)
    )
    return PreferencesChange(
        workflow_id=workflow_id, action=actions[declaration.action_index], before=before, after=after
    )


def _agent_change(agent_id: str, declaration: _Declaration) -> AgentChange:
    actions: tuple[Literal["created", "changed", "deleted"], ...] = ("created", "changed", "deleted")
    url, known = text_after_update(declaration.new.new if declaration.new else None, "bridgeUrl")
    token_before, token_after = (inputs.get("bypassToken") or "" for inputs in (declaration.before, declaration.after))
    return AgentChange(
        agent_id=agent_id,
        action=actions[declaration.action_index],
        url_before=text_or_none(declaration.before.get("bridgeUrl")),
        url_after=url,
        url_known=known,
        token_changed=declaration.new is not None and token_before != token_after,
    )


def _value_changes(declaration: _Declaration) -> Iterator[Change]:
    before, after = _object(declaration.before, "values"), _object(declaration.after, "values")
    schema = (declaration.after or declaration.before).get("controlSchema")
    defaults = control_values.with_defaults(schema, {}) if isinstance(schema, dict) else {}
    for key in sorted({*before, *after}):
        if key not in before:
            yield Change(path=(key,), kind="added", before=defaults.get(key), after=after[key])
        elif key not in after:
            yield Change(path=(key,), kind="removed", before=before[key], after=defaults.get(key))
        else:
            yield from property_changes({key: before[key]}, {key: after[key]})


def _object(inputs: JsonObject, name: str) -> JsonObject:
    """Return an input that is an object. If it is secret or unknown as a whole, it gets an empty key."""
    value = inputs.get(name) or {}
    return value if isinstance(value, dict) else {"": value}
