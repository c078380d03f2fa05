"""JSON in Pulumi properties: the markers for null, unknown and secret values, and the parts of a URN.

This is a text format, so the module needs no SDK. Null needs a marker because the SDK and the engine drop null members
of objects, although a change of ``"default": null`` in a schema changes the workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

#: The marker for null. No schema contains it, because ``$null`` is no keyword of JSON Schema.
_NULL = {"$null": True}


def encode(value: Any) -> Any:
    """Return JSON in the form of a property: the marker replaces each null member of an object."""
    if isinstance(value, Mapping):
        return {key: _NULL if member is None else encode(member) for key, member in value.items()}
    return [encode(item) for item in value] if isinstance(value, list) else value


def decode(value: Any) -> Any:
    """Return the JSON of a property, the inverse of :func:`encode`."""
    if isinstance(value, Mapping):
        return None if value == _NULL else {key: decode(member) for key, member in value.items()}
    return [decode(item) for item in value] if isinstance(value, list) else value


#: The engine's marker for a value that is known only after the update.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

#: The key with which the engine marks an object as a special value, such as a secret.
_SIGNATURE = "4dabf18193072939515e22adb298388d"

#: The replacement for an encrypted value.
ENCRYPTED = "[secret]"

#: The property with the pickled provider of a dynamic resource, which is unreadable.
_PICKLED_PROVIDER = "__provider"


class Urn(NamedTuple):
    """The parts of ``urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>``."""

    stack: str
    project: str
    type: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Return the parts of a URN. A text that is no URN becomes the name, with empty other parts."""
        head, *rest = text.split("::", 3)
        if len(rest) != 3:
            return cls("", "", "", text)
        return cls(head.rpartition(":")[2], rest[0], rest[1].rpartition("$")[2], rest[2])


def to_plain_json(value: Any) -> Any:
    """Return the value of a property as plain JSON."""
    return _plain(decode(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            return ENCRYPTED
        return {key: _plain(member) for key, member in value.items() if key != _PICKLED_PROVIDER}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "[known after the update]" if value == UNKNOWN else value
