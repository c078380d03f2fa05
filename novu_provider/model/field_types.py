"""The fields of a registration: their JSON names and their types.

The checks are written by hand, although pydantic could do them. Importing pydantic and building its models takes 50 ms
in each of the four processes of a `pulumi up`, as much as the rest of this package (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

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


def read_fields(dataclass_type: Any, properties: Any) -> dict[str, Any]:
    """Return the fields of a dataclass from properties. Other properties are left out.

    :raises ValueError: the properties are no object, or a field without a default is missing.
    """
    if not isinstance(properties, Mapping):
        raise ValueError(f"a {dataclass_type.__name__.lower()} is no object")  # noqa: TRY004 - one class for all flaws
    values = {}
    for field in fields(dataclass_type):
        if NAMES[field.name] in properties:
            values[field.name] = properties[NAMES[field.name]]
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"`{NAMES[field.name]}` is missing")
    return values


def expect_type(instance: Any, expected: type, *names: str) -> None:
    """Check that the named fields have the expected type.

    :raises ValueError: a field has another type.
    """
    for name in names:
        if not isinstance(getattr(instance, name), expected):
            raise ValueError(f"`{NAMES[name]}` has an unexpected type")  # noqa: TRY004 - one class for all flaws


def read_items(value: Any, expected: type, name: str) -> tuple[Any, ...]:
    """Return the items of a list whose items all have the expected type.

    :raises ValueError: the value is no list, or an item has another type.
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, expected) for item in value):
        raise ValueError(f"`{NAMES[name]}` has an unexpected type")
    return tuple(value)
