"""Compares a response with a recorded one.

Most values must be equal. Three kinds of values differ between servers. Equal ids must stay equal, also inside slugs.
Times must have the same format. Values at opaque paths must have the same type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from novu_provider.emulator.data.ids import decode_base62, encode_base62

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_SLUG = re.compile(r"(?P<name>.*_(?:wf|st|env)_)(?P<id>[0-9A-Za-z]{16})")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_TRANSACTION = re.compile(r"txn_[0-9a-z]{20}")

EDITOR_FIELDS = re.compile(r"/data(/\d+)?/updatedBy/(firstName|lastName|email|password)")
"""Paths to the person who edited a workflow."""


class IdMapping:
    """A one-to-one mapping between recorded ids and our ids."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}
        self._recorded: dict[str, str] = {}

    def learn(self, recorded: str, ours: str) -> bool:
        """Add a pair and return whether it agrees with all earlier pairs."""
        return self._ours.setdefault(recorded, ours) == ours and self._recorded.setdefault(ours, recorded) == recorded

    def translate(self, text: str) -> str:
        """Replace the recorded ids in a text with ours."""
        return _OBJECT_ID.sub(lambda match: self._ours.get(match.group(), match.group()), text)


def compare(
    recorded: Any, ours: Any, ids: IdMapping, path: str = "", *, opaque: Sequence[re.Pattern[str]] = ()
) -> Iterator[str]:
    """Yield one line for each difference. At paths that match a pattern of `opaque`, compare only types."""
    if any(pattern.fullmatch(path) for pattern in opaque):
        equal = type(recorded) is type(ours)
    elif isinstance(recorded, dict) and isinstance(ours, dict):
        yield from (f"{path}/{name}: missing" for name in recorded.keys() - ours.keys())
        yield from (f"{path}/{name}: not recorded, got {ours[name]!r}" for name in ours.keys() - recorded.keys())
        for name in recorded.keys() & ours.keys():
            yield from compare(recorded[name], ours[name], ids, f"{path}/{name}", opaque=opaque)
        return
    elif isinstance(recorded, list) and isinstance(ours, list):
        equal = len(recorded) == len(ours)
        for index, (recorded_item, our_item) in enumerate(zip(recorded, ours, strict=False)):
            yield from compare(recorded_item, our_item, ids, f"{path}/{index}", opaque=opaque)
    elif isinstance(recorded, str) and isinstance(ours, str):
        equal = _same_text(recorded, ours, ids)
    else:
        equal = type(recorded) is type(ours) and recorded == ours
    if not equal:
        yield f"{path}: recorded {recorded!r}, got {ours!r}"


def _same_text(recorded: str, ours: str, ids: IdMapping) -> bool:
    if _OBJECT_ID.fullmatch(recorded):
        return bool(_OBJECT_ID.fullmatch(ours)) and ids.learn(recorded, ours)
    slug, our_slug = _SLUG.fullmatch(recorded), _SLUG.fullmatch(ours)
    if slug and our_slug:
        recorded_id, our_id = decode_base62(slug["id"]), decode_base62(our_slug["id"])
        return (
            slug["name"] == our_slug["name"]
            and encode_base62(recorded_id) == slug["id"]
            and ids.learn(recorded_id, our_id)
        )
    for pattern in (_TIME, _TRANSACTION):
        if pattern.fullmatch(recorded):
            return bool(pattern.fullmatch(ours))
    return ids.translate(recorded) == ours
