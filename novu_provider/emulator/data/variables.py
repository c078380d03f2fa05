"""The schema of a step's variables in `GET /v2/workflows/{id}`, and example payloads. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

EMPTY_SCHEMA: dict[str, Any] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}

_ANY_PAYLOAD: dict[str, Any] = {"type": "object", "additionalProperties": True, "properties": {}}

_PERSON_FIELDS = {
    "firstName": "Subscriber's first name",
    "lastName": "Subscriber's last name",
    "email": "Subscriber's email address",
    "phone": "Subscriber's phone number (optional)",
    "avatar": "URL to the subscriber's avatar image (optional)",
    "locale": "Locale for the subscriber (optional)",
    "timezone": "Timezone for the subscriber (optional)",
    "subscriberId": "Unique identifier for the subscriber",
}

_EXAMPLE_COMMON = {
    "phone": "+1234567890",
    "avatar": "https://example.com/avatar.png",
    "locale": "en_US",
    "timezone": "America/New_York",
    "data": {},
}
EXAMPLE_SUBSCRIBER = {
    "subscriberId": "123456",
    "firstName": "John",
    "lastName": "Doe",
    "email": "user@example.com",
    **_EXAMPLE_COMMON,
}
EXAMPLE_ACTOR = {
    "subscriberId": "actor-123",
    "firstName": "Jane",
    "lastName": "Actor",
    "email": "actor@example.com",
    **_EXAMPLE_COMMON,
}


def payload_schema(stored: dict[str, Any] | None) -> dict[str, Any]:
    """Return a workflow's payload schema, or a schema that accepts any payload."""
    return stored if stored is not None else _ANY_PAYLOAD


def step_variables(payload: dict[str, Any] | None, previous_results: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of all variables that a step can use.

    `previous_results` holds the result schema of each earlier step by its id.
    """
    return {
        "type": "object",
        "properties": {
            "workflow": _WORKFLOW,
            "subscriber": _person("Schema representing the subscriber entity"),
            "actor": _person("Schema representing the actor entity sent during workflow trigger"),
            "steps": {**EMPTY_SCHEMA, "properties": previous_results, "description": "Previous Steps Results"},
            "payload": payload_schema(payload),
            "context": _CONTEXT,
            "env": _ENV,
        },
        "additionalProperties": False,
    }


def payload_example(schema: Any) -> Any:
    """Return an example of a JSON Schema: its default, or a simple value of the right type."""
    if not isinstance(schema, dict):
        return {}
    if "default" in schema:
        return schema["default"]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    type_ = schema.get("type")
    if type_ == "array":
        return [payload_example(schema["items"])] if isinstance(schema.get("items"), dict) else []
    examples: dict[Any, Any] = {"string": "string", "number": 0, "integer": 0, "boolean": True, "null": None}
    if isinstance(type_, str) and type_ in examples:
        return examples[type_]
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {name: payload_example(value) for name, value in properties.items()}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _person(description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {
            **{name: _text(text) for name, text in _PERSON_FIELDS.items()},
            "isOnline": {"type": "boolean", "description": "Indicates if the subscriber is online (optional)"},
            "lastOnlineAt": {
                "type": "string",
                "format": "date-time",
                "description": "The last time the subscriber was online (optional)",
            },
            "data": {"type": "object", "properties": {}, "required": [], "additionalProperties": True},
        },
        "required": ["subscriberId"],
        "additionalProperties": False,
    }


_WORKFLOW = {
    "type": "object",
    "description": "Schema representing the workflow entity",
    "properties": {
        "workflowId": _text("Workflow identifier"),
        "name": _text("Name of the workflow"),
        "description": _text("Description of the workflow"),
        "tags": {"type": "array", "items": {"type": "string"}},
        "severity": {
            "type": "string",
            "enum": ["high", "medium", "low", "none"],
            "enumName": "SeverityLevelEnum",
            "description": "Severity of the workflow",
        },
    },
    "required": ["workflowId", "name"],
}

_CONTEXT = {
    "type": "object",
    "description": "Context data passed at trigger time following ContextPayload structure",
    "properties": {},
    "required": [],
    "additionalProperties": {
        "type": "object",
        "description": "Context value - can be accessed as string or object",
        "properties": {
            "id": _text("Context identifier"),
            "data": {
                "type": "object",
                "description": "Additional context data",
                "properties": {},
                "additionalProperties": True,
            },
        },
        "required": [],
        "additionalProperties": False,
    },
}

_ENV = {
    "type": "object",
    "description": "Environment variables accessible in workflow templates",
    "properties": {name: _text(f"Environment variable: {name}") for name in ("name", "type")},
    "required": [],
    "additionalProperties": False,
}
