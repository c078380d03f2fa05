"""Comparing an answer with a recorded one.

Values must be equal. What differs from server to server is compared by what it stands for: ids (also inside of slugs)
by which of them are the same, times by their form, and the few places that are named as opaque by their type.
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

EDITOR = re.compile(r"/data(/\d+)?/updatedBy/(firstName|lastName|email|password)")
"""Who the recording's server took for the person that edited a workflow."""


class Ids:
    """Which of our ids stands for which recorded one: one for one, in both directions."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}
        self._recorded: dict[str, str] = {}

    def learn(self, recorded: str, ours: str) -> bool:
        """Remember a pair; say whether it agrees with all pairs before."""
        return self._ours.setdefault(recorded, ours) == ours and self._recorded.setdefault(ours, recorded) == recorded

    def translate(self, text: str) -> str:
        """Return a text of the recording with our ids in it."""
        return _OBJECT_ID.sub(lambda match: self._ours.get(match.group(), match.group()), text)


def differences(
    recorded: Any, ours: Any, ids: Ids, path: str = "", *, opaque: Sequence[re.Pattern[str]] = ()
) -> Iterator[str]:
    """Yield each difference as a line; where a pattern of `opaque` matches the path, only types are compared."""
    if any(pattern.fullmatch(path) for pattern in opaque):
        same = type(recorded) is type(ours)
    elif isinstance(recorded, dict) and isinstance(ours, dict):
        yield from (f"{path}/{name}: missing" for name in recorded.keys() - ours.keys())
        yield from (f"{path}/{name}: not recorded, got {ours[name]!r}" for name in ours.keys() - recorded.keys())
        for name in recorded.keys() & ours.keys():
            yield from differences(recorded[name], ours[name], ids, f"{path}/{name}", opaque=opaque)
        return
    elif isinstance(recorded, list) and isinstance(ours, list):
        same = len(recorded) == len(ours)
        for index, (left, right) in enumerate(zip(recorded, ours, strict=False)):
            yield from differences(left, right, ids, f"{path}/{index}", opaque=opaque)
    elif isinstance(recorded, str) and isinstance(ours, str):
        same = _same_text(recorded, ours, ids)
    else:
        same = type(recorded) is type(ours) and recorded == ours
    if not same:
        yield f"{path}: recorded {recorded!r}, got {ours!r}"


def _same_text(recorded: str, ours: str, ids: Ids) -> bool:
    if _OBJECT_ID.fullmatch(recorded):
        return bool(_OBJECT_ID.fullmatch(ours)) and ids.learn(recorded, ours)
    slug, our_slug = _SLUG.fullmatch(recorded), _SLUG.fullmatch(ours)
    if slug and our_slug:
        left, right = decode_base62(slug["id"]), decode_base62(our_slug["id"])
        return slug["name"] == our_slug["name"] and encode_base62(left) == slug["id"] and ids.learn(left, right)
    for form in (_TIME, _TRANSACTION):
        if form.fullmatch(recorded):
            return bool(form.fullmatch(ours))
    return ids.translate(recorded) == ours
