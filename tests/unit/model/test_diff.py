"""The differences between two sets of registrations, by property."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from novu_provider.model.diff import Change, Difference, compare, compare_manifests, property_changes, registrations
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from tests.unit.previews import registration, step
from tests.unit.strategies import registrations as registration_strategy

manifests = st.lists(registration_strategy, max_size=3, unique_by=lambda workflow: workflow.workflow_id).map(
    lambda workflows: Manifest(tuple(workflows))
)


def _changes(**changes: Any) -> tuple[Change, ...]:
    return property_changes(registration("a"), registration("a", **changes))


def test_each_changed_property_has_both_values() -> None:
    assert _changes(name="Other", tags=["shop", "new"]) == (
        Change(path=("name",), kind="changed", before="The a", after="Other"),
        Change(path=("tags",), kind="changed", before=["shop"], after=["shop", "new"]),
    )


def test_a_change_inside_a_schema_has_the_path_of_the_member() -> None:
    schema = {"type": "object", "properties": {"total": {"type": "number", "default": 3}, "more": {}}}
    assert _changes(payloadSchema=schema) == (
        Change(path=("payloadSchema", "properties", "more"), kind="added", after={}),
        Change(path=("payloadSchema", "properties", "total", "default"), kind="changed", before=None, after=3),
    )


def test_steps_are_identified_by_their_id() -> None:
    before = registration("a", steps=[step("mail", body="Hello"), step("push", "push"), step("late", "delay")])
    after = registration("a", steps=[step("push", "push"), step("mail", body="Hi"), step("new", "sms")])
    controls = ("steps", "mail", "controlSchema", "properties", "body", "default")
    assert property_changes(before, after) == (
        Change(path=("steps", "late"), kind="removed", before=step("late", "delay")),
        Change(path=controls, kind="changed", before="Hello", after="Hi"),
        Change(path=("steps", "new"), kind="added", after=step("new", "sms")),
        Change(path=("steps",), kind="moved", before=["mail", "push"], after=["push", "mail"]),
    )


def test_a_default_of_null_differs_from_no_default() -> None:
    changes = _changes(payloadSchema={"type": "object", "properties": {"total": {"type": "number"}}})
    assert changes == (Change(path=("payloadSchema", "properties", "total", "default"), kind="removed", before=None),)


def test_true_and_one_differ_and_one_and_one_point_zero_do_not() -> None:
    assert [change.path for change in property_changes({"a": True, "b": 1}, {"a": 1, "b": 1.0})] == [("a",)]


def test_steps_that_share_an_id_are_compared_as_a_whole() -> None:
    duplicates = [step("mail"), step("mail", "sms")]
    assert [change.path for change in _changes(steps=duplicates)] == [("steps",)]


def test_registrations_that_differ_only_in_their_id_are_a_rename() -> None:
    difference = compare({"a": registration("a", name="A")}, {"b": registration("b", name="A")})
    assert [(rename.before, rename.after) for rename in difference.renamed] == [("a", "b")]
    assert not difference.created
    assert not difference.deleted


def test_a_name_that_repeats_the_id_does_not_hide_a_rename() -> None:
    difference = compare({"a": registration("a", name="a")}, {"b": registration("b", name="b")})
    assert [(rename.before, rename.after) for rename in difference.renamed] == [("a", "b")]


def test_no_rename_is_guessed_between_several_equal_workflows() -> None:
    before = {workflow_id: registration(workflow_id, name="A") for workflow_id in ("a1", "a2")}
    difference = compare(before, {"b": registration("b", name="A")})
    assert not difference.renamed
    assert [workflow.workflow_id for workflow in difference.deleted] == ["a1", "a2"]
    assert [workflow.workflow_id for workflow in difference.created] == ["b"]


def test_agents_are_part_of_a_manifest() -> None:
    difference = compare_manifests(Manifest((), ("old", "kept")), Manifest((), ("kept", "new")))
    assert [(change.kind, change.path) for change in difference.agents] == [
        ("removed", ("agents", "old")),
        ("added", ("agents", "new")),
    ]


@given(manifests)
def test_nothing_differs_from_itself(manifest: Manifest) -> None:
    assert not compare_manifests(manifest, manifest)


@given(manifests, manifests)
def test_workflows_differ_exactly_if_their_digests_differ(before: Manifest, after: Manifest) -> None:
    difference = compare_manifests(before, after)
    assert bool(difference) == (before.digests != after.digests)
    common = before.digests.keys() & after.digests.keys()
    assert {workflow.workflow_id for workflow in difference.changed} == {
        workflow_id for workflow_id in common if before.digests[workflow_id] != after.digests[workflow_id]
    }


@given(manifests, manifests)
def test_every_id_of_only_one_side_occurs_once(before: Manifest, after: Manifest) -> None:
    difference = compare(registrations(before), registrations(after))
    removed = [workflow.workflow_id for workflow in difference.deleted] + [
        rename.before for rename in difference.renamed
    ]
    added = [workflow.workflow_id for workflow in difference.created] + [rename.after for rename in difference.renamed]
    assert sorted(removed) == sorted(before.digests.keys() - after.digests.keys())
    assert sorted(added) == sorted(after.digests.keys() - before.digests.keys())


@given(registration_strategy, registration_strategy)
def test_the_changes_and_differing_properties_name_the_same_properties(
    first: Registration, second: Registration
) -> None:
    changes = property_changes(first.properties(), second.properties())
    assert sorted({change.path[0] for change in changes}) == first.differing_properties(second)


def test_a_difference_equals_the_one_read_from_its_json() -> None:
    difference = compare({"a": registration("a")}, {"a": registration("a", severity="high"), "b": registration("b")})
    assert Difference.model_validate_json(difference.model_dump_json(by_alias=True)) == difference
