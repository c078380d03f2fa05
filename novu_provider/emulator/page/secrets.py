"""Hides secrets in all texts of the page, unless a developer requests them."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "••••••••"

_IN_URLS = re.compile(r"(?i)(x-vercel-protection-bypass=)[^&#\s`'\"]+|(?<=://)[^/@\s`'\"]+(?=@)")


class RequestedText(str):
    """A text that a developer requested. It is shown unchanged."""

    __slots__ = ()


class Secrets:
    """The secrets of one embedded Novu: its keys, and bypass tokens and passwords in URLs."""

    def __init__(self, keys: Iterable[str]) -> None:
        # The longest key first: one key may contain another.
        self._keys = sorted(filter(None, keys), key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return a text with its secrets replaced."""
        for key in self._keys:
            text = text.replace(key, MASK)
        return _IN_URLS.sub(lambda match: f"{match.group(1) or ''}{MASK}", text)

    def has_secret(self, text: str) -> bool:
        """Return whether a text contains a secret."""
        return self.mask(text) != text
