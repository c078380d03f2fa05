"""Makes form fields from a JSON Schema, and values from the submitted fields.

An empty field means that the value is not set. A value that no simple field can hold is edited as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_NUMBERS = ("number", "integer")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: the HTML name `input`, the property `key`, and the value as text."""

    input: str
    key: str
    kind: Literal["text", "number", "choice", "json"]
    text: str
    placeholder: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """The JSON of each value that can be chosen, and its label."""
    type: str = ""
    required: bool = False
    description: str = ""


class InvalidForm(Exception):
    """A field has no valid value. The message names the field."""


def fields(schema: Any, values: Mapping[str, Any], prefix: str) -> list[Field]:
    """Return a field for each property of the schema and for each further value."""
    properties = _object(_object(schema).get("properties"))
    required = _object(schema).get("required")
    required = required if isinstance(required, list) else []
    return [
        _field(f"{prefix}.{key}", key, _object(properties.get(key)), values, required=key in required)
        for key in (*properties, *(key for key in values if key not in properties))
    ]


def read(form_fields: Iterable[Field], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the submitted values. Raises `InvalidForm`."""
    return {field.key: _value(field, text) for field in form_fields if (text := form.get(field.input, "")).strip()}


def with_submitted(form_fields: Iterable[Field], form: Mapping[str, str]) -> list[Field]:
    """Return the fields with the submitted texts, to show a form again."""
    return [Field(**{**vars(field), "text": form.get(field.input, "")}) for field in form_fields]


def read_object(text: str) -> dict[str, Any]:
    """Return the object that a JSON text contains. Raises `InvalidForm`."""
    value = _parse(text, "JSON")
    if not isinstance(value, dict):
        raise InvalidForm("JSON: enter an object.")
    return value


def pretty(value: Any) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _field(name: str, key: str, schema: Mapping[str, Any], values: Mapping[str, Any], *, required: bool) -> Field:
    kind, choices = _kind(schema)
    is_set, value = key in values, values.get(key)
    if is_set and not _fits(kind, choices, value):
        kind, choices = "json", ()
    type_ = schema.get("type")
    return Field(
        input=name,
        key=key,
        kind=kind,
        text=_text(kind, value) if is_set else "",
        placeholder=_label(kind, schema["default"]) if "default" in schema else "",
        choices=tuple((choice, _label("choice", json.loads(choice))) for choice in choices),
        type=type_ if isinstance(type_, str) else "",
        required=required,
        description=str(schema.get("description") or schema.get("title") or ""),
    )


def _kind(schema: Mapping[str, Any]) -> tuple[Literal["text", "number", "choice", "json"], tuple[str, ...]]:
    choices = schema.get("enum")
    type_ = schema.get("type")
    if isinstance(choices, list) and choices:
        return "choice", tuple(map(_json, choices))
    if type_ == "boolean":
        return "choice", ("true", "false")
    if type_ == "string":
        return "text", ()
    return ("number" if type_ in _NUMBERS else "json"), ()


def _fits(kind: str, choices: tuple[str, ...], value: Any) -> bool:
    """Return whether a field of this kind returns the value unchanged."""
    if kind == "text":
        return isinstance(value, str) and bool(value.strip()) and "\r" not in value
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind == "json" or _json(value) in choices


def _text(kind: str, value: Any) -> str:
    if kind == "text" and isinstance(value, str):
        return value
    return pretty(value) if kind == "json" else _json(value)


def _label(kind: str, value: Any) -> str:
    return value if kind == "choice" and isinstance(value, str) else _text(kind, value)


def _value(field: Field, text: str) -> Any:
    if field.kind == "text":
        return text
    value = _parse(text, field.key)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if field.kind == "number" and not is_number:
        raise InvalidForm(f"{field.key}: enter a number.")
    return value


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidForm(f"{name}: enter valid JSON.") from None


def _refuse_constant(name: str) -> Any:
    # Python reads `NaN`, which is not JSON.
    raise ValueError(name)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
