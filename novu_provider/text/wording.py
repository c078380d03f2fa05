"""Wording of messages: counted nouns, lists of ids, JSON values in one line, paths of properties."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from novu_provider.text.untrusted import LONGEST, UntrustedText, make_visible

#: Characters kept before the place where two long values differ.
_LEAD = 24


def brief(value: Any) -> UntrustedText:
    """Write a JSON value in one line."""
    return UntrustedText(make_visible(_json(value)))


def brief_pair(before: Any, after: Any) -> tuple[UntrustedText, UntrustedText]:
    """Write two JSON values, each in one line, cut so that where they begin to differ is seen."""
    texts = _json(before), _json(after)
    if max(map(len, texts)) <= LONGEST:
        return brief(before), brief(after)
    same = next((at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    start = max(0, same - _LEAD)
    old, new = (UntrustedText(make_visible(("…" if start else "") + text[start:])) for text in texts)
    return old, new


def property_label(path: tuple[str, ...]) -> UntrustedText:
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
    return UntrustedText(make_visible(".".join(words)))


def dotted_path(path: tuple[str, ...]) -> UntrustedText:
    """Name a value by its keys."""
    return UntrustedText(make_visible(".".join(path)))


_SCHEMAS = {"payloadSchema": "payload", "controlSchema": "controls", "outputSchema": "output"}


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 workflow``, ``2 workflows``, ``1,200 properties``."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def quoted_list(ids: Iterable[str], most: int = 20) -> str:
    """List ids for a message; a long list is cut and its rest counted."""
    ordered = sorted(ids)
    shown = ", ".join(map(repr, ordered[:most]))
    return f"{shown} and {len(ordered) - most} more" if len(ordered) > most else shown
