"""Severity is set by a write of its own that leaves everything else as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from novu_provider import severity
from novu_provider.manifest import Manifest
from tests.unit.documents import Document, discover, entry, step
from tests.unit.fake_novu import FakeNovu

RECORDINGS = Path(__file__).parent.parent / "contract" / "recordings"

WORKFLOW: Document = {
    "_id": "id-1",
    "workflowId": "a",
    "name": "A",
    "description": "It greets.",
    "tags": ["x"],
    "active": False,
    "severity": "none",
    "origin": "external",
    "validatePayload": True,
    "isTranslationEnabled": False,
    "payloadSchema": {"type": "object"},
    "preferences": {"user": {"all": {"enabled": False}}, "default": {"all": {"enabled": True}}},
    "steps": [
        {
            "_id": "s1",
            "stepId": "mail",
            "name": "Mail",
            "type": "email",
            "controls": {"values": {"subject": "Custom"}, "dataSchema": {"type": "object"}},
            "controlValues": {"subject": "Custom"},
        },
        {"_id": "s2", "stepId": "text", "name": None, "type": "sms", "controls": {"values": {}}, "controlValues": {}},
    ],
    "slug": "a_wf_1",
    "status": "ACTIVE",
}


def test_every_other_field_is_written_as_it_was_read() -> None:
    body = severity.with_severity(WORKFLOW, "high")
    assert body["severity"] == "high"
    same = ("workflowId", "name", "description", "tags", "active", "payloadSchema", "origin", "validatePayload")
    assert {key: body[key] for key in same} == {key: WORKFLOW[key] for key in same}
    assert body["preferences"] == {"user": {"all": {"enabled": False}}, "workflow": {"all": {"enabled": True}}}


def test_steps_keep_their_ids_and_their_stored_control_values_without_the_schema_s_defaults() -> None:
    assert severity.with_severity(WORKFLOW, "high")["steps"] == [
        {"_id": "s1", "stepId": "mail", "name": "Mail", "type": "email", "controlValues": {"subject": "Custom"}},
        {"_id": "s2", "stepId": "text", "name": "text", "type": "sms", "controlValues": None},
    ]


def test_a_switch_that_is_off_is_not_named() -> None:
    assert "isTranslationEnabled" not in severity.with_severity(WORKFLOW, "high")


def test_a_workflow_without_optional_fields_is_written_with_their_defaults() -> None:
    body = severity.with_severity({"_id": "id-1", "workflowId": "a", "name": "A"}, "low")
    assert (body["description"], body["tags"], body["active"], body["steps"]) == ("", [], True, [])
    assert body["preferences"] == {"user": None, "workflow": None}


def recorded(number: str) -> Document:
    (path,) = RECORDINGS.glob(f"{number}-*.json")
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_what_is_written_is_what_a_running_novu_took() -> None:
    body = severity.with_severity(recorded("609")["body"]["data"], "high")
    taken = recorded("610")["request"]["body"]
    assert {key: body[key] for key in taken} == taken
    assert set(body) == set(taken)


@pytest.mark.parametrize(
    ("declared", "held", "repaired"),
    [
        ("high", "none", ["a"]),
        ("none", "high", ["a"]),
        ("high", "high", []),
    ],
)
def test_a_severity_that_differs_is_repaired_with_two_requests(declared: str, held: str, repaired: list[str]) -> None:
    novu = FakeNovu(entry("a", severity=declared), entry("new", severity="high"))
    novu.hold(entry("a", step("mail"), severity=held), entry("foreign", severity="low"))
    api = novu.api()
    before = api.stored()
    novu.requests.clear()
    assert severity.repair(api, Manifest.discovered(discover(*_served(novu)), "the test"), before) == repaired
    assert [f"{one.method} {one.url.path}" for one in novu.requests] == (
        ["GET /v2/workflows/id-1", "PUT /v2/workflows/id-1"] if repaired else []
    )
    assert {one.workflow_id: one.registration.severity for one in api.stored()} == {"a": declared, "foreign": "low"}


def _served(novu: FakeNovu) -> tuple[Document, ...]:
    assert isinstance(novu.served, tuple)
    return novu.served
