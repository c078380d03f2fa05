"""Parsers of setting values. Configuration and environment variables contain text, programs pass Python values.

Every parser accepts both forms. It returns the value, or raises ValueError with the expected form.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

from novu_provider.model.json_text import check_json, parse_json

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Secret:
    """A text whose representation hides it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the text."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}('**********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)


def as_unicode(value: str) -> str:
    """Return text from an environment variable, including Pulumi's configuration, as Unicode.

    In an ASCII locale without Python's UTF-8 mode, Python decodes other bytes as surrogates. Pulumi refuses those.
    """
    if value.isascii():
        return value
    try:
        return os.fsencode(value).decode() if any("\udc80" <= character <= "\udcff" for character in value) else value
    except UnicodeError:
        return value


def text(value: Any) -> str:
    """Parse a text."""
    if not isinstance(value, str):
        raise ValueError("it must be text")  # noqa: TRY004 - one class for all flaws
    return value


def secret(value: Any) -> Secret:
    """Parse a secret."""
    return value if isinstance(value, Secret) else Secret(text(value))


def key(value: Any) -> Secret:
    """Parse a secret key."""
    parsed = secret(value)
    plain = parsed.get_secret_value()
    if not plain.isascii() or not plain.isprintable() or any(character.isspace() for character in plain):
        raise ValueError("the secret key has a space, a line break or a character that no key contains")
    return parsed


def flag(value: Any) -> bool:
    """Parse true or false."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError("it must be true or false")
    return word in _TRUE


def number(maximum: float, minimum: float = 0, *, above: bool = False) -> Callable[[Any], float]:
    """Return the parser of a number between two bounds. ``above`` excludes the minimum itself."""

    def parse(value: Any) -> float:
        parsed = _to_float(value)
        if not (minimum < parsed or (parsed == minimum and not above)) or not parsed <= maximum:
            raise ValueError(f"it must be a number {'above' if above else 'from'} {minimum:g} up to {maximum:g}")
        return parsed

    return parse


def count(maximum: float = math.inf) -> Callable[[Any], int]:
    """Return the parser of a whole number from 0."""

    def parse(value: Any) -> int:
        parsed = _to_float(value)
        if not (parsed.is_integer() and 0 <= parsed <= maximum):
            raise ValueError(f"it must be a whole number from 0{'' if maximum == math.inf else f' up to {maximum:g}'}")
        return int(parsed)

    return parse


def mapping(value: Any) -> Mapping[str, Any]:
    """Parse an object, or its JSON."""
    parsed = parse_json(value) if isinstance(value, str) else value
    if not isinstance(parsed, Mapping):
        raise ValueError("it must be an object")  # noqa: TRY004 - one class for all flaws
    return parsed


def ids(value: Any) -> tuple[str, ...] | Literal[True]:
    """Parse ids: a list, its JSON, or text separated by commas. True stands for all ids."""
    if isinstance(value, str):
        plain = value.strip()
        if plain.lower() in ("true", "false"):
            value = plain.lower() == "true"
        elif plain.startswith("["):
            value = parse_json(plain)
            check_json(value)
        else:
            value = [part.strip() for part in plain.split(",") if part.strip()]
    if value is True or value is False or value is None:
        return True if value else ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError("it must be true or a list of ids")
    return tuple(value)


def _to_float(value: Any) -> float:
    """Return a number, or NaN, which is outside of all bounds."""
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
