"""New resources of workflows that Novu already stores: the plan calls them adopted or changed, and not created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novu_provider.planning.effects import Effects, StoredBeforeUpdate
from novu_provider.review import markdown, terminal
from novu_provider.review.model import ReviewPlan
from novu_provider.review.preview import read_preview
from tests.shipped_schemas import expect_valid
from tests.unit.previews import diagnostic, preview, registration, workflow


def _new(workflow_id: str, before: StoredBeforeUpdate | None, **changes: Any) -> Any:
    extra = {StoredBeforeUpdate.INPUT: before.document()} if before else {}
    return workflow("create", None, {**registration(workflow_id, **changes), **extra})


def _plan(*steps: Any, diagnostics: Any = ()) -> ReviewPlan:
    plan = read_preview(preview(*steps, diagnostics=diagnostics))
    expect_valid(json.loads(plan.model_dump_json(by_alias=True)), "plan")
    return plan


def test_stored_as_declared_is_adopted_and_stored_otherwise_is_changed() -> None:
    plan = _plan(
        _new("same", StoredBeforeUpdate(stored=True)),
        _new("other", StoredBeforeUpdate(stored=True, differing={"severity": "low"}), severity="high"),
        _new("new", StoredBeforeUpdate(stored=False)),
    )
    assert plan.adopted == ("same",)
    assert [one.workflow_id for one in plan.workflows.created] == ["new"]
    (changed,) = plan.workflows.changed
    assert [(one.path, one.before, one.after) for one in changed.changes] == [(("severity",), "low", "high")]
    assert (plan.status, plan.records) == ("changes", 0)
    headline = "1 workflow adopted, 1 created, 1 changed"
    assert headline in markdown.render(plan)
    assert headline in terminal.render(plan).plain
    assert StoredBeforeUpdate.INPUT not in plan.model_dump_json()


def test_only_adopted_is_a_change_of_the_state_alone() -> None:
    plan = _plan(_new("same", StoredBeforeUpdate(stored=True)))
    assert (plan.status, bool(plan.workflows)) == ("changes", False)
    assert "- `same`" in markdown.render(plan)
    assert "  = same" in terminal.render(plan).plain


def test_a_property_that_novu_does_not_store_is_added() -> None:
    (changed,) = _plan(
        _new(
            "a",
            StoredBeforeUpdate(stored=True, differing={"controlSchema": {"$null": True}}),
            controlSchema={"type": "object"},
        )
    ).workflows.changed
    assert [(one.path, one.kind) for one in changed.changes] == [(("controlSchema",), "added")]


@pytest.mark.parametrize(
    "before", [None, "text", {"stored": "yes"}, {"stored": True}, {"stored": True, "differing": []}]
)
def test_without_the_knowledge_of_the_preview_it_is_created(before: Any) -> None:
    plan = _plan(workflow("create", None, {**registration("a"), StoredBeforeUpdate.INPUT: before}))
    assert [one.workflow_id for one in plan.workflows.created] == ["a"]
    assert plan.adopted == ()


def test_a_later_change_does_not_look_at_what_was_stored_before_the_first() -> None:
    extra = {StoredBeforeUpdate.INPUT: StoredBeforeUpdate(stored=True).document()}
    plan = _plan(workflow("update", {**registration("a"), **extra}, {**registration("a", severity="high"), **extra}))
    assert [one.workflow_id for one in plan.workflows.changed] == ["a"]
    assert plan.adopted == ()


def test_the_line_of_the_provider_is_not_repeated_as_a_message() -> None:
    line = Effects(adopted=1, created=0, changed=0, deleted=0).line
    assert (
        _plan(diagnostics=[diagnostic(f"novu: {line}\nnovu: another line", "info#err")]).messages[0].text
        == "another line"
    )
