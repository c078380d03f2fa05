"""What Pulumi's JSON stands for: unknown and secret values, its name of a resource, JSON's null inside an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from novu_provider import property_map

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


def plain(value: Any) -> Any:
    """Read a property's value as the JSON that it stands for."""
    return _plain(property_map.decode(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            return ENCRYPTED
        return {key: _plain(found) for key, found in value.items() if key != _NOISE}
    if isinstance(value, list):
        return [_plain(found) for found in value]
    return "[known after the update]" if value == UNKNOWN else value
