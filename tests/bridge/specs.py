"""Builders of what a test bridge serves. `spec.js` describes each key."""

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
    """A bridge that serves these workflows and agents, behind a fault if there is one."""
    return {
        "secretKey": secret_key,
        "strict": strict,
        "lazy": lazy,
        "workflows": list(workflows),
        "agents": list(agents),
        "fault": fault,
    }


def workflow(id: str, **overrides: Any) -> Spec:
    """A workflow with one email step. An override of None leaves the key out."""
    return _without_none({"id": id, "steps": [step("email", "email")], **overrides})


def step(id: str, type: str, **overrides: Any) -> Spec:
    """A step. Channel steps have a control `body`, which appears in their output."""
    channel = type not in {"digest", "delay", "throttle", "custom", "http_request"}
    controls = {"controlSchema": schema(body={"type": "string", "default": f"The {id}"})} if channel else {}
    return _without_none({"id": id, "type": type, **controls, **overrides})


def schema(required: Sequence[str] = (), **properties: Spec) -> Spec:
    """A JSON schema of an object with these properties and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


# Workflow id, tag, severity, steps: a second one follows the first at once, or after some waiting.
_KINDS = (
    ("order-confirmed", "orders", "low", (("receipt", "email"), ("inbox", "in_app"))),
    ("order-shipped", "orders", "medium", (("push", "push"), ("text", "sms"))),
    ("cart-reminder", "marketing", "none", (("patience", "delay"), ("reminder", "email"))),
    ("stock-report", "staff", "none", (("collect", "digest"), ("team", "chat"))),
    ("payment-failed", "billing", "high", (("notice", "email"), ("push", "push"))),
)


def shop(n: int) -> list[Spec]:
    """The first `n` workflows of a shop: two steps each, with everything a registration holds."""
    return [_shop_workflow(number) for number in range(1, n + 1)]


def _shop_workflow(number: int) -> Spec:
    kind, tag, severity, steps = _KINDS[(number - 1) % len(_KINDS)]
    return workflow(
        f"{kind}-{number:04}",
        name=f"{kind.replace('-', ' ').capitalize()} {number}",
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
