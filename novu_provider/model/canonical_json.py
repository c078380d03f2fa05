"""The canonical form of JSON: values that are equal for Novu and Pulumi have the same text and the same digest."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from novu_provider.model.json_text import MAX_DEPTH, too_deep

JsonObject = dict[str, Any]

#: The version of the canonical form. Every digest includes it. After a change, the next `pulumi up` shows an update of
#: each resource. It rewrites the state and writes nothing to Novu.
DIGEST_VERSION = 2

#: Beyond this, several integers have the same JSON number (IEEE 754 doubles, as JavaScript reads them).
_MAX_EXACT_INTEGER = 2**53


def canonical_json(value: Any) -> str:
    """Return the canonical text of a JSON value: sorted keys, no spaces, whole numbers as integers."""
    return canonical_text(normalize(value))


def digest(value: Any) -> str:
    """Return the digest of a JSON value: 128 bits in hexadecimal over its canonical text and :data:`DIGEST_VERSION`."""
    return digest_of_text(canonical_json(value))


def canonical_text(normalized: Any) -> str:
    """Return the canonical text of a value that :func:`normalize` returned."""
    return json.dumps(normalized, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of_text(text: str) -> str:
    """Return the digest of a canonical text."""
    return hashlib.sha256(f"{DIGEST_VERSION}\n{text}".encode()).hexdigest()[:32]


def normalize(value: Any, max_depth: int = MAX_DEPTH) -> Any:
    """Return a JSON value in which equal numbers have one form: Pulumi turns 20 into 20.0.

    NaN and numbers too large for a double become null, as JavaScript writes them.

    :raises InvalidJson: the value is nested too deeply.
    """
    if isinstance(value, (Mapping, list, tuple)):
        if max_depth <= 0:
            raise too_deep()
        if isinstance(value, Mapping):
            return {key: normalize(member, max_depth - 1) for key, member in value.items()}
        return [normalize(item, max_depth - 1) for item in value]
    if isinstance(value, int) and abs(value) > _MAX_EXACT_INTEGER:
        value = _to_double(value)
    if isinstance(value, float):
        return (int(value) if value.is_integer() else value) if math.isfinite(value) else None
    return value


def _to_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def drop_empty_objects(value: Any) -> Any:
    """Remove empty objects, and objects that become empty. Novu does that in control schemas and control values."""
    if not isinstance(value, Mapping):
        return value
    members = {key: drop_empty_objects(member) for key, member in value.items()}
    return {key: member for key, member in members.items() if member != {}}
