"""What a preview says of control values, preference overrides, agents and renames."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from novu_provider.model import control_values
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.diff import Change, property_changes
from novu_provider.review.model import AgentChange, Carryover, ControlsChange, PreferencesChange
from novu_provider.review.resources import Resource, after_update, inputs, text

#: Inputs that Novu gets; others are for the provider.
_SENT = ("values", "preferences", "bridgeUrl", "bypassToken")


@dataclass(frozen=True)
class OverrideChanges:
    """What changes beside the registrations. ``records`` counts what only the stack records anew."""

    controls: tuple[ControlsChange, ...]
    preferences: tuple[PreferencesChange, ...]
    agents: tuple[AgentChange, ...]
    records: int


@dataclass
class _Pair:
    """What is declared of one thing before and after, whatever the resources are called that declare it.

    ``updated`` says that one resource does on both sides; then something is written.
    """

    old: Resource | None = None
    new: Resource | None = None
    updated: bool = False

    @property
    def action(self) -> int:
        """0 where it is declared anew, 1 where it changes, 2 where it is no longer declared."""
        return 0 if self.old is None else 2 if self.new is None else 1

    @property
    def before(self) -> JsonObject:
        return inputs(self.old.old) if self.old else {}

    @property
    def after(self) -> JsonObject:
        return inputs(self.new.new) if self.new else {}

    @property
    def is_record(self) -> bool:
        """Say whether one resource declares it in place of another, and nothing differs."""
        pairs = [canonical_json([side.get(name) for name in _SENT]) for side in (self.before, self.after)]
        return self.action == 1 and not self.updated and pairs[0] == pairs[1]


def read_overrides(touched: Sequence[Resource], gone: Collection[str]) -> OverrideChanges:
    """Say what changes.

    :param gone: workflows that are deleted or renamed: what was declared of them goes with them.
    """
    values = _pairs(touched, "StepControls", "workflowId", "stepId")
    overrides = _pairs(touched, "WorkflowPreferences", "workflowId")
    agents = _pairs(touched, "AgentBinding", "agentId")
    return OverrideChanges(
        controls=tuple(_controls(key, one) for key, one in values.items() if _is_shown(one, key[0], gone)),
        preferences=tuple(_override(key[0], one) for key, one in overrides.items() if _is_shown(one, key[0], gone)),
        agents=tuple(_agent(key[0], one) for key, one in agents.items() if not one.is_record),
        records=sum(one.is_record for group in (values, overrides, agents) for one in group.values())
        + sum(one.kind == "Rename" and one.new is None for one in touched),
    )


def renames(touched: Iterable[Resource]) -> tuple[Carryover, ...]:
    """Say what each rename carries over; one that leaves the program has done so."""
    made = [inputs(one.new) for one in touched if one.kind == "Rename" and one.new is not None]
    found = (Carryover(before=one["from"], after=one["to"], carried=_object(one, "carried") or {}) for one in made)
    return tuple(sorted(found, key=lambda one: one.after))


def _pairs(touched: Iterable[Resource], kind: str, *names: str) -> dict[tuple[str, ...], _Pair]:
    """Give the resources of one kind by what they are for, such as a workflow and its step."""
    found: dict[tuple[str, ...], _Pair] = {}
    for one in touched:
        if one.kind == kind:
            before, after = (tuple(str(inputs(side).get(name) or "") for name in names) for side in (one.old, one.new))
            if one.old is not None:
                found.setdefault(before, _Pair()).old = one
            if one.new is not None:
                found.setdefault(after, _Pair()).new = one
            if one.old is not None and before == after:
                found[after].updated = True
    return dict(sorted(found.items()))


def _is_shown(one: _Pair, workflow_id: str, gone: Collection[str]) -> bool:
    return not one.is_record and not (one.new is None and workflow_id in gone)


def _controls(key: tuple[str, ...], one: _Pair) -> ControlsChange:
    actions: tuple[Literal["set", "changed", "reset"], ...] = ("set", "changed", "reset")
    workflow_id, step_id = key
    return ControlsChange(
        workflow_id=workflow_id, step_id=step_id, action=actions[one.action], changes=tuple(_values(one))
    )


def _override(workflow_id: str, one: _Pair) -> PreferencesChange:
    actions: tuple[Literal["set", "changed", "cleared"], ...] = ("set", "changed", "cleared")
    before, after = (_object(side, "preferences") if side else None for side in (one.before, one.after))
    return PreferencesChange(workflow_id=workflow_id, action=actions[one.action], before=before, after=after)


def _agent(agent_id: str, one: _Pair) -> AgentChange:
    actions: tuple[Literal["created", "changed", "deleted"], ...] = ("created", "changed", "deleted")
    url, known = after_update(one.new.new if one.new else None, "bridgeUrl")
    tokens = [side.get("bypassToken") or "" for side in (one.before, one.after)]
    return AgentChange(
        agent_id=agent_id,
        action=actions[one.action],
        url_before=text(one.before.get("bridgeUrl")),
        url_after=url,
        url_known=known,
        token_changed=one.new is not None and tokens[0] != tokens[1],
    )


def _values(one: _Pair) -> Iterator[Change]:
    before, after = _object(one.before, "values"), _object(one.after, "values")
    schema = (one.after or one.before).get("controlSchema")
    defaults = control_values.with_defaults(schema, {}) if isinstance(schema, dict) else {}
    for key in sorted({*before, *after}):
        if key not in before:
            yield Change(path=(key,), kind="added", before=defaults.get(key), after=after[key])
        elif key not in after:
            yield Change(path=(key,), kind="removed", before=before[key], after=defaults.get(key))
        else:
            yield from property_changes({key: before[key]}, {key: after[key]})


def _object(side: JsonObject, name: str) -> JsonObject:
    """Give a property that is an object; one that is secret or unknown as a whole stands under an empty name."""
    found = side.get(name) or {}
    return found if isinstance(found, dict) else {"": found}
