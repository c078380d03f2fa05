"""`/v1/bridge`: sync, validate, diff, control values of steps. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.bridge.client import BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import bad_request, command_error, not_found
from novu_provider.emulator.http.validation import require_url


async def _sync(call: Call) -> Any:
    fields = call.fields()
    if fields.get("bridgeUrl") is None:
        sent_value = {"value": None} if "bridgeUrl" in fields else {}
        raise command_error(
            "SyncCommand",
            "bridgeUrl",
            ["bridgeUrl should not be null or undefined", "bridgeUrl must be a string"],
            **sent_value,
        )
    url = require_url(fields["bridgeUrl"], "bridgeUrl")
    return await call.backend.synchronizer.sync(call.environment, url)


async def _validate(call: Call) -> Any:
    """Request the bridge's health check. Bridges do not verify its signature, so it proves nothing about the key."""
    url = require_url(call.fields().get("bridgeUrl"), "bridgeUrl")
    try:
        response = await call.backend.bridge.call(call.environment, url, "health-check")
    except (BridgeError, OutboundBlocked) as error:
        return {"isValid": False, "error": str(error)}
    return {"isValid": isinstance(response, dict) and response.get("status") == "ok"}


async def _diff(call: Call) -> Any:
    """Return the stored workflows and the body of the request. Novu compares nothing and does not call the bridge."""
    if not call.environment.bridge_url:
        raise bad_request("Bridge URL not found")
    return {
        "current": {
            "workflows": call.backend.store.raw_data(call.environment.id),
            "bridgeUrl": call.environment.bridge_url,
        },
        "new": call.body,
    }


async def _status(_: Call) -> Any:
    raise AssertionError("not open to API keys")


def _find_step(call: Call) -> tuple[Document, Document]:
    # This endpoint accepts only identifiers, no slugs and no object ids.
    workflow = call.backend.store.workflow_by_identifier(call.environment.id, call.path["workflow"])
    if workflow is None:
        raise not_found("Workflow not found")
    step = next((step for step in workflow["steps"] if step["stepId"] == call.path["step"]), None)
    if step is None:
        raise not_found("Step not found")
    return workflow, step


def _with_id(record: Document | None) -> Document | None:
    return record and {**record, "id": record["_id"]}


async def _get_controls(call: Call) -> Any:
    _, step = _find_step(call)
    return _with_id(call.backend.workflows.control_record(call.environment, step))


async def _put_controls(call: Call) -> Any:
    """Replace a step's control values. Novu does not validate them and does not update the workflow's status."""
    workflow, step = _find_step(call)
    values = call.fields().get("variables")
    return _with_id(
        call.backend.workflows.set_controls(
            call.environment, workflow["_id"], step["_id"], values if isinstance(values, dict) else {}
        )
    )


ENDPOINTS = [
    Endpoint("POST", "/v1/bridge/sync", _sync, 201),
    Endpoint("POST", "/v1/bridge/validate", _validate, 201),
    Endpoint("POST", "/v1/bridge/diff", _diff, 201),
    Endpoint("GET", "/v1/bridge/status", _status, accepts_api_keys=lambda _: False),
    Endpoint("GET", "/v1/bridge/controls/{workflow}/{step}", _get_controls),
    Endpoint("PUT", "/v1/bridge/controls/{workflow}/{step}", _put_controls),
]
