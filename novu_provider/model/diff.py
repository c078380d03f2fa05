"""Differences between two sets of registrations, workflow by workflow and property by property.

Both sides are plain properties, so a registration that another version wrote can be compared too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.manifest import Manifest

#: Workflow ids with the properties of their registrations.
Registrations = Mapping[str, JsonObject]

#: Objects below this depth are compared as a whole.
_DEPTH = 16


class JsonModel(BaseModel):
    """Immutable data whose JSON has the names of Novu's API."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )


class Change(JsonModel):
    """One property that differs.

    ``path`` leads to it; a step has its id there, as in ``("steps", "receipt", "controlSchema", …)``. Of what was
    added ``before`` is null, of what was removed ``after``. ``moved`` are the steps that both have: their ids in the
    order of before and of after.
    """

    path: tuple[str, ...]
    kind: Literal["added", "removed", "changed", "moved"]
    before: Any = None
    after: Any = None


class SingleSided(JsonModel):
    """One workflow that only one side has."""

    workflow_id: str
    registration: JsonObject


class ChangedWorkflow(JsonModel):
    """One workflow that both sides have, with what differs."""

    workflow_id: str
    name: str
    changes: tuple[Change, ...]


class RenamedWorkflow(JsonModel):
    """A workflow under another id: known to be renamed, or alike in all but the id, and then without ``changes``.

    For Novu the old one is deleted and the new one created.
    """

    before: str
    after: str
    name: str
    changes: tuple[Change, ...] = ()


class Difference(JsonModel):
    """What leads from one set of registrations to another, each sorted by id."""

    created: tuple[SingleSided, ...] = ()
    changed: tuple[ChangedWorkflow, ...] = ()
    renamed: tuple[RenamedWorkflow, ...] = ()
    deleted: tuple[SingleSided, ...] = ()
    agents: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.renamed or self.deleted or self.agents)


def compare(before: Registrations, after: Registrations, known: Mapping[str, str] | None = None) -> Difference:
    """Say what leads from one set of registrations to another.

    :param known: renames that are known, from old to new id; others are found where two registrations are alike.
    """
    gone = {one: before[one] for one in before.keys() - after.keys()}
    new = {one: after[one] for one in after.keys() - before.keys()}
    said = {old: one for old, one in (known or {}).items() if old in gone and one in new}
    unsaid = {one: new[one] for one in new.keys() - set(said.values())}
    renamed = {**said, **dict(_renames({one: gone[one] for one in gone.keys() - said.keys()}, unsaid))}
    changes = {one: property_changes(before[one], after[one]) for one in sorted(before.keys() & after.keys())}
    return Difference(
        created=tuple(_entry(one, new[one]) for one in sorted(new.keys() - renamed.values())),
        changed=tuple(
            ChangedWorkflow(workflow_id=one, name=name_of(one, after[one]), changes=found)
            for one, found in changes.items()
            if found
        ),
        renamed=tuple(
            RenamedWorkflow(
                before=one,
                after=renamed[one],
                name=name_of(renamed[one], new[renamed[one]]),
                changes=property_changes(_but_for_id(one, gone[one]), _but_for_id(renamed[one], new[renamed[one]])),
            )
            for one in sorted(renamed)
        ),
        deleted=tuple(_entry(one, gone[one]) for one in sorted(gone.keys() - renamed.keys())),
    )


def compare_manifests(before: Manifest, after: Manifest) -> Difference:
    """Say what leads from one manifest to another, agents included."""
    found = compare(registrations(before), registrations(after))
    old, new = set(before.agents), set(after.agents)
    agents = [Change(path=("agents", one), kind="removed", before=one) for one in sorted(old - new)]
    agents += [Change(path=("agents", one), kind="added", after=one) for one in sorted(new - old)]
    return found.model_copy(update={"agents": tuple(agents)})


def registrations(manifest: Manifest) -> dict[str, JsonObject]:
    """Give a manifest's registrations as properties, by id."""
    return {one.workflow_id: one.properties() for one in manifest.workflows}


def property_changes(before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """Name each property in which two registrations differ; of a schema the members that differ."""
    return tuple(_walk((), before, after))


def name_of(workflow_id: str, registration: JsonObject) -> str:
    """Give a workflow's name; without one Novu shows its id."""
    name = registration.get("name")
    return name if isinstance(name, str) and name else workflow_id


def _entry(workflow_id: str, registration: JsonObject) -> SingleSided:
    return SingleSided(workflow_id=workflow_id, registration=registration)


def _renames(gone: Registrations, new: Registrations) -> Iterator[tuple[str, str]]:
    old_bodies = {one: _body(one, found) for one, found in gone.items()}
    new_bodies = {one: _body(one, found) for one, found in new.items()}
    counts = Counter(old_bodies.values()), Counter(new_bodies.values())
    by_body = {body: one for one, body in new_bodies.items()}
    for one, body in old_bodies.items():
        # Where several are alike nobody can say which became which.
        if counts[0][body] == counts[1][body] == 1:
            yield one, by_body[body]


def _body(workflow_id: str, registration: JsonObject) -> str:
    return canonical_json(_but_for_id(workflow_id, registration))


def _but_for_id(workflow_id: str, registration: JsonObject) -> JsonObject:
    """Give a registration without its id, and without the name that is only the id."""
    named = {} if registration.get("name") == workflow_id else {"name": registration.get("name")}
    return {key: found for key, found in registration.items() if key not in ("workflowId", "name")} | named


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and len(path) < _DEPTH:
        yield from _members(path, before, after)
        return
    if canonical_json(before) == canonical_json(after):
        return
    old, new = (_by_step(before), _by_step(after)) if path == ("steps",) else (None, None)
    if old is None or new is None:
        yield Change(path=path, kind="changed", before=before, after=after)
        return
    yield from _members(path, old, new)
    both = [one for one in old if one in new], [one for one in new if one in old]
    if both[0] != both[1]:
        yield Change(path=path, kind="moved", before=both[0], after=both[1])


def _members(path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        if key not in after:
            yield Change(path=(*path, key), kind="removed", before=before[key])
        elif key not in before:
            yield Change(path=(*path, key), kind="added", after=after[key])
        else:
            yield from _walk((*path, key), before[key], after[key])


def _by_step(steps: Any) -> dict[str, Any] | None:
    """Give steps by their id; None where they cannot be told apart by it."""
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        return None
    ids = [step.get("stepId") for step in steps]
    if not all(isinstance(one, str) for one in ids) or len(set(ids)) != len(ids):
        return None
    return {step["stepId"]: step for step in steps}
