"""Builds the specs of test bridges. `spec.js` describes each key."""

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

SECRET_KEY = "a-secret-key-of-the-tests"


def bridge(
    workflows: Sequence[Spec] = (),
    *,
    secret_key: str = SECRET_KEY,
    strict: bool = True,
    lazy: bool = False,
    agents: Sequence[str] = (),
    fault: Spec | None = None,
) -> Spec:
    """Return the spec of a bridge with these workflows and agents, and an optional fault."""
    return {
        "secretKey": secret_key,
        "strict": strict,
        "lazy": lazy,
        "workflows": list(workflows),
        "agents": list(agents),
        "fault": fault,
    }


def workflow(id: str, **overrides: Any) -> Spec:
    """Return a workflow with one email step. Fields with the value None are omitted."""
    return _without_none({"id": id, "steps": [step("email", "email")], **overrides})


def step(id: str, type: str, **overrides: Any) -> Spec:
    """Return a step. Channel steps have a control `body`, which their output contains."""
    channel = type not in {"digest", "delay", "throttle", "custom", "http_request"}
    controls = {"controlSchema": schema(body={"type": "string", "default": f"The {id}"})} if channel else {}
    return _without_none({"id": id, "type": type, **controls, **overrides})


def schema(required: Sequence[str] = (), **properties: Spec) -> Spec:
    """Return the JSON Schema of an object with these properties and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


# Workflow id, tag, severity, steps.
_TEMPLATES = (
    ("order-confirmed", "orders", "low", (("receipt", "email"), ("inbox", "in_app"))),
    ("order-shipped", "orders", "medium", (("push", "push"), ("text", "sms"))),
    ("cart-reminder", "marketing", "none", (("patience", "delay"), ("reminder", "email"))),
    ("stock-report", "staff", "none", (("collect", "digest"), ("team", "chat"))),
    ("payment-failed", "billing", "high", (("notice", "email"), ("push", "push"))),
)


def shop(n: int) -> list[Spec]:
    """Return the first `n` workflows of a shop. They have two steps and use all fields of a registration."""
    return [_shop_workflow(number) for number in range(1, n + 1)]


def _shop_workflow(number: int) -> Spec:
    name, tag, severity, steps = _TEMPLATES[(number - 1) % len(_TEMPLATES)]
    return workflow(
        f"{name}-{number:04}",
        name=f"{name.replace('-', ' ').capitalize()} {number}",
        description=f"Number {number} of the shop's notifications.",
        tags=[tag, "shop"],
        severity=severity,
        preferences={"all": {"enabled": True, "readOnly": False}, "channels": {"sms": {"enabled": False}}},
        payloadSchema=schema(
            ["orderNumber"],
            orderNumber={"type": "string"},
            total={"type": "number", "minimum": 0, "default": 0},
        ),
        steps=[step(id, type) for id, type in steps],
    )


def _without_none(spec: Spec) -> Spec:
    return {key: value for key, value in spec.items() if value is not None}
