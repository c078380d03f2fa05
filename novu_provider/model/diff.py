"""Differences between two sets of registrations, by workflow and by property.

Both sides are plain properties, so registrations that another version of this package wrote can be compared too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.model.manifest import Manifest

#: The properties of registrations, by workflow id.
Registrations = Mapping[str, JsonObject]

#: Deeper objects are compared as a whole.
_MAX_DEPTH = 16


class JsonModel(BaseModel):
    """Immutable data. Its JSON uses the names of Novu's API."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )


class Change(JsonModel):
    """One property that differs.

    ``path`` leads to the property. It contains step ids, as in ``("steps", "receipt", "controlSchema", …)``.
    ``before`` is null for added properties, and ``after`` is null for removed ones. ``moved`` means that the order of
    the steps differs: ``before`` and ``after`` are the ids of the steps that both sides have, in their orders.
    """

    path: tuple[str, ...]
    kind: Literal["added", "removed", "changed", "moved"]
    before: Any = None
    after: Any = None


class UnpairedWorkflow(JsonModel):
    """One workflow that exists on only one side."""

    workflow_id: str
    registration: JsonObject


class ChangedWorkflow(JsonModel):
    """One workflow that exists on both sides, with its changes."""

    workflow_id: str
    name: str
    changes: tuple[Change, ...]


class RenamedWorkflow(JsonModel):
    """A workflow with a new id: a known rename, or two workflows that are equal except for the id (no ``changes``).

    Novu deletes the old workflow and creates the new one.
    """

    before: str
    after: str
    name: str
    changes: tuple[Change, ...] = ()


class Difference(JsonModel):
    """The changes that lead from one set of registrations to another, sorted by id."""

    created: tuple[UnpairedWorkflow, ...] = ()
    changed: tuple[ChangedWorkflow, ...] = ()
    renamed: tuple[RenamedWorkflow, ...] = ()
    deleted: tuple[UnpairedWorkflow, ...] = ()
    agents: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.renamed or self.deleted or self.agents)


def compare(before: Registrations, after: Registrations, known: Mapping[str, str] | None = None) -> Difference:
    """Return the changes that lead from one set of registrations to another.

    :param known: known renames, from old to new id. Other renames are found where two registrations are equal.
    """
    removed = {workflow_id: before[workflow_id] for workflow_id in before.keys() - after.keys()}
    added = {workflow_id: after[workflow_id] for workflow_id in after.keys() - before.keys()}
    renames = _all_renames(removed, added, known or {})
    changes = {
        workflow_id: property_changes(before[workflow_id], after[workflow_id])
        for workflow_id in sorted(before.keys() & after.keys())
    }
    return Difference(
        created=tuple(_unpaired(added, added.keys() - renames.values())),
        changed=tuple(
            ChangedWorkflow(
                workflow_id=workflow_id, name=name_of(workflow_id, after[workflow_id]), changes=changes_of_workflow
            )
            for workflow_id, changes_of_workflow in changes.items()
            if changes_of_workflow
        ),
        renamed=tuple(_renamed(old, removed[old], new, added[new]) for old, new in sorted(renames.items())),
        deleted=tuple(_unpaired(removed, removed.keys() - renames.keys())),
    )


def compare_manifests(before: Manifest, after: Manifest) -> Difference:
    """Return the changes that lead from one manifest to another, including the agents."""
    difference = compare(registrations(before), registrations(after))
    old, new = set(before.agents), set(after.agents)
    agents = [Change(path=("agents", agent_id), kind="removed", before=agent_id) for agent_id in sorted(old - new)]
    agents += [Change(path=("agents", agent_id), kind="added", after=agent_id) for agent_id in sorted(new - old)]
    return difference.model_copy(update={"agents": tuple(agents)})


def registrations(manifest: Manifest) -> dict[str, JsonObject]:
    """Return the properties of a manifest's registrations, by id."""
    return {workflow.workflow_id: workflow.properties() for workflow in manifest.workflows}


