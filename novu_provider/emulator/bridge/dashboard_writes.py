"""Workflows as a dashboard writes them: `POST` and `PUT /v2/workflows`. Observed on Novu 3.19.0."""

from __future__ import annotations

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import slugify
from novu_provider.emulator.data.preferences import full_preferences
from novu_provider.emulator.data.steps import StepSpec
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.variables import EMPTY_SCHEMA, payload_schema
from novu_provider.emulator.data.workflows import DASHBOARD, Workflows, WorkflowSpec
from novu_provider.emulator.http.errors import validation_error
from novu_provider.emulator.http.validation import require_text

_ANY_CONTROLS: Document = {"type": "object", "properties": {}, "additionalProperties": True}
"""Novu has a control schema for each type of step that is made in its dashboard; here they accept anything."""


def create_in_dashboard(workflows: Workflows, environment: Environment, fields: Document) -> Document:
    """Store a workflow of origin `novu-cloud`; a taken identifier gets a random suffix."""
    name = require_text(fields, "name")
    identifier = require_text(fields, "workflowId") if "workflowId" in fields else slugify(name)
    wanted = _steps(fields)
    workflows.check_step_limit(len(wanted))
    workflows.check_workflow_limit(environment)
    spec = WorkflowSpec(
        name=name,
        description=fields.get("description"),
        tags=fields.get("tags"),
        active=fields.get("active", True),
        payload_schema=payload_schema(fields.get("payloadSchema")),
        severity=fields.get("severity"),
        preferences=_preferences(fields).get("workflow"),
        validate_payload=fields.get("validatePayload", True),
        raw_data=fields,
        steps=[_new_step(step) for step in wanted],
        extra=_edited(environment, fields),
    )
    workflow = workflows.create(environment, spec, identifier, origin=DASHBOARD)
    for stored, given in zip(workflow["steps"], wanted, strict=True):
        if given.get("controlValues"):
            workflows.set_controls(environment, workflow["_id"], stored["_id"], given["controlValues"])
    return workflow


def put_workflow(workflows: Workflows, environment: Environment, stored: Document, fields: Document) -> Document:
    """Replace a workflow with what a client sent.

    Steps are matched by `_id`: one without is new, one that is missing goes, with its control values. Control values
    that are null are removed, those that are not sent stay. `preferences.user` null removes the override. What is not
    sent at all of description, tags, payload schema and severity stays. The request's body becomes the workflow's
    `rawData`.
    """
    name = require_text(fields, "name")
    wanted = _steps(fields)
    workflows.check_step_limit(len(wanted))
    by_id = {step["_id"]: step for step in stored["steps"]}
    known = [by_id.get(step.get("_id", "")) for step in wanted]
    for previous, given in zip(known, wanted, strict=True):
        if previous is not None and "controlValues" in given:
            workflows.set_controls(environment, stored["_id"], previous["_id"], given["controlValues"])
    spec = WorkflowSpec(
        name=name,
        description=fields.get("description"),
        tags=fields.get("tags"),
        active=True if fields.get("active") is None else bool(fields["active"]),
        payload_schema=fields.get("payloadSchema"),
        severity=fields.get("severity"),
        preferences=_preferences(fields).get("workflow"),
        validate_payload=fields.get("validatePayload"),
        translations=fields.get("isTranslationEnabled"),
        raw_data=fields,
        steps=[
            _new_step(given) if previous is None else _kept_step(previous, given)
            for previous, given in zip(known, wanted, strict=True)
        ],
        extra=_edited(environment, fields),
    )
    written = workflows.update(environment, stored["_id"], spec)
    for step, previous, given in zip(written["steps"], known, wanted, strict=True):
        if previous is None and given.get("controlValues"):
            workflows.set_controls(environment, stored["_id"], step["_id"], given["controlValues"])
    return written


def _edited(environment: Environment, fields: Document) -> Document:
    user = _preferences(fields).get("user")
    return {
        "userPreferences": None if user is None else full_preferences(user),
        "_updatedBy": environment.user["_id"],
    }


def _preferences(fields: Document) -> Document:
    preferences = fields.get("preferences")
    return preferences if isinstance(preferences, dict) else {}


def _steps(fields: Document) -> list[Document]:
    steps = fields.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        # Text not recorded.
        raise validation_error("steps must be an array")
    return steps


def _new_step(given: Document) -> StepSpec:
    name = require_text(given, "name")
    return StepSpec(
        step_id=given.get("stepId") or slugify(name),
        name=name,
        type=require_text(given, "type"),
        controls={"schema": _ANY_CONTROLS, "uiSchema": {"group": given["type"].upper()}},
        output={"schema": EMPTY_SCHEMA},
    )


def _kept_step(previous: Document, given: Document) -> StepSpec:
    template = previous["template"]
    return StepSpec(
        step_id=previous["stepId"],
        name=given.get("name") or previous["name"],
        type=template["type"],
        controls=template.get("controls", {}),
        output=template.get("output"),
        code=template.get("code"),
        stop_on_fail=previous["shouldStopOnFail"],
        id=previous["_id"],
    )
