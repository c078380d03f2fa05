"""The fields of a registration: their names in JSON, and the types that they must have.

By hand where pydantic would do it too: its import and its models cost 50 ms in each of the four processes of a
`pulumi up`, as much as everything else of this package (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

#: The fields' names as Novu's API and Pulumi's properties have them.
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

#: What pydantic needs to know of the classes, which are none of its models, to write the schema of the manifest file.
PYDANTIC_CONFIG = {"alias_generator": NAMES.__getitem__}


def require_only(kind: Any, props: Any) -> dict[str, Any]:
    """Give the fields of a dataclass from properties; what is no field of it is left out.

    :raises ValueError: the properties are no object, or lack a field that has no default.
    """
    if not isinstance(props, Mapping):
        raise _flaw(f"a {kind.__name__.lower()} is no object")
    found = {}
    for field in fields(kind):
        if NAMES[field.name] in props:
            found[field.name] = props[NAMES[field.name]]
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _flaw(f"`{NAMES[field.name]}` is missing")
    return found


def expect_type(found: Any, kind: type, *names: str) -> None:
    """Refuse fields that are of another type.

    :raises ValueError: one is.
    """
    for name in names:
        if not isinstance(getattr(found, name), kind):
            raise _flaw(f"`{NAMES[name]}` is of an unexpected type")


def read_items(value: Any, kind: type, name: str) -> tuple[Any, ...]:
    """Give the entries of a list, each of one type.

    :raises ValueError: it is no list, or an entry is of another type.
    """
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, kind) for one in value):
        raise _flaw(f"`{NAMES[name]}` is of an unexpected type")
    return tuple(value)


def _flaw(text: str) -> ValueError:
    return ValueError(text)