def property_changes(before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """Return each property in which two registrations differ. Inside schemas, return the members that differ."""
    return tuple(_walk((), before, after))


def name_of(workflow_id: str, registration: JsonObject) -> str:
    """Return the name of a workflow. Without a name, Novu shows the id."""
    name = registration.get("name")
    return name if isinstance(name, str) and name else workflow_id


def _unpaired(workflows: Registrations, ids: Collection[str]) -> Iterator[UnpairedWorkflow]:
    for workflow_id in sorted(ids):
        yield UnpairedWorkflow(workflow_id=workflow_id, registration=workflows[workflow_id])


def _renamed(old_id: str, old: JsonObject, new_id: str, new: JsonObject) -> RenamedWorkflow:
    changes = property_changes(_without_id(old_id, old), _without_id(new_id, new))
    return RenamedWorkflow(before=old_id, after=new_id, name=name_of(new_id, new), changes=changes)


def _all_renames(removed: Registrations, added: Registrations, known: Mapping[str, str]) -> dict[str, str]:
    """Return the known renames that apply, and those found by comparing the other workflows."""
    applied = {old: new for old, new in known.items() if old in removed and new in added}
    other_removed = {workflow_id: removed[workflow_id] for workflow_id in removed.keys() - applied.keys()}
    other_added = {workflow_id: added[workflow_id] for workflow_id in added.keys() - set(applied.values())}
    return {**applied, **dict(_detect_renames(other_removed, other_added))}


def _detect_renames(removed: Registrations, added: Registrations) -> Iterator[tuple[str, str]]:
    old_bodies = {workflow_id: _body(workflow_id, removed[workflow_id]) for workflow_id in removed}
    new_bodies = {workflow_id: _body(workflow_id, added[workflow_id]) for workflow_id in added}
    old_counts, new_counts = Counter(old_bodies.values()), Counter(new_bodies.values())
    new_id_by_body = {body: workflow_id for workflow_id, body in new_bodies.items()}
    for old_id, body in old_bodies.items():
        # If several workflows are equal, nobody knows which one became which.
        if old_counts[body] == new_counts[body] == 1:
            yield old_id, new_id_by_body[body]


def _body(workflow_id: str, registration: JsonObject) -> str:
    return canonical_json(_without_id(workflow_id, registration))


def _without_id(workflow_id: str, registration: JsonObject) -> JsonObject:
    """Return a registration without its id, and without its name if that repeats the id."""
    name = {} if registration.get("name") == workflow_id else {"name": registration.get("name")}
    return {key: value for key, value in registration.items() if key not in ("workflowId", "name")} | name


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and len(path) < _MAX_DEPTH:
        yield from _compare_members(path, before, after)
        return
    if canonical_json(before) == canonical_json(after):
        return
    old_steps, new_steps = (_steps_by_id(before), _steps_by_id(after)) if path == ("steps",) else (None, None)
    if old_steps is None or new_steps is None:
        yield Change(path=path, kind="changed", before=before, after=after)
        return
    yield from _compare_members(path, old_steps, new_steps)
    old_order = [step_id for step_id in old_steps if step_id in new_steps]
    new_order = [step_id for step_id in new_steps if step_id in old_steps]
    if old_order != new_order:
        yield Change(path=path, kind="moved", before=old_order, after=new_order)


def _compare_members(path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        if key not in after:
            yield Change(path=(*path, key), kind="removed", before=before[key])
        elif key not in before:
            yield Change(path=(*path, key), kind="added", after=after[key])
        else:
            yield from _walk((*path, key), before[key], after[key])


def _steps_by_id(steps: Any) -> dict[str, Any] | None:
    """Return steps by id, or None if their ids are not distinct."""
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        return None
    ids = [step.get("stepId") for step in steps]
    if not all(isinstance(step_id, str) for step_id in ids) or len(set(ids)) != len(ids):
        return None
    return {step["stepId"]: step for step in steps}
