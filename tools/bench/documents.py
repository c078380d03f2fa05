"""The manifest of the benchmark's application: workflows with two steps, in the form of @novu/framework."""

from __future__ import annotations

from typing import Any

from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.state_format import manifest_inputs
from tests.contract.fake_bridge import EMPTY_SCHEMA, Document, step, workflow

#: Step ids and types of the workflows, in rotation.
_STEPS = (
    (("receipt", "email"), ("inbox", "in_app")),
    (("push", "push"), ("text", "sms")),
    (("patience", "delay"), ("reminder", "email")),
    (("notice", "email"), ("team", "chat")),
)


def discover(count: int, changed: int | None = None) -> Document:
    """Return the discover document of ``count`` workflows. ``changed`` changes the description of the first one."""
    workflows = [_workflow(number) for number in range(count)]
    if changed is not None:
        workflows[0]["description"] = f"Changed for the {changed}th time."
    return {"workflows": workflows, "agents": []}


def floor_inputs(manifest: Manifest, bridge_url: str) -> dict[str, Any]:
    """Return the inputs of ``Bridge`` for a manifest, for the inert program."""
    return {
        "binding": {"bridgeUrl": bridge_url, **manifest_inputs(manifest.digests), "manifestSource": "bridge"},
        "workflows": {
            workflow.workflow_id: pulumi_json.encode(workflow.properties()) for workflow in manifest.workflows
        },
    }


def _workflow(number: int) -> Document:
    return workflow(
        f"order-notice-{number:04}",
        name=f"Order notice {number}",
        description=f"Number {number} of the shop's notifications.",
        tags=["orders", "shop"],
        severity="medium",
        preferences={"all": {"enabled": True, "readOnly": False}, "channels": {"sms": {"enabled": False}}},
        payload={
            "schema": _schema(orderNumber={"type": "string"}, total={"type": "number", "minimum": 0, "default": 0}),
            "unknownSchema": {},
        },
        steps=[step(id_, type_, controls=_controls(id_, type_)) for id_, type_ in _STEPS[number % len(_STEPS)]],
    )


def _controls(id_: str, type_: str) -> Document:
    if type_ == "delay":
        return EMPTY_SCHEMA
    body = {"type": "string", "default": f"The {id_}"}
    return (
        _schema(subject={"type": "string", "default": "Order"}, body=body) if type_ == "email" else _schema(body=body)
    )


def _schema(**properties: Document) -> Document:
    return {"type": "object", "properties": properties, "required": [], "additionalProperties": False}
