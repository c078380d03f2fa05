"""JSON inside Pulumi's properties: markers for null, unknown and secret values, and the parts of a URN.

A text format; it needs no SDK. JSON's null needs a marker because the SDK and the engine drop null members of objects,
and a change of ``"default": null`` in a schema is a change of the workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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


#: A value that is known only after the update, as the engine writes it.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


#: The member by which the engine marks an object as something else, such as a secret.
_SIGNATURE = "4dabf18193072939515e22adb298388d"


#: What stands in the place of an encrypted value.
ENCRYPTED = "[secret]"


#: The pickled provider of a dynamic resource: bytes that say nothing to a reader.
_NOISE = "__provider"


class Urn(NamedTuple):
    """The parts of ``urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>``."""

    stack: str
    project: str
    type: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Take a URN apart; what is none has empty parts."""
        head, *rest = text.split("::", 3)
        if len(rest) != 3:
            return cls("", "", "", text)
        return cls(head.rpartition(":")[2], rest[0], rest[1].rpartition("$")[2], rest[2])


def to_plain_json(value: Any) -> Any:
    """Read a property's value as the JSON that it stands for."""
    return _plain(decode(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            return ENCRYPTED
        return {key: _plain(found) for key, found in value.items() if key != _NOISE}
    if isinstance(value, list):
        return [_plain(found) for found in value]
    return "[known after the update]" if value == UNKNOWN else value
