"""`POST /v2/workflows/{id}/step/{stepId}/preview`: asks the stored bridge to render a step. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.bridge.client import BridgeClient, BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.responses import v2_step, workflow_id
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.variables import EXAMPLE_ACTOR, EXAMPLE_SUBSCRIBER, payload_example
from novu_provider.emulator.data.workflows import Workflows
from novu_provider.emulator.http.errors import NovuError


async def preview_step(
    workflows: Workflows,
    bridge: BridgeClient,
    environment: Environment,
    fields: Document,
    *,
    workflow: str,
    step: str,
) -> Document:
    """Return `{result: {preview, type}, previewPayloadExample, schema}`.

    A failure is not an error: `result.preview` is empty then. The same goes for an unknown workflow or step.
    """
    try:
        stored = workflows.find(environment, workflow)
    except NovuError:
        return _empty_preview()
    stored_step = next((item for item in stored["steps"] if step in (item["stepId"], item["_id"])), None)
    if stored_step is None:
        return _empty_preview()
    step_response = v2_step(
        stored, stored_step, workflows.controls(environment, stored)[stored_step["_id"]], environment
    )
    payload = {
        "payload": payload_example(stored.get("payloadSchema")),
        "subscriber": EXAMPLE_SUBSCRIBER,
        "actor": EXAMPLE_ACTOR,
        "steps": {},
        **_as_object(fields.get("previewPayload")),
    }
    controls = fields.get("controlValues")
    body = {
        "controls": step_response["controlValues"] if controls is None else controls,
        "payload": payload["payload"],
        "state": [],
        "subscriber": payload["subscriber"],
        "context": {},
        "env": {},
        "workflowId": workflow_id(stored),
        "stepId": stored_step["stepId"],
        "action": "preview",
    }
    return {
        "result": {
            "preview": await _request_preview(bridge, environment, body),
            "type": step_response["type"],
        },
        "previewPayloadExample": payload,
        "schema": step_response["variables"],
    }


async def _request_preview(bridge: BridgeClient, environment: Environment, body: Document) -> Any:
    query = {"workflowId": body["workflowId"], "stepId": body["stepId"]}
    try:
        response = await bridge.call(environment, environment.bridge_url, "preview", query=query, body=body)
    except (BridgeError, OutboundBlocked):
        return {}
    return _as_object(_as_object(response).get("outputs"))


def _empty_preview() -> Document:
    return {"result": {"preview": {}}, "previewPayloadExample": {}, "schema": None}


def _as_object(value: Any) -> Document:
    return value if isinstance(value, dict) else {}
