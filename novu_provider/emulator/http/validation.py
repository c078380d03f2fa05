"""Validation of request bodies and queries.

Only the message about URLs is recorded. The other messages have the format of Novu's validation library.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from novu_provider.emulator.http.errors import validation_error


def is_url(value: Any) -> bool:
    """Return whether a value is an `http` or `https` URL with a host.

    `novu_provider.model.bridge_urls` validates URLs with its own code on purpose: see `novu_provider.emulator`.
    """
    if not isinstance(value, str) or any(character.isspace() for character in value):
        return False
    try:
        parts = urlsplit(value)
        # `port` raises if it is not a number.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def require_url(value: Any, name: str) -> str:
    """Return the value if it is a URL. Raise 422 otherwise."""
    if not is_url(value):
        raise validation_error(f"{name} must be a URL address")
    return str(value)


def require_string(fields: dict[str, Any], name: str) -> str:
    """Return a field if it is a string. Raise 422 otherwise."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise validation_error(*([f"{name} should not be empty"] if not value else []), f"{name} must be a string")
    return value


def parse_integer(query: str | None, name: str, *, default: int, minimum: int, maximum: int | None = None) -> int:
    """Return an integer from a query, or the default if it is not a number. Raise 422 if it is out of range.

    Observed on Novu 3.19.0: `limit=abc` is accepted, `limit=1000` is not.
    """
    try:
        number = int(query) if query is not None else default
    except ValueError:
        return default
    if number < minimum:
        raise validation_error(f"{name} must not be less than {minimum}")
    if maximum is not None and number > maximum:
        raise validation_error(f"{name} must not be greater than {maximum}")
    return number
