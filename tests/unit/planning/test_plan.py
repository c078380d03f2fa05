"""The plan names what a sync would do, and no plan that loses what is foreign or protected goes through."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from novu_provider.errors import (
    DashboardCollision,
    EmptyManifest,
    ProtectedWorkflows,
    Refused,
    TooManyDeletions,
    UnmanagedWorkflows,
)
from novu_provider.model.environment import WorkflowSummary
from novu_provider.planning.guards import Guards
from novu_provider.planning.plan import Plan, make_plan
from novu_provider.text.wording import quoted_list

# Few ids on all sides, so that the sides meet.
ids = st.sampled_from(["welcome", "digest-news", "Order Shipped", "grüße", "a", "b", "c", "d"])
some = st.frozensets(ids)
origins = st.sampled_from(["external", "novu-cloud", "novu-cloud-v1"])
environments = st.dictionaries(ids, origins).map(
    lambda found: [WorkflowSummary(f"id-{key}", key, found[key]) for key in found]
)
allowances = st.just(True) | some
guards = st.builds(
    Guards,
    prune_unmanaged=allowances,
    protect=allowances,
    allow_empty=st.booleans(),
    max_deletions=st.none() | st.integers(0, 5),
)
open_guards = st.builds(
    Guards,
    prune_unmanaged=allowances,
    protect=st.just(frozenset()),
    allow_empty=st.just(True),
    max_deletions=st.just(9),
)


def external(*workflow_ids: str) -> list[WorkflowSummary]:
    return [WorkflowSummary(f"id-{workflow_id}", workflow_id, "external") for workflow_id in workflow_ids]


def covers(allowed: Any, workflow_id: str) -> bool:
    return allowed is True or workflow_id in allowed


def synced(listed: list[WorkflowSummary], declared: Collection[str], plan: Plan) -> list[WorkflowSummary]:
    """What Novu holds after a sync, by what the plan says of it."""
    kept = [one for one in listed if not (one.is_external and one.workflow_id in plan.deleted)]
    return kept + external(*plan.created)


@given(environments, some, some, guards)
def test_nothing_foreign_or_protected_is_deleted_by_a_plan_that_is_not_refused(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    if plan.refusals:
        with pytest.raises(Refused):
            plan.raise_refusal()
        return
    plan.raise_refusal()
    for workflow_id in plan.deleted:
        assert workflow_id in managed or covers(guards.prune_unmanaged, workflow_id)
        assert not covers(guards.protect, workflow_id)
        assert WorkflowSummary(f"id-{workflow_id}", workflow_id, "external") in listed
    if declared and guards.max_deletions is not None:
        assert len(plan.deleted) <= guards.max_deletions
    if declared and guards.max_deletions is None:
        assert len(set(plan.deleted) & managed) <= max(1, len(managed) // 2)
    assert declared or guards.allow_empty


@given(environments, some, some, guards | open_guards)
@example(external("a", "b"), frozenset("b"), frozenset("ab"), Guards())
def test_a_plan_that_is_not_refused_reaches_the_manifest_and_then_there_is_nothing_to_do(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    if plan.refusals:
        return
    after = synced(listed, declared, plan)
    assert {one.workflow_id for one in after if one.is_external} == declared
    assert [one for one in after if not one.is_external] == [one for one in listed if not one.is_external]
    again = make_plan(declared, after, declared, guards)
    assert (again.created, again.deleted, again.refusals) == ((), (), ())
    assert again.kept == tuple(sorted(declared))


@given(environments, some, some, guards)
def test_created_kept_and_deleted_are_the_manifest_and_what_novu_holds_each_id_once(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    held = {one.workflow_id for one in listed if one.is_external}
    assert sorted(declared | held) == sorted([*plan.created, *plan.kept, *plan.deleted])
    assert set(plan.created) == declared - held
    assert set(plan.deleted) == held - declared
    assert all(list(part) == sorted(part) for part in (plan.created, plan.kept, plan.deleted))


@given(environments, some, some, guards, st.randoms())
def test_a_plan_does_not_depend_on_the_order_of_what_it_is_made_of(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards, random: Any
) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)
    one, other = (
        make_plan(declared, listed, managed, guards),
        make_plan(sorted(declared), iter(shuffled), sorted(managed), guards),
    )
    assert (one.created, one.kept, one.deleted) == (other.created, other.kept, other.deleted)
    assert [str(refusal) for refusal in one.refusals] == [str(refusal) for refusal in other.refusals]


def plan(
    declared: Collection[str], held: list[WorkflowSummary], managed: Collection[str] = (), guards: Guards | None = None
) -> Plan:
    return make_plan(declared, held, managed, guards or Guards())


def kinds(found: Plan) -> list[type[Refused]]:
    return [type(refusal) for refusal in found.refusals]


def test_the_first_sync_of_an_empty_environment_creates_everything() -> None:
    assert plan(["b", "a"], []) == Plan(("a", "b"), (), (), ())


def test_a_rename_is_a_creation_and_a_deletion() -> None:
    assert plan(["b2"], external("b1"), ["b1"]) == Plan(("b2",), (), ("b1",), ())


def test_a_workflow_that_the_stack_never_managed_is_named_with_the_setting_that_lets_it_go() -> None:
    found = plan(["a"], external("a", "foreign"), ["a"])
    assert kinds(found) == [UnmanagedWorkflows]
    with pytest.raises(UnmanagedWorkflows, match="'foreign'") as refused:
        found.raise_refusal()
    assert "pulumi config set novu:pruneUnmanaged foreign" in refused.value.fix
    assert refused.value.prop == "pruneUnmanaged"


@pytest.mark.parametrize("allowed", [True, ["foreign"], ("other", "foreign")])
def test_a_foreign_workflow_may_go_when_the_settings_allow_it(allowed: Any) -> None:
    found = plan(["a"], external("a", "foreign"), ["a"], Guards(prune_unmanaged=allowed))
    assert (found.deleted, found.refusals) == (("foreign",), ())


def test_only_the_foreign_workflows_that_no_setting_allows_are_named() -> None:
    found = plan(["a"], external("x", "y"), ["a"], Guards(prune_unmanaged=["x"]))
    assert "'y'" in found.refusals[0].what
    assert "'x'" not in found.refusals[0].what


@pytest.mark.parametrize("protect", [True, ["b"]])
def test_a_protected_workflow_is_not_deleted_whoever_made_it(protect: Any) -> None:
    for managed in (["a", "b"], ["a"]):
        found = plan(["a"], external("a", "b"), managed, Guards(protect=protect, prune_unmanaged=True))
        assert kinds(found) == [ProtectedWorkflows]
        assert "'b'" in found.refusals[0].what


def test_protection_does_not_hold_back_what_stays() -> None:
    assert plan(["a", "b"], external("a"), ["a"], Guards(protect=True)).refusals == ()


def test_an_empty_manifest_needs_to_be_allowed_even_where_there_is_nothing_to_lose() -> None:
    assert kinds(plan([], [])) == [EmptyManifest]
    found = plan([], external("a", "b"), ["a", "b"])
    assert kinds(found) == [EmptyManifest]
    assert "'a', 'b' would be deleted" in found.refusals[0].what


def test_an_empty_manifest_that_is_allowed_deletes_what_was_managed_and_nothing_else() -> None:
    allowed = Guards(allow_empty=True, max_deletions=1)
    assert plan([], external("a", "b", "c"), ["a", "b", "c"], allowed).refusals == ()
    assert kinds(plan([], external("a", "x"), ["a"], allowed)) == [UnmanagedWorkflows]


def held_and_managed(count: int) -> tuple[list[WorkflowSummary], list[str]]:
    workflow_ids = [f"w{number}" for number in range(count)]
    return external(*workflow_ids), workflow_ids


@pytest.mark.parametrize(
    ("managed", "lost", "refused"),
    [(1, 1, False), (2, 2, True), (3, 2, True), (4, 2, False), (10, 5, False), (10, 6, True)],
)
def test_by_default_at_most_half_of_the_managed_workflows_go_and_always_one_may(
    managed: int, lost: int, refused: bool
) -> None:  # fmt: skip
    held, workflow_ids = held_and_managed(managed)
    found = plan(["new", *workflow_ids[lost:]], held, workflow_ids)
    assert kinds(found) == [TooManyDeletions] * refused


@pytest.mark.parametrize(("most", "lost", "refused"), [(0, 1, True), (1, 1, False), (1, 2, True), (9, 9, False)])
def test_a_stated_number_of_deletions_is_kept_to(most: int, lost: int, refused: bool) -> None:
    held, workflow_ids = held_and_managed(10)
    found = plan(workflow_ids[lost:], held, workflow_ids, Guards(max_deletions=most))
    assert kinds(found) == [TooManyDeletions] * refused
    assert not refused or f"novu:maxDeletions` to {lost}" in found.refusals[0].fix


def test_a_stated_number_bounds_the_deletion_of_foreign_workflows_too() -> None:
    guards = Guards(prune_unmanaged=True, max_deletions=1)
    assert kinds(plan(["a"], external("a", "x", "y"), ["a"], guards)) == [TooManyDeletions]


def test_an_id_of_the_dashboard_is_a_collision_and_its_workflow_is_never_deleted() -> None:
    made_in_dashboard = [
        WorkflowSummary("id-1", "welcome", "novu-cloud"),
        WorkflowSummary("id-2", "other", "novu-cloud-v1"),
    ]
    found = plan(["welcome"], made_in_dashboard)
    assert kinds(found) == [DashboardCollision]
    assert "'welcome'" in found.refusals[0].what
    assert found.deleted == ()
    assert plan(["a"], made_in_dashboard).refusals == ()


def test_every_guard_that_refuses_says_so() -> None:
    held = [*external("a", "b", "c", "x"), WorkflowSummary("id-d", "d", "novu-cloud")]
    found = plan(["d"], held, ["a", "b", "c"], Guards(protect=["a"]))
    assert kinds(found) == [DashboardCollision, UnmanagedWorkflows, ProtectedWorkflows, TooManyDeletions]
    with pytest.raises(DashboardCollision):
        found.raise_refusal()
    assert all(refusal.why and refusal.fix for refusal in found.refusals)


def test_a_long_list_of_names_is_cut_and_the_rest_counted() -> None:
    assert quoted_list(["b", "a"]) == "'a', 'b'"
    assert quoted_list([]) == ""
    assert quoted_list((str(number) for number in range(25)), max_ids=2) == "'0', '1' and 23 more"
