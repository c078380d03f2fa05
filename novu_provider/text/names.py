"""Names in files and settings that accept few characters, made from texts with any characters."""

from __future__ import annotations

import hashlib
import re

#: A name with the mark of :func:`distinct_name`.
_MARKED = re.compile(r"[_-][0-9a-f]{8}\Z")


def distinct_name(text: str, *, accepted: str, substitute: str) -> str:
    """Return the text itself if it is a name: it begins with a letter or a digit, and has accepted characters only.

    Any other text gets a mark, so that different texts have different names.

    :param accepted: the characters, as in brackets of a regular expression.
    :param substitute: the character that replaces each other one: ``-`` or ``_``.
    """
    if re.fullmatch(f"[A-Za-z0-9][{accepted}]*", text) and not _MARKED.search(text):
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub(f'[^{accepted}]', substitute, text)}{substitute}{mark}".lstrip("-_.")
