"""Writes workflows as the dashboard does: `POST` and `PUT /v2/workflows`. Observed on Novu 3.19.0."""

from __future__ import annotations

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import slugify
from novu_provider.emulator.data.preferences import full_preferences
from novu_provider.emulator.data.steps import StepSpec
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.variables import EMPTY_SCHEMA, payload_schema
from novu_provider.emulator.data.workflows import DASHBOARD, Workflows, WorkflowSpec
from novu_provider.emulator.http.errors import validation_error
from novu_provider.emulator.http.validation import require_string

_PERMISSIVE_CONTROL_SCHEMA: Document = {"type": "object", "properties": {}, "additionalProperties": True}
"""Novu has a control schema for each type of dashboard step. The emulator accepts any control values instead."""


def create_in_dashboard(workflows: Workflows, environment: Environment, fields: Document) -> Document:
    """Store a workflow of origin `novu-cloud`. An identifier that exists already gets a random suffix."""
    name = require_string(fields, "name")
    identifier = require_string(fields, "workflowId") if "workflowId" in fields else slugify(name)
    requested_steps = _steps(fields)
    workflows.check_step_limit(len(requested_steps))
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
        steps=[_new_step(step) for step in requested_steps],
        extra=_edit_fields(environment, fields),
    )
    workflow = workflows.create(environment, spec, identifier, origin=DASHBOARD)
    for stored, requested in zip(workflow["steps"], requested_steps, strict=True):
        if requested.get("controlValues"):
            workflows.set_controls(environment, workflow["_id"], stored["_id"], requested["controlValues"])
    return workflow


def put_workflow(workflows: Workflows, environment: Environment, stored: Document, fields: Document) -> Document:
    """Update a workflow from the body of a PUT request.

    Steps are matched by `_id`. A step without `_id` is new. A step that the body does not contain is deleted with its
    control values. `controlValues: null` removes control values, and so does `preferences.user: null` with the
    override. Missing fields keep their value: control values, description, tags, payload schema and severity. The body
    becomes the workflow's `rawData`.
    """
    name = require_string(fields, "name")
    requested_steps = _steps(fields)
    workflows.check_step_limit(len(requested_steps))
    by_id = {step["_id"]: step for step in stored["steps"]}
    previous_steps = [by_id.get(step.get("_id", "")) for step in requested_steps]
    for previous, requested in zip(previous_steps, requested_steps, strict=True):
        if previous is not None and "controlValues" in requested:
            workflows.set_controls(environment, stored["_id"], previous["_id"], requested["controlValues"])
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
            _new_step(requested) if previous is None else _existing_step(previous, requested)
            for previous, requested in zip(previous_steps, requested_steps, strict=True)
        ],
        extra=_edit_fields(environment, fields),
    )
    updated = workflows.update(environment, stored["_id"], spec)
    for step, previous, requested in zip(updated["steps"], previous_steps, requested_steps, strict=True):
        if previous is None and requested.get("controlValues"):
            workflows.set_controls(environment, stored["_id"], step["_id"], requested["controlValues"])
    return updated


def _edit_fields(environment: Environment, fields: Document) -> Document:
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
        # The text is not recorded.
        raise validation_error("steps must be an array")
    return steps


def _new_step(requested: Document) -> StepSpec:
    name = require_string(requested, "name")
    return StepSpec(
        step_id=requested.get("stepId") or slugify(name),
        name=name,
        type=require_string(requested, "type"),
        controls={"schema": _PERMISSIVE_CONTROL_SCHEMA, "uiSchema": {"group": requested["type"].upper()}},
        output={"schema": EMPTY_SCHEMA},
    )


def _existing_step(previous: Document, requested: Document) -> StepSpec:
    template = previous["template"]
    return StepSpec(
        step_id=previous["stepId"],
        name=requested.get("name") or previous["name"],
        type=template["type"],
        controls=template.get("controls", {}),
        output=template.get("output"),
        code=template.get("code"),
        stop_on_fail=previous["shouldStopOnFail"],
        id=previous["_id"],
    )
