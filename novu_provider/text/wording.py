"""Wording that messages share: counted nouns, lists of ids, JSON values in one line, property paths."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from novu_provider.text.untrusted import MAX_LENGTH, UntrustedText, make_visible

#: The number of equal characters to show before the first difference of two long values.
_CONTEXT = 24


def brief(value: Any) -> UntrustedText:
    """Return a JSON value in one line."""
    return UntrustedText(make_visible(_json(value)))


def brief_pair(before: Any, after: Any) -> tuple[UntrustedText, UntrustedText]:
    """Return two JSON values, each in one line. Long values are cut to show the first difference."""
    old, new = _json(before), _json(after)
    if max(len(old), len(new)) <= MAX_LENGTH:
        return brief(before), brief(after)
    equal = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    start = max(0, equal - _CONTEXT)
    return _brief_from(old, start), _brief_from(new, start)


def _brief_from(text: str, start: int) -> UntrustedText:
    return UntrustedText(make_visible(("…" if start else "") + text[start:]))


def property_label(path: tuple[str, ...]) -> UntrustedText:
    """Return a property path as the code spells it: ``payload.total.default`` for a member of a schema."""
    words: list[str] = []
    in_schema = is_property_name = False
    for position, part in enumerate(path):
        if is_property_name or path[:position] == ("steps",):
            words.append(part)
            is_property_name = False
        elif in_schema and part == "properties" and position + 1 < len(path):
            # The keyword is left out. The next part is the name of a property, even if it looks like a keyword.
            is_property_name = True
        else:
            words.append(part if in_schema else _SCHEMA_LABELS.get(part, part))
            in_schema = in_schema or part in _SCHEMA_LABELS
    return UntrustedText(make_visible(".".join(words)))


def dotted_path(path: tuple[str, ...]) -> UntrustedText:
    """Return the keys that lead to a value, joined by dots."""
    return UntrustedText(make_visible(".".join(path)))


_SCHEMA_LABELS = {"payloadSchema": "payload", "controlSchema": "controls", "outputSchema": "output"}


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 workflow``, ``2 workflows``, ``1,200 properties``."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def quoted_list(ids: Iterable[str], max_ids: int = 20) -> str:
    """Return ids as a quoted list, sorted. A long list ends with the number of ids left out."""
    ordered = sorted(ids)
    text = ", ".join(map(repr, ordered[:max_ids]))
    return f"{text} and {len(ordered) - max_ids} more" if len(ordered) > max_ids else text
