"""Safe display of text from an application, from Novu or from a stack: a pull request may have written it.

This module removes what no output format may contain: line breaks, terminal escapes, invisible characters, characters
that change the reading direction, and excessive length. Each renderer adds the escapes of its own format.
"""

from __future__ import annotations

#: The maximum number of characters of one id, name or value.
MAX_LENGTH = 160


class UntrustedText(str):
    """Text from a bridge, Novu or the stack. Renderers print it literally. A plain ``str`` is our own text."""

    __slots__ = ()


def make_visible(text: str, max_length: int = MAX_LENGTH) -> str:
    """Return the text in one line of at most ``max_length`` characters, with every character visible."""
    # Cut before escaping, for speed, and again after it: an escape is longer than the character.
    line = text[: max_length + 1]
    if not line.isprintable():
        line = "".join(character if character.isprintable() else _escape(character) for character in line)
    return line if len(line) <= max_length else line[: max_length - 1] + "…"


def escape_json(document: str) -> str:
    """Return a JSON text in which every character is visible: the others become ``\\uXXXX``.

    JSON escapes only the oldest control characters by itself. The result has the same meaning.
    """
    if document.isascii():
        return document
    return "".join(
        character if character.isprintable() or character == "\n" else _escape_in_json(character)
        for character in document
    )


def _escape_in_json(character: str) -> str:
    # JSON spells a character beyond the Basic Multilingual Plane as a surrogate pair.
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))


def _escape(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
