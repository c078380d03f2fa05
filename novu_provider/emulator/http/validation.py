"""Checks that Novu makes on request bodies and queries before it does anything.

Of the texts here, only the one about URLs is recorded; the others have the form that Novu's validation library gives.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from novu_provider.emulator.http.errors import validation_error


def is_url(value: Any) -> bool:
    """Say whether a value is an `http` or `https` URL with a host."""
    if not isinstance(value, str) or any(character.isspace() for character in value):
        return False
    try:
        parts = urlsplit(value)
        # Reading the port is what raises for one that is no number.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def require_url(value: Any, name: str) -> str:
    """Return the value, or raise 422."""
    if not is_url(value):
        raise validation_error(f"{name} must be a URL address")
    return str(value)


def require_text(fields: dict[str, Any], name: str) -> str:
    """Return a field that must be a text, or raise 422."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise validation_error(*([f"{name} should not be empty"] if not value else []), f"{name} must be a string")
    return value


def whole_number(query: str | None, name: str, *, default: int, least: int, most: int | None = None) -> int:
    """Return a number from a query; what is no number counts as not given, one out of bounds is 422.

    Observed on Novu 3.19.0: `limit=abc` is accepted, `limit=1000` is not.
    """
    try:
        number = int(query) if query is not None else default
    except ValueError:
        return default
    if number < least:
        raise validation_error(f"{name} must not be less than {least}")
    if most is not None and number > most:
        raise validation_error(f"{name} must not be greater than {most}")
    return number
