"""Severity is set by a separate write that changes nothing else."""

from __future__ import annotations

import pytest

from novu_provider.model.manifest import Manifest
from novu_provider.sync import severity
from tests.unit.documents import Document, discover, entry, step
from tests.unit.fake_novu import FakeNovu


@pytest.mark.parametrize(
    ("declared", "stored", "changed_ids"),
    [
        ("high", "none", ["a"]),
        ("none", "high", ["a"]),
        ("high", "high", []),
    ],
)
def test_a_differing_severity_is_set_with_two_requests(declared: str, stored: str, changed_ids: list[str]) -> None:
    novu = FakeNovu(entry("a", severity=declared), entry("new", severity="high"))
    novu.store(entry("a", step("mail"), severity=stored), entry("foreign", severity="low"))
    api = novu.api()
    before = api.stored_workflows()
    novu.requests.clear()
    assert (
        severity.apply_severities(api, Manifest.discovered(discover(*_served(novu)), "the test"), before) == changed_ids
    )
    assert [f"{request.method} {request.url.path}" for request in novu.requests] == (
        ["GET /v2/workflows/id-1", "PUT /v2/workflows/id-1"] if changed_ids else []
    )
    assert {workflow.workflow_id: workflow.registration.severity for workflow in api.stored_workflows()} == {
        "a": declared,
        "foreign": "low",
    }


def _served(novu: FakeNovu) -> tuple[Document, ...]:
    assert isinstance(novu.bridge_workflows, tuple)
    return novu.bridge_workflows
