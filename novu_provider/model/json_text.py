"""JSON from other systems, with the limits that keep a deep or broken document from crashing the reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: The maximum nesting of schemas and values. MongoDB, the database of Novu, stores at most 100 levels.
MAX_DEPTH = 100

#: The maximum nesting of a whole response or file: a value of the maximum depth, and the objects around it.
MAX_DOCUMENT_DEPTH = 2 * MAX_DEPTH

#: The dictionary is first, because a comparison with an abstract class takes several times as long.
_CONTAINERS = (dict, list, tuple, Mapping)

_TOO_DEEP = "it is nested more than {} levels deep"


class InvalidJson(ValueError):
    """JSON that Novu cannot store or that exceeds a limit. The text continues a sentence: ``it is nested …``."""


def too_deep(max_depth: int = MAX_DEPTH) -> InvalidJson:
    """Return the error for a value with too many levels."""
    return InvalidJson(_TOO_DEEP.format(max_depth))


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    :raises ValueError: the text is no JSON, or is nested too deeply for the parser (:class:`InvalidJson`).
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise too_deep(MAX_DOCUMENT_DEPTH) from None


def check_json(value: Any, max_depth: int = MAX_DEPTH) -> None:
    """Check that Novu and Pulumi can store a JSON value.

    :raises InvalidJson: the value has more than ``max_depth`` levels, or contains half of a surrogate pair.
    """
    texts = texts_within_depth(value, max_depth)
    # Encode all texts at once, because a large document has many.
    if not _has_encoding("\n".join(texts)):
        text = next(text for text in texts if not _has_encoding(text))
        raise InvalidJson(f"it contains {text[:40]!r} with half of a surrogate pair, which is no character")


def texts_within_depth(value: Any, max_depth: int = MAX_DEPTH) -> list[str]:
    """Check the depth of a JSON value, and return its texts. Needs no recursion, so no value is too deep for it.

    :raises InvalidJson: the value has more than ``max_depth`` levels.
    """
    texts: list[str] = []
    level = [value]
    for depth in range(max_depth + 1):
        next_level: list[Any] = []
        for item in level:
            if isinstance(item, str):
                texts.append(item)
            elif isinstance(item, _CONTAINERS):
                if depth == max_depth:
                    raise too_deep(max_depth)
                next_level += item
                next_level += item.values() if isinstance(item, Mapping) else ()
        level = next_level
    return texts


def _has_encoding(text: str) -> bool:
    # Valid JSON can contain half of a surrogate pair, as in "\\ud800". It has no UTF-8 encoding.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
