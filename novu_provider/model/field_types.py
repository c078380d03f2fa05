"""The fields of a registration: their JSON names and their types.

The checks are written by hand, although pydantic could do them. Importing pydantic and building its models takes 50 ms
in each of the four processes of a `pulumi up`, as much as the rest of this package (docs/explanation/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from novu_provider.model.canonical_json import normalize
from novu_provider.model.json_text import InvalidJson
from novu_provider.text.suggestions import nearest_name

#: The name of each field in Novu's API and in Pulumi's properties.
NAMES = {
    "workflow_id": "workflowId",
    "name": "name",
    "description": "description",
    "tags": "tags",
    "severity": "severity",
    "active": "active",
    "preferences": "preferences",
    "payload_schema": "payloadSchema",
    "control_schema": "controlSchema",
    "steps": "steps",
    "step_id": "stepId",
    "type": "type",
    "output_schema": "outputSchema",
}

#: Tells pydantic the JSON names. It reads these dataclasses only to write the JSON Schema of the manifest file.
PYDANTIC_CONFIG = {"alias_generator": NAMES.__getitem__}


class InvalidField(ValueError):
    """A field is missing, unknown or invalid. The text continues a sentence about the workflow: ``has no `name```."""


def expect_known_names(dataclass_type: Any, properties: Mapping[str, Any]) -> None:
    """Check that every property is a field of a dataclass.

    :raises InvalidField: a property is no field, probably because of a typo.
    """
    known = [NAMES[field.name] for field in fields(dataclass_type)]
    for name in properties:
        if name not in known:
            raise InvalidField(f"has an unknown property {describe_unknown(name, known)}")


def describe_unknown(name: str, known: Iterable[str]) -> str:
    """Return an unknown name and the nearest known one, for a message."""
    nearest = nearest_name(name, known)
    return f"`{name}` (probably `{nearest}` was meant)" if nearest else f"`{name}`"


def read_fields(dataclass_type: Any, properties: Any) -> dict[str, Any]:
    """Return the fields of a dataclass from properties. Other properties are left out.

    :raises InvalidField: the properties are no object, or a field without a default is missing.
    """
    if not isinstance(properties, Mapping):
        raise InvalidField(f"has a {dataclass_type.__name__.lower()} that is no object")
    values = {}
    for field in fields(dataclass_type):
        if NAMES[field.name] in properties:
            values[field.name] = properties[NAMES[field.name]]
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InvalidField(f"has no `{NAMES[field.name]}`")
    return values


def expect_type(instance: Any, expected: type, *names: str) -> None:
    """Check that the named fields have the expected type.

    :raises InvalidField: a field has another type.
    """
    for name in names:
        if not isinstance(getattr(instance, name), expected):
            raise InvalidField(f"has a property `{NAMES[name]}` of an unexpected type")


def normalize_field(instance: Any, name: str) -> Any:
    """Return the normalized JSON value of a field.

    :raises InvalidField: the value is nested too deeply.
    """
    try:
        return normalize(getattr(instance, name))
    except InvalidJson as error:
        raise InvalidField(f"has a property `{NAMES[name]}` that is invalid: {error}") from None


def read_items(value: Any, expected: type, name: str) -> tuple[Any, ...]:
    """Return the items of a list whose items all have the expected type.

    :raises InvalidField: the value is no list, or an item has another type.
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, expected) for item in value):
        raise InvalidField(f"has a property `{NAMES[name]}` of an unexpected type")
    return tuple(value)
