"""Foreign text made fit to be shown: names and values come from an application, and a pull request may have made it.

Escapes for a format are its renderer's; here a text loses what no format should get: line breaks, terminal escapes,
characters that are not seen or that turn the reading direction, and its excessive length.
"""

from __future__ import annotations

#: The most characters of one id, name or value.
LONGEST = 160


class UntrustedText(str):
    """Text of a bridge, of Novu or of the stack. A renderer shows it literally; any other ``str`` is our own."""

    __slots__ = ()


def make_visible(text: str, most: int = LONGEST) -> str:
    """Write a text in one line of at most ``most`` characters, each to be seen."""
    # Cut before, for speed, and after: an escape is longer than what it stands for.
    found = text[: most + 1]
    if not found.isprintable():
        found = "".join(one if one.isprintable() else _escape(one) for one in found)
    return found if len(found) <= most else found[: most - 1] + "…"


def _escape(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
