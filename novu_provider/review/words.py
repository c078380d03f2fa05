"""Foreign text made fit to be shown: names and values come from an application, and a pull request may have made it.

Escapes for a format are its renderer's; here a text loses what no format should get: line breaks, terminal escapes,
characters that are not seen or that turn the reading direction, and its excessive length.
"""

from __future__ import annotations

import json
from typing import Any

#: The most characters of one id, name or value.
LONGEST = 160
#: Characters kept before the place where two long values differ.
_LEAD = 24


class Foreign(str):
    """Text of a bridge, of Novu or of the stack. A renderer shows it literally; any other ``str`` is our own."""

    __slots__ = ()


def visible(text: str, most: int = LONGEST) -> str:
    """Write a text in one line of at most ``most`` characters, each to be seen."""
    # Cut before, for speed, and after: an escape is longer than what it stands for.
    found = text[: most + 1]
    if not found.isprintable():
        found = "".join(one if one.isprintable() else _escape(one) for one in found)
    return found if len(found) <= most else found[: most - 1] + "…"


def brief(value: Any) -> Foreign:
    """Write a JSON value in one line."""
    return Foreign(visible(_json(value)))


def both(before: Any, after: Any) -> tuple[Foreign, Foreign]:
    """Write two JSON values, each in one line, cut so that where they begin to differ is seen."""
    texts = _json(before), _json(after)
    if max(map(len, texts)) <= LONGEST:
        return brief(before), brief(after)
    same = next((at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    start = max(0, same - _LEAD)
    old, new = (Foreign(visible(("…" if start else "") + text[start:])) for text in texts)
    return old, new


def label(path: tuple[str, ...]) -> Foreign:
    """Name a property as the code does: ``payload.total.default`` for the member of a schema."""
    words: list[str] = []
    schema = named = False
    for at, part in enumerate(path):
        if named or path[:at] == ("steps",):
            words.append(part)
            named = False
        elif schema and part == "properties" and at + 1 < len(path):
            # The keyword; what follows is a name, whatever it is.
            named = True
        else:
            words.append(part if schema else _SCHEMAS.get(part, part))
            schema = schema or part in _SCHEMAS
    return Foreign(visible(".".join(words)))


def dotted(path: tuple[str, ...]) -> Foreign:
    """Name a value by its keys."""
    return Foreign(visible(".".join(path)))


_SCHEMAS = {"payloadSchema": "payload", "controlSchema": "controls", "outputSchema": "output"}


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 workflow``, ``2 workflows``, ``1,200 properties``."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _escape(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
