"""Identifiers in Novu's formats: object ids, base62 slugs, random suffixes and timestamps."""

from __future__ import annotations

import itertools
import re
import secrets
import string
import time
import unicodedata
from datetime import datetime, timezone

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHORT = string.digits + string.ascii_lowercase
_SLUG = re.compile(r"(?:^|_(?:wf|st|env|lt)_)([0-9A-Za-z]{16})$")
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")

_process = secrets.token_hex(5)
_counter = itertools.count(secrets.randbelow(1 << 20))


def object_id() -> str:
    """Return a new id of 24 hexadecimal digits that starts with the time, like MongoDB's ids."""
    return f"{int(time.time()):08x}{_process}{next(_counter) & 0xFFFFFF:06x}"


def is_object_id(value: str) -> bool:
    """Return whether Novu treats a path parameter as an internal id."""
    return _OBJECT_ID.fullmatch(value) is not None


def timestamp() -> str:
    """Return the current time in the form `2026-11-24T06:01:08.815Z`."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def short_id(length: int = 8) -> str:
    """Return random lower-case letters and digits, for example for the suffix of a duplicate identifier."""
    return "".join(secrets.choice(_SHORT) for _ in range(length))


def transaction_id() -> str:
    """Return a transaction id as in responses of `POST /v1/events/trigger`."""
    return f"txn_{int(time.time()):08x}{short_id(12)}"


def encode_base62(object_id_: str) -> str:
    """Return the 16 characters that encode an object id in a slug."""
    number, digits = int(object_id_, 16), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(16, "0")


def decode_base62(encoded: str) -> str:
    """Return the object id that 16 characters of a slug encode."""
    number = 0
    for character in encoded:
        number = number * 62 + _BASE62.index(character)
    return f"{number:024x}"


def slugify(name: str) -> str:
    """Return a name in lower-case ASCII with hyphens, as in slugs and in the ids of dashboard steps."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def slug(name: str, entity: str, object_id_: str) -> str:
    """Return a slug such as `welcome_wf_h4g1RLoaMDi5gOUo`. `entity` is `wf`, `st` or `env`."""
    return f"{name}_{entity}_{encode_base62(object_id_)}"


def parse_slug(parameter: str) -> str:
    """Return the object id in a path parameter of `/v2/workflows`, or the parameter itself if it is an identifier.

    A parameter of exactly 16 letters and digits counts as an encoded object id. A workflow with such an identifier
    cannot be addressed by it. Novu 3.19.0 behaves the same way.
    """
    match = _SLUG.search(parameter)
    return decode_base62(match.group(1)) if match else parameter
