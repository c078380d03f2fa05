"""The body of an update changes one property and repeats everything else."""

from __future__ import annotations

import json
from pathlib import Path

from novu_provider.model.registration import Registration
from novu_provider.novu_api.stored_workflow import stored_registration
from novu_provider.novu_api.workflow_update import build_update_body
from tests.unit.documents import Document, entry, schema, step, stored

RECORDINGS = Path(__file__).parents[2] / "contract" / "recordings"

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


CONTROLS = schema(subject={"type": "string", "default": "Hello"})
PREFERENCES = {"all": {"enabled": True}, "channels": {"sms": {"enabled": False}}}
ENTRY = entry("a", step("mail", controls=CONTROLS), step("text", "sms"), preferences=PREFERENCES)
REGISTRATION = Registration.discovered(ENTRY)


def test_every_other_field_is_written_back() -> None:
    body = build_update_body(WORKFLOW, severity="high")
    assert body["severity"] == "high"
    unchanged_fields = (
        "workflowId",
        "name",
        "description",
        "tags",
        "active",
        "payloadSchema",
        "origin",
        "validatePayload",
    )
    assert {key: body[key] for key in unchanged_fields} == {key: WORKFLOW[key] for key in unchanged_fields}
    assert body["preferences"] == {"user": {"all": {"enabled": False}}, "workflow": {"all": {"enabled": True}}}


def test_steps_keep_their_ids_and_their_stored_control_values_without_the_schema_s_defaults() -> None:
    """Without stored values the member is omitted: null would also remove the step's provider overrides."""
    assert build_update_body(WORKFLOW, severity="high")["steps"] == [
        {"_id": "s1", "stepId": "mail", "name": "Mail", "type": "email", "controlValues": {"subject": "Custom"}},
        {"_id": "s2", "stepId": "text", "name": "text", "type": "sms"},
    ]


def test_a_flag_that_is_off_is_omitted() -> None:
    assert "isTranslationEnabled" not in build_update_body(WORKFLOW, severity="high")


def test_a_workflow_without_optional_fields_is_written_with_their_defaults() -> None:
    body = build_update_body({"_id": "id-1", "workflowId": "a", "name": "A"}, severity="low")
    assert (body["description"], body["tags"], body["active"], body["steps"]) == ("", [], True, [])
    assert body["preferences"] == {"user": None, "workflow": None}


def recorded(number: str) -> Document:
    (path,) = RECORDINGS.glob(f"{number}-*.json")
    body: Document = json.loads(path.read_text(encoding="utf-8"))
    return body


def test_the_body_equals_a_recorded_one() -> None:
    body = build_update_body(recorded("609")["body"]["data"], severity="high")
    expected = recorded("610")["request"]["body"]
    # The recorded body has null for a step without values. Novu does not change omitted members.
    expected["steps"] = [{key: value for key, value in step.items() if value is not None} for step in expected["steps"]]
    assert {key: body[key] for key in expected} == expected
    assert set(body) == set(expected)


def test_an_override_is_written_or_cleared_and_the_severity_stays() -> None:
    override = {"all": {"enabled": True, "readOnly": False}, "channels": {"email": {"enabled": False}}}
    body = build_update_body(WORKFLOW | {"severity": "low"}, override=override)
    assert (body["preferences"]["user"], body["severity"]) == (override, "low")
    assert build_update_body(WORKFLOW, override=None)["preferences"]["user"] is None


def test_the_declared_registration_is_read_back_from_the_body() -> None:
    """Novu stores the body as `rawData`."""
    written = stored(ENTRY, "id-1") | {"rawData": build_update_body(WORKFLOW, severity="none", carrying=REGISTRATION)}
    assert stored_registration(written) == REGISTRATION


def test_the_output_schema_of_a_custom_step_is_read_back_too() -> None:
    custom = entry("a", step("count", "custom") | {"outputs": {"schema": schema(points={"type": "integer"})}})
    step_read = {"_id": "s1", "stepId": "count", "name": "count", "type": "custom"}
    body = build_update_body(WORKFLOW | {"steps": [step_read]}, override=None, carrying=Registration.discovered(custom))
    assert stored_registration(stored(custom, "id-1") | {"rawData": body}) == Registration.discovered(custom)
