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
    request, payload, step_response = preview_request(workflows, environment, stored, stored_step, fields)
    return {
        "result": {
            "preview": await _preview_or_nothing(bridge, environment, request),
            "type": step_response["type"],
        },
        "previewPayloadExample": payload,
        "schema": step_response["variables"],
    }


def preview_request(
    workflows: Workflows, environment: Environment, stored: Document, step: Document, fields: Document
) -> tuple[Document, Document, Document]:
    """Return the body of the bridge request, the whole payload, and the step as the API returns it.

    `fields` may contain `controlValues`, which replace the stored ones, and `previewPayload`.
    """
    step_response = v2_step(stored, step, workflows.controls(environment, stored)[step["_id"]], environment)
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
        "stepId": step["stepId"],
        "action": "preview",
    }
    return body, payload, step_response


async def request_preview(bridge: BridgeClient, environment: Environment, body: Document) -> Document:
    """Return the outputs that the stored bridge renders. Raises `BridgeError` or `OutboundBlocked`."""
    query = {"workflowId": body["workflowId"], "stepId": body["stepId"]}
    response = await bridge.call(environment, environment.bridge_url, "preview", query=query, body=body)
    return _as_object(_as_object(response).get("outputs"))


async def _preview_or_nothing(bridge: BridgeClient, environment: Environment, body: Document) -> Document:
    try:
        return await request_preview(bridge, environment, body)
    except (BridgeError, OutboundBlocked):
        return {}


def _empty_preview() -> Document:
    return {"result": {"preview": {}}, "previewPayloadExample": {}, "schema": None}


def _as_object(value: Any) -> Document:
    return value if isinstance(value, dict) else {}
