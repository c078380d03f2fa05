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
    declared: list[Registration], stored: list[Registration], dashboard: tuple[str, ...] = (), stored_url: str = _URL
) -> Adoption:
    listed = [WorkflowSummary(f"_{workflow.workflow_id}", workflow.workflow_id, "external") for workflow in stored]
    listed += [WorkflowSummary(f"_{workflow_id}", workflow_id, "novu-cloud") for workflow_id in dashboard]
    workflows = [StoredWorkflow(f"_{workflow.workflow_id}", workflow) for workflow in stored]
    return plan_adoption(
        Manifest(tuple(declared)),
        Environment("e", "Development", "dev", stored_url),
        listed,
        workflows,
        wanted_url=_URL,
    )


def test_workflows_stored_as_declared_are_adopted_without_a_sync() -> None:
    adoption = _adopt([_workflow("a"), _workflow("b")], [_workflow("a"), _workflow("b")])
    assert adoption.unchanged == ("a", "b")
    assert not adoption.difference
    assert not adoption.needs_sync
    assert "writes nothing to Novu" in adoption.next_steps()[-1]


def test_changed_and_created_workflows_need_one_sync() -> None:
    adoption = _adopt([_workflow("a", severity="high"), _workflow("new")], [_workflow("a")])
    assert [workflow.workflow_id for workflow in adoption.difference.changed] == ["a"]
    assert [workflow.workflow_id for workflow in adoption.difference.created] == ["new"]
    assert adoption.unchanged == ()
    assert adoption.needs_sync
    assert adoption.refusals == ()
    assert "pulumi preview" in adoption.next_steps()[-1]


def test_leftovers_have_a_probable_origin_and_a_next_step() -> None:
    stored = [
        Registration(workflow_id="old", name="Same"),
        _workflow("a"),
        _workflow("a-x1y2z3a4", severity="low"),
        _workflow("a-messages", severity="low"),
        _workflow("gone"),
    ]
    adoption = _adopt([Registration(workflow_id="new", name="Same"), _workflow("a")], stored)
    assert {workflow_id: origin.partition(":")[0] for workflow_id, origin in adoption.leftovers.items()} == {
        "old": "renamed since",
        "a-x1y2z3a4": "left by two syncs at once",
        "a-messages": "removed in the code, or part of another application",
        "gone": "removed in the code, or part of another application",
    }
    assert [type(refusal) for refusal in adoption.refusals] == [UnmanagedWorkflows]
    assert "novu:pruneUnmanaged a-messages,a-x1y2z3a4,gone,old" in adoption.next_steps()[1]
    assert '{"new": "old"} as `renamed_from`' in adoption.next_steps()[0]


def test_a_dashboard_workflow_with_a_declared_id_is_a_collision() -> None:
    adoption = _adopt([_workflow("a")], [], dashboard=("a", "b"))
    assert [type(refusal) for refusal in adoption.refusals] == [DashboardCollision]
    assert adoption.leftovers == {}


def test_an_empty_manifest_is_refused() -> None:
    assert EmptyManifest in [type(refusal) for refusal in _adopt([], [_workflow("a")]).refusals]


def test_a_different_url_needs_a_sync() -> None:
    adoption = _adopt([_workflow("a")], [_workflow("a")], stored_url="https://old.example.com/api/novu")
    assert adoption.needs_sync
    assert "`pulumi config set novu:replaceBridgeUrl https://old.example.com/api/novu`" in adoption.next_steps()[0]


def test_the_bypass_token_in_the_stored_url_is_hidden() -> None:
    adoption = _adopt([], [], stored_url=f"{_URL}?x-vercel-protection-bypass=secret")
    assert adoption.stored_url == _URL


def test_a_declared_rename_needs_no_prune_and_no_advice() -> None:
    stored = Registration(workflow_id="old", name="Same")
    manifest = Manifest((Registration(workflow_id="new", name="Same"),), renamed_from={"new": "old"})
    listed = [WorkflowSummary("_old", "old", "external")]
    environment = Environment("e", "Development", "dev", _URL)
    adoption = plan_adoption(manifest, environment, listed, [StoredWorkflow("_old", stored)], wanted_url=_URL)
    assert adoption.refusals == ()
    assert adoption.undeclared_renames == {}
    assert "old" in adoption.leftovers
