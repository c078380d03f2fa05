"""The canonical form of JSON values: what is one value to Novu, and to Pulumi, is one text here."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]

#: Version of the canonical form and of what a stack's state holds. It is part of every digest: a state of an earlier
#: format is written anew by the next `pulumi up`, which shows that as an update and writes nothing to Novu.
FORMAT = 2

#: Above this a JSON number no longer stands for one integer (IEEE 754 doubles, as JavaScript reads it).
_EXACT_INTEGERS = 2**53


def canonical_json(value: Any) -> str:
    """Write a JSON value in its one canonical form: sorted keys, no spaces, integral numbers as integers."""
    return canonical_text(normalize(value))


def digest(value: Any) -> str:
    """Give 128 bits in hexadecimal over a JSON value's canonical form and the form's version."""
    return sha256_prefix(canonical_json(value))


def canonical_text(normal_value: Any) -> str:
    """Write what is normal already."""
    return json.dumps(normal_value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_prefix(canonical_text: str) -> str:
    """Give the digest of a canonical text."""
    return hashlib.sha256(f"{FORMAT}\n{canonical_text}".encode()).hexdigest()[:32]


def normalize(value: Any) -> Any:
    """Make numbers equal that JSON does not tell apart: Pulumi turns 20 into 20.0 on its way. NaN is no JSON."""
    if isinstance(value, Mapping):
        return {key: normalize(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalize(entry) for entry in value]
    if isinstance(value, float):
        return (int(value) if value.is_integer() else value) if math.isfinite(value) else None
    if isinstance(value, int) and abs(value) > _EXACT_INTEGERS:
        return int(float(value))
    return value


def drop_empty_objects(value: Any) -> Any:
    """Leave out empty objects, and what is empty then, as Novu does in the schemas and values of controls."""
    if not isinstance(value, Mapping):
        return value
    inner = {key: drop_empty_objects(entry) for key, entry in value.items()}
    return {key: entry for key, entry in inner.items() if entry != {}}
