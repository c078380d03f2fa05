"""Integrations in the plan for reviewers: their changes, the exit status, and both renderings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novu_provider.review.markdown import render as render_markdown
from novu_provider.review.model import ReviewPlan
from novu_provider.review.preview import read_preview
from novu_provider.review.terminal import render as render_text
from tests.shipped_schemas import expect_valid
from tests.unit.previews import integration, preview


def _plan(*steps: Any) -> ReviewPlan:
    plan = read_preview(preview(*steps))
    expect_valid(json.loads(plan.model_dump_json(by_alias=True)), "plan")
    return plan


@pytest.mark.parametrize(
    ("step", "action", "status", "line"),
    [
        (integration("create", None, {}), "created", "changes", "mail (ses, email) created"),
        (integration("update", {}, {"active": False}), "changed", "changes", "active: true → false"),
        (integration("update", {}, {}), "changed", "changes", "the credentials change"),
        (integration("replace", {}, {"providerId": "resend"}), "replaced", "deletions", 'providerId: "ses" → "resend"'),
        (integration("delete", {}), "deleted", "deletions", "the integration mail (ses, email), deleted"),
    ],
)
def test_a_change_is_shown(step: Any, action: str, status: str, line: str) -> None:
    plan = _plan(step)
    assert (plan.integrations[0].action, plan.status, bool(plan.others)) == (action, status, False)
    text = render_text(plan).plain
    assert line in text
    assert "Novu: 1 integration" in text
    assert "mail" in render_markdown(plan)
    assert "secret" not in text + plan.model_dump_json()


def test_an_unchanged_integration_is_no_change() -> None:
    assert _plan(integration("same", {}, {})).status == "unchanged"
