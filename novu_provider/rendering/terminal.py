"""Sections, lines and blocks of a plan for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from novu_provider.rendering.lines import Item, Line
from novu_provider.text.untrusted import UntrustedText, make_visible


def section(text: Text, heading: str, sign: str, items: Sequence[Item], style: str) -> None:
    """Add a heading with its items. Without items, nothing is added."""
    if not items:
        return
    text.append(f"\n{heading}\n", style)
    for item in items:
        _line(text, f"  {sign} ", item.full, style)
        for note in item.notes:
            _line(text, "      ", note, "")


def _line(text: Text, start: str, line: Line, style: str) -> None:
    text.append(start, style)
    for part in line:
        text.append(part, "" if isinstance(part, UntrustedText) else "dim")
    text.append("\n")


def block(text: Text, message: str, style: str) -> None:
    """Add a message of several lines, each indented."""
    text.append("\n")
    for line in message.splitlines():
        text.append(f"  {make_visible(line, len(line))}\n", style)
