"""What is to be promoted of each workflow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from novu_provider.model import preferences
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.workflow_args import Preferences
from novu_provider.promotion.model import KeptValue, Kind, Path, PromotedWorkflow, RegistrationDifference, Value
from novu_provider.promotion.side import Side
from novu_provider.promotion.step_controls import Step, left_to_people

KINDS: tuple[Kind, ...] = get_args(Kind)

#: Says why a value cannot be written at its path below a workflow's id, None where it can.
Unwritable = Callable[[Path, Any], "str | None"]

#: Each switch as the configuration calls it, as an attribute, and its value where nobody touched it.
_SWITCHES = (
    ("active", "active", True),
    ("validatePayload", "validate_payload", False),
    ("translations", "translations", False),
)


def compare(
    source: Side, target: Side, unwritable: Unwritable, kinds: Collection[Kind] = KINDS
) -> tuple[PromotedWorkflow, ...]:
    """Say what is to be promoted, by workflow id; of workflows alone that both sides hold and that were read."""
    both = sorted(source.held.keys() & target.held.keys())
    found = [_Workflow(one, source, target, unwritable).promoted(kinds) for one in both]
    return tuple(one for one in found if one.values or one.left)


def differing(source: Side, target: Side) -> tuple[RegistrationDifference, ...]:
    """Name the workflows whose registrations differ otherwise than in being active, which is a setting here."""
    found = []
    for one in sorted(source.held.keys() & target.held.keys()):
        names = source.stored[one].registration.differing_properties(target.stored[one].registration)
        names = [name for name in names if name != "active"]
        found += [RegistrationDifference(workflow_id=one, properties=tuple(names))] if names else []
    return tuple(found)


@dataclass(frozen=True)
class _Workflow:
    """One workflow on both sides."""

    id: str
    source: Side
    target: Side
    unwritable: Unwritable

    def promoted(self, kinds: Collection[Kind]) -> PromotedWorkflow:
        """Compare these kinds."""
        parts = {"settings": self._settings, "preferences": self._preferences, "controls": self._controls}
        found = [one for kind, part in parts.items() if kind in kinds for one in part()]
        return PromotedWorkflow(
            workflow_id=self.id,
            name=self.target.stored[self.id].registration.name,
            values=tuple(one for one in found if isinstance(one, Value)),
            left=tuple(one for one in found if isinstance(one, KeptValue)),
        )

    def _settings(self) -> Iterator[Value | KeptValue]:
        sides = self.source.held[self.id], self.source.declared(self.id), self.target.declared(self.id)
        for key, attribute, usual in _SWITCHES:
            wanted, own, said = (getattr(one, attribute) for one in sides)
            before = getattr(self.target.held[self.id], attribute) if said is None else said
            if wanted not in (usual, own, before):
                origin = "environment" if said is None else "configuration"
                yield from self._checked(Value(path=(key,), before=before, before_from=origin, after=wanted))

    def _preferences(self) -> Iterator[Value | KeptValue]:
        override, own = self.source.held[self.id].preferences, self.source.declared(self.id).preferences
        if override is None or (own is not None and preferences.are_same(own.document(), override)):
            return
        declared = self.target.declared(self.id)
        before = declared.preferences.document() if declared.preferences else self.target.held[self.id].preferences
        if before is not None and preferences.are_same(before, override):
            return
        code = self.source.stored[self.id].registration.preferences
        # An override by the dashboard takes what the code says out of what Novu keeps of it: then nothing is known.
        if code and preferences.are_same(code, override):
            if before is not None:
                yield KeptValue(path=("preferences",), reason=f"{self.source.name} has what its code says")
        elif self.target.is_left("preferences", self.id):
            yield KeptValue(path=("preferences",), reason=left_to_people(self.target))
        else:
            origin = "configuration" if declared.preferences else "environment"
            yield from self._checked(_override(override, before, origin))

    def _controls(self) -> Iterator[Value | KeptValue]:
        reached = {step.step_id: step for step in self.target.stored[self.id].registration.steps}
        own = self.source.declared(self.id).controls
        for code in self.source.stored[self.id].registration.steps:
            said = own.get(code.step_id, {})
            values = {
                key: value
                for key, value in sorted(self.source.held[self.id].controls.get(code.step_id, {}).items())
                if key not in said or canonical_json(said[key]) != canonical_json(value)
            }
            step = Step(self.id, self.source, self.target, code, reached.get(code.step_id))
            yield from step.compared(values, self.unwritable)

    def _checked(self, found: Value | KeptValue) -> Iterator[Value | KeptValue]:
        reason = self.unwritable((self.id, *found.path), found.after) if isinstance(found, Value) else None
        yield KeptValue(path=found.path, reason=reason) if reason else found


def _override(override: JsonObject, before: JsonObject | None, origin: Any) -> Value | KeptValue:
    try:
        after = Preferences.model_validate(preferences.drop_defaults(override)).document()
    except ValueError:
        return KeptValue(path=("preferences",), reason="it has parts that this version of novu_provider does not know")
    if before is None:
        return Value(path=("preferences",), after=after)
    old, new = preferences.aligned(before, after)
    return Value(path=("preferences",), before=old, before_from=origin, after=new)
