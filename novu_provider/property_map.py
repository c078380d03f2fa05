"""JSON inside Pulumi's properties, where null needs a stand-in: the SDK and the engine drop an object's null members.

``"default": null`` in a schema is a fact, and a change of it a change of the workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Stands for null. No schema has this object as a value: ``$null`` is no keyword of any JSON Schema.
_NULL = {"$null": True}


def encode(value: Any) -> Any:
    """Write JSON for a property: each member of an object that is null gets the stand-in."""
    if isinstance(value, Mapping):
        return {key: _NULL if entry is None else encode(entry) for key, entry in value.items()}
    return [encode(entry) for entry in value] if isinstance(value, list) else value


def decode(value: Any) -> Any:
    """Read JSON from a property, the inverse of :func:`encode`."""
    if isinstance(value, Mapping):
        return None if value == _NULL else {key: decode(entry) for key, entry in value.items()}
    return [decode(entry) for entry in value] if isinstance(value, list) else value
