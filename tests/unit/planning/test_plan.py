"""Plans are correct, and the guards refuse every plan that deletes unmanaged or protected workflows."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from novu_provider.errors import (
    DashboardCollision,
    EmptyManifest,
    GuardRefusal,
    ProtectedWorkflows,
    TooManyDeletions,
    UnmanagedWorkflows,
)
from novu_provider.model.environment import WorkflowSummary
from novu_provider.planning.guards import ApplicationIds, Guards, foreign_bridge_refusal
from novu_provider.planning.plan import Plan, make_plan
from novu_provider.text.wording import quoted_list

# Few ids, so that the same ids occur on all sides.
ids = st.sampled_from(["welcome", "digest-news", "Order Shipped", "grüße", "a", "b", "c", "d"])
id_sets = st.frozensets(ids)
origins = st.sampled_from(["external", "novu-cloud", "novu-cloud-v1"])
environments = st.dictionaries(ids, origins).map(
    lambda origins_by_id: [WorkflowSummary(f"id-{key}", key, origin) for key, origin in origins_by_id.items()]
)
allowances = st.just(True) | id_sets
guards = st.builds(
    Guards,
    prune_unmanaged=allowances,
    protect=allowances,
    allow_empty=st.booleans(),
    max_deletions=st.none() | st.integers(0, 5),
)
lenient_guards = st.builds(
    Guards,
    prune_unmanaged=allowances,
    protect=st.just(frozenset()),
    allow_empty=st.just(True),
    max_deletions=st.just(9),
)


def external(*workflow_ids: str) -> list[WorkflowSummary]:
    return [WorkflowSummary(f"id-{workflow_id}", workflow_id, "external") for workflow_id in workflow_ids]


def includes(allowed: Any, workflow_id: str) -> bool:
    return allowed is True or workflow_id in allowed


def synced(listed: list[WorkflowSummary], declared: Collection[str], plan: Plan) -> list[WorkflowSummary]:
    """Return the listing after a sync that applies exactly the plan."""
    remaining = [
        workflow for workflow in listed if not (workflow.is_code_first and workflow.workflow_id in plan.deleted)
    ]
    return remaining + external(*plan.created)


@given(environments, id_sets, id_sets, guards)
def test_an_allowed_plan_deletes_no_unmanaged_or_protected_workflow(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    if plan.refusals:
        with pytest.raises(GuardRefusal):
            plan.raise_refusal()
        return
    plan.raise_refusal()
    for workflow_id in plan.deleted:
        assert workflow_id in managed or includes(guards.prune_unmanaged, workflow_id)
        assert not includes(guards.protect, workflow_id)
        assert WorkflowSummary(f"id-{workflow_id}", workflow_id, "external") in listed
    if declared and guards.max_deletions is not None:
        assert len(plan.deleted) <= guards.max_deletions
    if declared and guards.max_deletions is None:
        assert len(set(plan.deleted) & managed) <= max(1, len(managed) // 2)
    assert declared or guards.allow_empty


@given(environments, id_sets, id_sets, guards | lenient_guards)
@example(external("a", "b"), frozenset("b"), frozenset("ab"), Guards())
def test_an_allowed_plan_applies_the_manifest_and_is_empty_afterwards(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    if plan.refusals:
        return
    after = synced(listed, declared, plan)
    assert {workflow.workflow_id for workflow in after if workflow.is_code_first} == declared
    assert [entry for entry in after if not entry.is_code_first] == [
        entry for entry in listed if not entry.is_code_first
    ]
    next_plan = make_plan(declared, after, declared, guards)
    assert (next_plan.created, next_plan.deleted, next_plan.refusals) == ((), (), ())
    assert next_plan.kept == tuple(sorted(declared))


@given(environments, id_sets, id_sets, guards)
def test_every_declared_or_stored_id_is_created_kept_or_deleted(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards
) -> None:
    plan = make_plan(declared, listed, managed, guards)
    stored = {workflow.workflow_id for workflow in listed if workflow.is_code_first}
    assert sorted(declared | stored) == sorted([*plan.created, *plan.kept, *plan.deleted])
    assert set(plan.created) == declared - stored
    assert set(plan.deleted) == stored - declared
    assert all(list(ids) == sorted(ids) for ids in (plan.created, plan.kept, plan.deleted))


@given(environments, id_sets, id_sets, guards, st.randoms())
def test_a_plan_does_not_depend_on_the_order_of_its_inputs(
    listed: list[WorkflowSummary], declared: frozenset[str], managed: frozenset[str], guards: Guards, random: Any
) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)
    first, second = (
        make_plan(declared, listed, managed, guards),
        make_plan(sorted(declared), iter(shuffled), sorted(managed), guards),
    )
    assert (first.created, first.kept, first.deleted) == (second.created, second.kept, second.deleted)
    assert [str(refusal) for refusal in first.refusals] == [str(refusal) for refusal in second.refusals]


def plan(
    declared: Collection[str],
    stored: list[WorkflowSummary],
    managed: Collection[str] = (),
    guards: Guards | None = None,
) -> Plan:
    return make_plan(declared, stored, managed, guards or Guards())


def classes(result: Plan) -> list[type[GuardRefusal]]:
    return [type(refusal) for refusal in result.refusals]


def test_the_first_sync_of_an_empty_environment_creates_everything() -> None:
    assert plan(["b", "a"], []) == Plan(("a", "b"), (), (), ())


def test_a_rename_is_a_creation_and_a_deletion() -> None:
    assert plan(["b2"], external("b1"), ["b1"]) == Plan(("b2",), (), ("b1",), ())


def test_the_refusal_of_an_unmanaged_workflow_names_the_setting_that_allows_it() -> None:
    result = plan(["a"], external("a", "foreign"), ["a"])
    assert classes(result) == [UnmanagedWorkflows]
    with pytest.raises(UnmanagedWorkflows, match="'foreign'") as refused:
        result.raise_refusal()
    assert "pulumi config set novu:pruneUnmanaged foreign" in refused.value.fix
    assert refused.value.prop == "pruneUnmanaged"


@pytest.mark.parametrize("allowed", [True, ["foreign"], ("other", "foreign")])
def test_settings_can_allow_the_deletion_of_an_unmanaged_workflow(allowed: Any) -> None:
    result = plan(["a"], external("a", "foreign"), ["a"], Guards(prune_unmanaged=allowed))
    assert (result.deleted, result.refusals) == (("foreign",), ())


def test_the_error_lists_only_unmanaged_workflows_that_no_setting_allows() -> None:
    result = plan(["a"], external("x", "y"), ["a"], Guards(prune_unmanaged=["x"]))
    assert "'y'" in result.refusals[0].what
    assert "'x'" not in result.refusals[0].what


@pytest.mark.parametrize("protect", [True, ["b"]])
def test_a_protected_workflow_is_never_deleted(protect: Any) -> None:
    for managed in (["a", "b"], ["a"]):
        result = plan(["a"], external("a", "b"), managed, Guards(protect=protect, prune_unmanaged=True))
        assert classes(result) == [ProtectedWorkflows]
        assert "'b'" in result.refusals[0].what


def test_the_plan_lists_protected_ids_without_a_workflow() -> None:
    guards = Guards(protect=["a", "stored", "managed", "made", "welcom"])
    listed = [*external("stored"), WorkflowSummary("id-made", "made", "novu-cloud")]
    assert plan(["a"], listed, ["managed"], guards).protected_but_unknown == ("welcom",)
    assert plan(["a"], listed, ["managed"], Guards(protect=True)).protected_but_unknown == ()


def test_protect_does_not_affect_declared_workflows() -> None:
    assert plan(["a", "b"], external("a"), ["a"], Guards(protect=True)).refusals == ()


def test_an_empty_manifest_is_refused_even_in_an_empty_environment() -> None:
    assert classes(plan([], [])) == [EmptyManifest]
    result = plan([], external("a", "b"), ["a", "b"])
    assert classes(result) == [EmptyManifest]
    assert "'a', 'b' would be deleted" in result.refusals[0].what


def test_an_allowed_empty_manifest_deletes_only_managed_workflows() -> None:
    allowed = Guards(allow_empty=True, max_deletions=1)
    assert plan([], external("a", "b", "c"), ["a", "b", "c"], allowed).refusals == ()
    assert classes(plan([], external("a", "x"), ["a"], allowed)) == [UnmanagedWorkflows]


def stored_and_managed(count: int) -> tuple[list[WorkflowSummary], list[str]]:
    workflow_ids = [f"w{number}" for number in range(count)]
    return external(*workflow_ids), workflow_ids


@pytest.mark.parametrize(
    ("managed", "deleted", "refused"),
    [(1, 1, False), (2, 2, True), (3, 2, True), (4, 2, False), (10, 5, False), (10, 6, True)],
)
def test_by_default_a_plan_deletes_at_most_half_of_the_managed_workflows_but_always_one(
    managed: int, deleted: int, refused: bool
) -> None:  # fmt: skip
    stored, workflow_ids = stored_and_managed(managed)
    result = plan(["new", *workflow_ids[deleted:]], stored, workflow_ids)
    assert classes(result) == [TooManyDeletions] * refused


@pytest.mark.parametrize(
    ("max_deletions", "deleted", "refused"), [(0, 1, True), (1, 1, False), (1, 2, True), (9, 9, False)]
)
def test_max_deletions_limits_the_number_of_deletions(max_deletions: int, deleted: int, refused: bool) -> None:
    stored, workflow_ids = stored_and_managed(10)
    result = plan(workflow_ids[deleted:], stored, workflow_ids, Guards(max_deletions=max_deletions))
    assert classes(result) == [TooManyDeletions] * refused
    assert not refused or f"pulumi config set novu:maxDeletions {deleted}`" in result.refusals[0].fix


def test_max_deletions_includes_unmanaged_workflows() -> None:
    guards = Guards(prune_unmanaged=True, max_deletions=1)
    assert classes(plan(["a"], external("a", "x", "y"), ["a"], guards)) == [TooManyDeletions]


def _lost(before: list[str], after: list[str], **options: Any) -> Plan:
    """Return the plan of `shop` with these workflows, beside 40 unchanged workflows of `billing`."""
    billing = [f"invoice-{number}" for number in range(40)]
    applications = {"shop": ApplicationIds(before, after), "billing": ApplicationIds(billing, billing)}
    declared, managed = {*billing, *after}, {*billing, *before}
    return plan(declared, external(*managed), managed, Guards(applications=applications, **options))


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [("abcd", "a", True), ("abcd", "ab", False), ("ab", "c", True), ("a", "b", False), ("abcd", "efgh", True)],
)
def test_a_small_application_may_not_lose_most_of_its_workflows(before: str, after: str, refused: bool) -> None:
    result = _lost(list(before), list(after))

    assert classes(result) == [TooManyDeletions] * refused


def test_the_refusal_names_the_application_and_the_setting_that_permits_it() -> None:
    (refusal,) = _lost(list("abcd"), list("a")).refusals

    assert "the application 'shop' would lose 3 of its 4 workflows: 'b', 'c', 'd'" in str(refusal)
    assert "`pulumi config set novu:maxDeletions 3`" in refusal.fix
    assert classes(_lost(list("abcd"), list("a"), max_deletions=3)) == []


def test_an_application_that_declares_no_workflow_any_more_is_refused() -> None:
    # It may declare agents, so its manifest alone is not refused.
    (refusal,) = _lost(["a"], [], max_deletions=1).refusals

    assert isinstance(refusal, EmptyManifest)
    assert "the application 'shop' declares no workflow, and 'a' would be deleted" in str(refusal)
    assert classes(_lost([], [])) == []


def test_an_application_that_loses_a_workflow_to_another_one_deletes_nothing() -> None:
    ids = {"shop": ApplicationIds("abc", ""), "billing": ApplicationIds("d", "abcd")}

    assert classes(plan("abcd", external(*"abcd"), "abcd", Guards(applications=ids))) == []


def test_a_dashboard_workflow_is_a_collision_and_never_deleted() -> None:
    made_in_dashboard = [
        WorkflowSummary("id-1", "welcome", "novu-cloud"),
        WorkflowSummary("id-2", "other", "novu-cloud-v1"),
    ]
    result = plan(["welcome"], made_in_dashboard)
    assert classes(result) == [DashboardCollision]
    assert "'welcome'" in result.refusals[0].what
    assert result.deleted == ()
    assert plan(["a"], made_in_dashboard).refusals == ()


def test_every_guard_that_refuses_is_in_the_plan() -> None:
    stored = [*external("a", "b", "c", "x"), WorkflowSummary("id-d", "d", "novu-cloud")]
    result = plan(["d"], stored, ["a", "b", "c"], Guards(protect=["a"]))
    assert classes(result) == [DashboardCollision, UnmanagedWorkflows, ProtectedWorkflows, TooManyDeletions]
    with pytest.raises(DashboardCollision):
        result.raise_refusal()
    assert all(refusal.why and refusal.fix for refusal in result.refusals)


def test_a_long_list_of_ids_ends_with_the_number_of_other_ids() -> None:
    assert quoted_list(["b", "a"]) == "'a', 'b'"
    assert quoted_list([]) == ""
    assert quoted_list((str(number) for number in range(25)), max_ids=2) == "'0', '1' and 23 more"


def test_a_declared_rename_replaces_an_unmanaged_workflow() -> None:
    result = make_plan(["new"], external("old"), (), Guards(renamed_from={"new": "old"}))
    assert (result.created, result.deleted, result.replaced) == (("new",), ("old",), ("old",))
    assert result.refusals == ()


def test_a_rename_to_a_stored_workflow_deletes_no_unmanaged_workflow() -> None:
    result = make_plan(["new"], external("old", "new"), (), Guards(renamed_from={"new": "old"}))
    assert result.replaced == ()
    assert classes(result) == [UnmanagedWorkflows]


def test_a_declared_rename_permits_no_other_deletion_and_obeys_protect() -> None:
    result = make_plan(["new"], external("old", "other"), (), Guards(renamed_from={"new": "old"}))
    assert classes(result) == [UnmanagedWorkflows]
    assert "'old'" not in result.refusals[0].what
    protected = make_plan(["new"], external("old"), (), Guards(protect=["old"], renamed_from={"new": "old"}))
    assert classes(protected) == [ProtectedWorkflows]


_OURS, _OTHER = "https://app.example.com/api/novu", "https://it's.example.com/api/novu"


@pytest.mark.parametrize(
    ("stored", "previous", "allowed", "refused"),
    [
        ("", None, None, False),
        (_OURS, None, None, False),
        (_OTHER, None, None, True),
        (_OTHER, _OTHER, None, False),
        (_OTHER, "https://before.example.com/api/novu", None, True),
        (_OTHER, None, _OTHER, False),
        (_OTHER, None, _OURS, True),
    ],
)
def test_a_bridge_url_of_somebody_else_is_not_replaced(
    stored: str, previous: str | None, allowed: str | None, refused: bool
) -> None:
    refusal = foreign_bridge_refusal(stored, _OURS, previous, Guards(replace_bridge_url=allowed))
    assert (refusal is not None) == refused
    if refusal:
        command = refusal.fix.partition("`")[2].strip("`.")
        assert shlex.split(command)[-1] == stored
