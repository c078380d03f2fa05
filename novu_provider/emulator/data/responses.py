"""Builds responses from stored workflows. Their shapes were observed on Novu 3.19.0.

The stored document is the entity in responses of `POST /v1/bridge/sync`, without two computed fields: `id`, a copy of
`_id`, and `updatedBy`, the user that `_updatedBy` refers to.
"""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.delivery import channel_status, missing_integrations, workflow_status
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import slug, slugify
from novu_provider.emulator.data.preferences import CHANNELS
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.variables import EMPTY_SCHEMA, payload_example, payload_schema, step_variables

_NOT_IN_V1_LIST = ("userPreferences", "defaultPreferences")


def workflow_id(workflow: Document) -> str:
    """Return the identifier that code and triggers use."""
    return str(workflow["triggers"][0]["identifier"])


def workflow_entity(workflow: Document, environment: Environment) -> Document:
    """Return a workflow as in responses of a sync and of `GET /v1/workflows/{id}`."""
    return {
        **workflow,
        "triggers": [
            {**_with_id(trigger), "subscriberVariables": [_with_id(item) for item in trigger["subscriberVariables"]]}
            for trigger in workflow["triggers"]
        ],
        "steps": [{**_with_id(step), "template": _with_id(step["template"])} for step in workflow["steps"]],
        "updatedBy": _full_user(environment.user) if "_updatedBy" in workflow else None,
        "id": workflow["_id"],
    }


def v1_list_entry(workflow: Document, environment: Environment, groups: list[Document]) -> Document:
    """Return a workflow as `GET /v1/workflows` lists it."""
    listed = {name: value for name, value in workflow.items() if name not in _NOT_IN_V1_LIST}
    group = next((group for group in groups if group["_id"] == workflow["_notificationGroupId"]), None)
    return {
        **listed,
        "steps": [_v1_step(step) for step in workflow["steps"]],
        "updatedBy": _short_user(environment.user) if "_updatedBy" in workflow else None,
        "lastPublishedBy": None,
        "notificationGroup": group,
        "workflowIntegrationStatus": workflow_status(
            [step["template"]["type"] for step in workflow["steps"]],
            channel_status(environment.integrations, CHANNELS),
        ),
    }


def _v1_step(step: Document) -> Document:
    shown = {name: value for name, value in step.items() if name != "variants"}
    return {**shown, "template": {"_id": step["template"]["_id"], "type": step["template"]["type"]}}


def v2_list_entry(workflow: Document, environment: Environment) -> Document:
    """Return a workflow as `GET /v2/workflows` lists it."""
    return {
        **_v2_common(workflow, environment),
        "lastPublishedAt": "",
        "lastPublishedBy": None,
        "stepTypeOverviews": [step["template"]["type"] for step in workflow["steps"]],
        "steps": [
            {"slug": _step_slug(step), "type": step["template"]["type"], "issues": step["issues"]}
            for step in workflow["steps"]
        ],
    }


def v2_workflow(workflow: Document, environment: Environment, controls: dict[str, Any]) -> Document:
    """Return a workflow as in responses of `GET /v2/workflows/{id}`. `controls` has the values by step `_id`."""
    return {
        **_v2_common(workflow, environment),
        "active": workflow["active"],
        "description": workflow["description"],
        "preferences": {"user": workflow["userPreferences"], "default": workflow["defaultPreferences"]},
        "steps": [v2_step(workflow, step, controls.get(step["_id"], {}), environment) for step in workflow["steps"]],
        "lastPublishedAt": None,
        "payloadSchema": payload_schema(workflow.get("payloadSchema")),
        "payloadExample": payload_example(workflow.get("payloadSchema")),
        "validatePayload": workflow["validatePayload"],
        # A workflow that an older server stored has no severity.
        "severity": workflow.get("severity") or "none",
        "agent": None,
    }


def _v2_common(workflow: Document, environment: Environment) -> Document:
    return {
        "_id": workflow["_id"],
        "slug": slug(slugify(workflow["name"]), "wf", workflow["_id"]),
        "workflowId": workflow_id(workflow),
        "name": workflow["name"],
        "origin": workflow["origin"],
        "tags": workflow["tags"],
        "status": workflow["status"],
        "createdAt": workflow["createdAt"],
        "updatedAt": workflow["updatedAt"],
        "lastTriggeredAt": workflow["lastTriggeredAt"],
        "isTranslationEnabled": workflow["isTranslationEnabled"],
        **({"updatedBy": _short_user(environment.user)} if "_updatedBy" in workflow else {}),
    }


def v2_step(workflow: Document, step: Document, values: dict[str, Any], environment: Environment) -> Document:
    """Return one step of a workflow with its stored control values."""
    template = step["template"]
    controls = template.get("controls", {})
    schemas = {"dataSchema": controls.get("schema"), "uiSchema": controls.get("uiSchema")}
    return {
        "controls": {**{name: value for name, value in schemas.items() if value is not None}, "values": values},
        "controlValues": values,
        "variables": step_variables(workflow.get("payloadSchema"), _previous_results(workflow, step)),
        "name": step["name"],
        "slug": _step_slug(step),
        "_id": step["_id"],
        "stepId": step["stepId"],
        "type": template["type"],
        "origin": workflow["origin"],
        "workflowId": workflow_id(workflow),
        "workflowDatabaseId": workflow["_id"],
        "issues": {**step["issues"], **_integration_issues(template["type"], environment)},
    }


def _previous_results(workflow: Document, step: Document) -> dict[str, Any]:
    raw = workflow.get("rawData") or {}
    declared = {item.get("stepId"): item for item in raw.get("steps", []) if isinstance(item, dict)}
    results: dict[str, Any] = {}
    for earlier in workflow["steps"]:
        if earlier["_id"] == step["_id"]:
            break
        schema = (declared.get(earlier["stepId"], {}).get("results") or {}).get("schema")
        results[earlier["stepId"]] = schema or EMPTY_SCHEMA
    return results


def _integration_issues(step_type: str, environment: Environment) -> Document:
    """Return the issue of a step whose channel has no provider."""
    message = missing_integrations(environment.integrations).get(step_type)
    return {"integration": {step_type: [{"issueType": "MISSING_INTEGRATION", "message": message}]}} if message else {}


def _step_slug(step: Document) -> str:
    return slug(slugify(step["name"]), "st", step["_id"])


def _with_id(document: Document) -> Document:
    return {**document, "id": document["_id"]}


def _short_user(user: Document) -> Document:
    return {name: user[name] for name in ("_id", "firstName", "lastName")}


def _full_user(user: Document) -> Document:
    """Return the user as in the response of a sync. Novu 3.19.0 sends the whole record with the password hash."""
    return {
        **user,
        "password": "the embedded Novu has no passwords",
        "tokens": [],
        "updatedAt": user["createdAt"],
        "__v": 0,
        "id": user["_id"],
    }
