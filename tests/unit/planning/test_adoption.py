"""The first plan for an environment that `novu sync` filled."""

from __future__ import annotations

from typing import Any

from novu_provider.errors import DashboardCollision, EmptyManifest, UnmanagedWorkflows
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from novu_provider.planning.adoption import Adoption, plan_adoption

_URL = "https://app.example.com/api/novu"


def _workflow(workflow_id: str, **changes: Any) -> Registration:
    return Registration(workflow_id=workflow_id, name=f"The {workflow_id}", **changes)


def _adopt(
    declared: list[Registration], held: list[Registration], dashboard: tuple[str, ...] = (), stored_url: str = _URL
) -> Adoption:
    listed = [WorkflowSummary(f"_{one.workflow_id}", one.workflow_id, "external") for one in held]
    listed += [WorkflowSummary(f"_{one}", one, "novu-cloud") for one in dashboard]
    stored = [StoredWorkflow(f"_{one.workflow_id}", one) for one in held]
    return plan_adoption(
        Manifest(tuple(declared)), Environment("e", "Development", "dev", stored_url), listed, stored, wanted_url=_URL
    )


def test_what_novu_holds_as_declared_is_adopted_without_a_sync() -> None:
    found = _adopt([_workflow("a"), _workflow("b")], [_workflow("a"), _workflow("b")])
    assert found.unchanged == ("a", "b")
    assert not found.difference
    assert not found.needs_sync
    assert "no writing call" in found.next_steps()[-1]


def test_changed_and_created_workflows_need_one_sync() -> None:
    found = _adopt([_workflow("a", severity="high"), _workflow("new")], [_workflow("a")])
    assert [one.workflow_id for one in found.difference.changed] == ["a"]
    assert [one.workflow_id for one in found.difference.created] == ["new"]
    assert found.unchanged == ()
    assert found.needs_sync
    assert found.refusals == ()
    assert "pulumi preview" in found.next_steps()[-1]


def test_leftovers_are_named_with_what_they_probably_are_and_how_to_go_on() -> None:
    held = [
        Registration(workflow_id="old", name="Same"),
        _workflow("a"),
        _workflow("a-x1y2z3a4", severity="low"),
        _workflow("a-messages", severity="low"),
        _workflow("gone"),
    ]
    found = _adopt([Registration(workflow_id="new", name="Same"), _workflow("a")], held)
    assert {one: why.partition(":")[0] for one, why in found.leftovers.items()} == {
        "old": "renamed since",
        "a-x1y2z3a4": "left by two syncs at once",
        "a-messages": "removed in the code, or another application's",
        "gone": "removed in the code, or another application's",
    }
    assert [type(one) for one in found.refusals] == [UnmanagedWorkflows]
    assert "novu:pruneUnmanaged a-messages,a-x1y2z3a4,gone,old" in found.next_steps()[0]


def test_a_workflow_of_the_dashboard_with_a_declared_id_is_a_collision() -> None:
    found = _adopt([_workflow("a")], [], dashboard=("a", "b"))
    assert [type(one) for one in found.refusals] == [DashboardCollision]
    assert found.leftovers == {}


def test_an_empty_manifest_is_refused() -> None:
    assert EmptyManifest in [type(one) for one in _adopt([], [_workflow("a")]).refusals]


def test_another_url_alone_needs_a_sync() -> None:
    assert _adopt([_workflow("a")], [_workflow("a")], stored_url="https://old.example.com/api/novu").needs_sync


def test_a_bypass_token_in_the_stored_url_is_not_shown() -> None:
    found = _adopt([], [], stored_url=f"{_URL}?x-vercel-protection-bypass=secret")
    assert found.stored_url == _URL
