"""Validation of request bodies and queries.

Only the message about URLs is recorded. The other messages have the format of Novu's validation library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


_CHANNELS = ("in_app", "email", "sms", "chat", "push", "tool")


def require_integration_fields(fields: dict[str, Any], *, is_new: bool = False) -> dict[str, Any]:
    """Return the body of a request that writes an integration. Raise 422 if a field has an invalid type."""
    messages = list(_type_messages(fields, ("name", "identifier"), str, "a string"))
    if is_new and fields.get("providerId") is None:
        messages += ["providerId should not be null or undefined", "providerId must be a string"]
    if fields.get("channel") is not None and fields["channel"] not in _CHANNELS:
        messages.append(f"channel must be one of the following values: {', '.join(_CHANNELS)}")
    messages += _type_messages(fields, ("active", "check"), bool, "a boolean value")
    credentials = fields.get("credentials")
    if isinstance(credentials, dict):
        texts = [key for key, value in credentials.items() if isinstance(value, (int, float)) and value not in (0, 1)]
        messages += [f"credentials.{key} must be a string" for key in texts]
    elif credentials is not None:
        messages.append("nested property credentials must be either object or array")
    messages += _type_messages(fields, ("conditions",), list, "an array")
    if fields.get("conditions") is not None and not isinstance(fields["conditions"], (list, dict)):
        messages.append("each value in nested property conditions must be either object or array")
    if messages:
        raise validation_error(*messages)
    return fields


def _type_messages(fields: dict[str, Any], names: Iterable[str], expected: type, noun: str) -> Iterator[str]:
    for name in names:
        if fields.get(name) is not None and not isinstance(fields[name], expected):
            yield f"{name} must be {noun}"
