"""The values of settings: each read from the text that configuration and variables give, or from what a program gives.

Every function takes either, gives the value, and raises ValueError with what it must be.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Secret:
    """A text that shows only when it is asked for."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Give the text."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}('**********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise _unfit("it must be a text")
    return value


def secret(value: Any) -> Secret:
    """Read a secret."""
    return value if isinstance(value, Secret) else Secret(text(value))


def key(value: Any) -> Secret:
    """Read a secret key."""
    found = secret(value)
    plain = found.get_secret_value()
    if not plain.isascii() or not plain.isprintable() or any(character.isspace() for character in plain):
        raise _unfit("the secret key has a space, a line break or a character that no key has")
    return found


def flag(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise _unfit("it must be true or false")
    return word in _TRUE


def number(most: float, least: float = 0, *, above: bool = False) -> Callable[[Any], float]:
    """Give the reader of a number between two, ``above`` the lower one or from it on."""

    def read(value: Any) -> float:
        try:
            found = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            found = math.nan
        if not (least < found or (found == least and not above)) or not found <= most:
            raise _unfit(f"it must be a number {'above' if above else 'from'} {least:g} up to {most:g}")
        return found

    return read


def count(most: float = math.inf) -> Callable[[Any], int]:
    """Give the reader of a whole number from 0 on."""

    def read(value: Any) -> int:
        try:
            found = number(most)(value)
        except ValueError:
            found = math.nan
        if not found.is_integer():
            raise _unfit(f"it must be a whole number from 0 {'on' if most == math.inf else f'up to {most:g}'}")
        return int(found)

    return read


def mapping(value: Any) -> Mapping[str, Any]:
    """Read an object, or its JSON."""
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise _unfit("it must be an object")
    return found


def ids(value: Any) -> tuple[str, ...] | Literal[True]:
    """Read ids: a list, its JSON, or parted by commas; True for all."""
    if isinstance(value, str):
        plain = value.strip()
        if plain.lower() in ("true", "false"):
            value = plain.lower() == "true"
        elif plain.startswith("["):
            value = json.loads(plain)
        else:
            value = [part.strip() for part in plain.split(",") if part.strip()]
    if value is True or value is False or value is None:
        return True if value else ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise _unfit("it must be true or a list of ids")
    return tuple(value)


def _unfit(what: str) -> ValueError:
    return ValueError(what)
