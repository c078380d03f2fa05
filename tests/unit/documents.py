"""Documents of a bridge and of Novu with only the fields that the package reads (observed on 3.19.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

EMPTY_SCHEMA: Document = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def schema(**properties: Any) -> Document:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def step(step_id: str = "send", type_: str = "email", controls: Mapping[str, Any] = EMPTY_SCHEMA) -> Document:
    return {
        "stepId": step_id,
        "type": type_,
        "controls": {"schema": dict(controls), "unknownSchema": {"_def": {"typeName": "ZodObject"}}},
        "outputs": {"schema": schema(subject={"type": "string"}), "unknownSchema": {}},
        "results": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "code": "async () => ({})",
        "options": {"controlSchema": {"_def": {}}},
        "providers": [],
    }


def entry(workflow_id: str, *steps: Document, **changes: Any) -> Document:
    """Return one workflow of a discover document."""
    return {
        "workflowId": workflow_id,
        "severity": "none",
        "steps": list(steps or (step(),)),
        "code": "async ({ step }) => {}",
        "payload": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "controls": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "tags": [],
        "preferences": {"all": {"enabled": True, "readOnly": False}},
        **changes,
    }


def discover(*entries: Document, **fields: Any) -> Document:
    """Return a discover document."""
    return {"workflows": list(entries), **fields}


def stored(declared: Document, internal_id: str) -> Document:
    """Return the document that Novu stores for a discovered workflow (`GET /v1/workflows`)."""
    return {
        "_id": internal_id,
        "name": declared.get("name") or declared["workflowId"],
        "description": declared.get("description") or "",
        "active": declared.get("active", True),
        "type": "BRIDGE",
        "origin": "external",
        "tags": declared.get("tags") or [],
        "severity": declared.get("severity", "none"),
        "triggers": [{"type": "event", "identifier": declared["workflowId"], "variables": []}],
        "steps": [
            {
                "_id": f"{internal_id}-{step['stepId']}",
                "uuid": step["stepId"],
                "stepId": step["stepId"],
                "name": step["stepId"],
                "type": "REGULAR",
                "template": {"_id": f"{internal_id}-{step['stepId']}", "type": step["type"]},
            }
            for step in declared["steps"]
        ],
        "payloadSchema": declared["payload"]["schema"],
        "rawData": declared,
    }
