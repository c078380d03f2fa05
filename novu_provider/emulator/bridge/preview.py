"""`POST /v2/workflows/{id}/step/{stepId}/preview`: lets the stored bridge render a step. Observed on Novu 3.19.0."""

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

    Nothing that goes wrong is an error: `result.preview` is then empty, for an unknown workflow or step too.
    """
    try:
        stored = workflows.find(environment, workflow)
    except NovuError:
        return _nothing()
    stored_step = next((item for item in stored["steps"] if step in (item["stepId"], item["_id"])), None)
    if stored_step is None:
        return _nothing()
    rendered = v2_step(stored, stored_step, workflows.controls(environment, stored)[stored_step["_id"]], environment)
    example = {
        "payload": payload_example(stored.get("payloadSchema")),
        "subscriber": EXAMPLE_SUBSCRIBER,
        "actor": EXAMPLE_ACTOR,
        "steps": {},
        **_object(fields.get("previewPayload")),
    }
    controls = fields.get("controlValues")
    body = {
        "controls": rendered["controlValues"] if controls is None else controls,
        "payload": example["payload"],
        "state": [],
        "subscriber": example["subscriber"],
        "context": {},
        "env": {},
        "workflowId": workflow_id(stored),
        "stepId": stored_step["stepId"],
        "action": "preview",
    }
    return {
        "result": {
            "preview": await _ask(bridge, environment, body),
            "type": rendered["type"],
        },
        "previewPayloadExample": example,
        "schema": rendered["variables"],
    }


async def _ask(bridge: BridgeClient, environment: Environment, body: Document) -> Any:
    query = {"workflowId": body["workflowId"], "stepId": body["stepId"]}
    try:
        answer = await bridge.call(environment, environment.bridge_url, "preview", query=query, body=body)
    except (BridgeError, OutboundBlocked):
        return {}
    return _object(_object(answer).get("outputs"))


def _nothing() -> Document:
    return {"result": {"preview": {}}, "previewPayloadExample": {}, "schema": None}


def _object(value: Any) -> Document:
    return value if isinstance(value, dict) else {}
