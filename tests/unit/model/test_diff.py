"""What differs between two sets of registrations, named property by property."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from novu_provider.model.diff import Change, Difference, compare, compare_manifests, property_changes, registrations
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from tests.unit.previews import registration, step
from tests.unit.strategies import registrations as registration_strategy

manifests = st.lists(registration_strategy, max_size=4, unique_by=lambda one: one.workflow_id).map(
    lambda found: Manifest(tuple(found))
)


def _changes(**changes: Any) -> tuple[Change, ...]:
    return property_changes(registration("a"), registration("a", **changes))


def test_each_changed_property_is_named_with_both_values() -> None:
    assert _changes(name="Other", tags=["shop", "new"]) == (
        Change(path=("name",), kind="changed", before="The a", after="Other"),
        Change(path=("tags",), kind="changed", before=["shop"], after=["shop", "new"]),
    )


def test_inside_a_schema_the_member_that_differs_is_named() -> None:
    schema = {"type": "object", "properties": {"total": {"type": "number", "default": 3}, "more": {}}}
    assert _changes(payloadSchema=schema) == (
        Change(path=("payloadSchema", "properties", "more"), kind="added", after={}),
        Change(path=("payloadSchema", "properties", "total", "default"), kind="changed", before=None, after=3),
    )


def test_a_step_is_known_by_its_id_wherever_it_stands() -> None:
    before = registration("a", steps=[step("mail", body="Hello"), step("push", "push"), step("late", "delay")])
    after = registration("a", steps=[step("push", "push"), step("mail", body="Hi"), step("new", "sms")])
    controls = ("steps", "mail", "controlSchema", "properties", "body", "default")
    assert property_changes(before, after) == (
        Change(path=("steps", "late"), kind="removed", before=step("late", "delay")),
        Change(path=controls, kind="changed", before="Hello", after="Hi"),
        Change(path=("steps", "new"), kind="added", after=step("new", "sms")),
        Change(path=("steps",), kind="moved", before=["mail", "push"], after=["push", "mail"]),
    )


def test_a_default_of_null_differs_from_none() -> None:
    changes = _changes(payloadSchema={"type": "object", "properties": {"total": {"type": "number"}}})
    assert changes == (Change(path=("payloadSchema", "properties", "total", "default"), kind="removed", before=None),)


def test_true_and_one_differ_and_one_and_one_point_zero_do_not() -> None:
    assert [one.path for one in property_changes({"a": True, "b": 1}, {"a": 1, "b": 1.0})] == [("a",)]


def test_steps_that_share_an_id_are_compared_as_a_whole() -> None:
    twice = [step("mail"), step("mail", "sms")]
    assert [one.path for one in _changes(steps=twice)] == [("steps",)]


def test_registrations_that_differ_only_in_their_id_are_a_rename() -> None:
    found = compare({"a": registration("a", name="A")}, {"b": registration("b", name="A")})
    assert [(one.before, one.after) for one in found.renamed] == [("a", "b")]
    assert not found.created
    assert not found.deleted


def test_a_name_that_is_only_the_id_is_renamed_with_it() -> None:
    found = compare({"a": registration("a", name="a")}, {"b": registration("b", name="b")})
    assert [(one.before, one.after) for one in found.renamed] == [("a", "b")]


def test_where_several_are_alike_no_rename_is_guessed() -> None:
    before = {one: registration(one, name="A") for one in ("a1", "a2")}
    found = compare(before, {"b": registration("b", name="A")})
    assert not found.renamed
    assert [one.workflow_id for one in found.deleted] == ["a1", "a2"]
    assert [one.workflow_id for one in found.created] == ["b"]


def test_agents_are_part_of_a_manifest() -> None:
    found = compare_manifests(Manifest((), ("old", "kept")), Manifest((), ("kept", "new")))
    assert [(one.kind, one.path) for one in found.agents] == [
        ("removed", ("agents", "old")),
        ("added", ("agents", "new")),
    ]


@given(manifests)
def test_nothing_differs_from_itself(manifest: Manifest) -> None:
    assert not compare_manifests(manifest, manifest)


@given(manifests, manifests)
def test_a_difference_is_found_exactly_where_digests_differ(before: Manifest, after: Manifest) -> None:
    found = compare_manifests(before, after)
    assert bool(found) == (before.digests != after.digests)
    kept = before.digests.keys() & after.digests.keys()
    assert {one.workflow_id for one in found.changed} == {
        one for one in kept if before.digests[one] != after.digests[one]
    }


@given(manifests, manifests)
def test_every_id_of_one_side_alone_is_accounted_for_once(before: Manifest, after: Manifest) -> None:
    found = compare(registrations(before), registrations(after))
    gone = [one.workflow_id for one in found.deleted] + [one.before for one in found.renamed]
    new = [one.workflow_id for one in found.created] + [one.after for one in found.renamed]
    assert sorted(gone) == sorted(before.digests.keys() - after.digests.keys())
    assert sorted(new) == sorted(after.digests.keys() - before.digests.keys())


@given(registration_strategy, registration_strategy)
def test_the_named_properties_are_those_that_pulumi_shows(one: Registration, other: Registration) -> None:
    changes = property_changes(one.properties(), other.properties())
    assert sorted({change.path[0] for change in changes}) == one.differing_properties(other)


def test_json_of_a_difference_reads_back() -> None:
    found = compare({"a": registration("a")}, {"a": registration("a", severity="high"), "b": registration("b")})
    assert Difference.model_validate_json(found.model_dump_json(by_alias=True)) == found
