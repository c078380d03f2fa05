"""`POST /v1/events/trigger`: the immediate response. Nothing is delivered. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.ids import transaction_id
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import unprocessable, validation_error
from novu_provider.emulator.http.validation import require_string


async def _trigger(call: Call) -> Any:
    """Look up the workflow. Novu does not call the bridge here, so a success proves nothing about the bridge."""
    fields = call.fields()
    name = require_string(fields, "name")
    if not fields.get("to"):
        # The text is not recorded.
        raise validation_error("to should not be null or undefined")
    workflow = call.backend.store.workflow_by_identifier(call.environment.id, name)
    if workflow is None:
        raise unprocessable("workflow_not_found")
    if not workflow["active"]:
        return {"acknowledged": True, "status": "trigger_not_active"}
    if not workflow["steps"]:
        return {"acknowledged": True, "status": "no_workflow_steps_defined"}
    return {
        "acknowledged": True,
        "status": "processed",
        "transactionId": fields.get("transactionId") or transaction_id(),
    }


ENDPOINTS = [Endpoint("POST", "/v1/events/trigger", _trigger, 201, "trigger")]
