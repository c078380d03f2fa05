"""The parts of a rendered plan: items, lines, and how one property change is worded.

A line is a sequence of our own words and of :class:`novu_provider.text.untrusted.UntrustedText`. Each renderer joins
and escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from novu_provider.model.diff import Change
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import brief, brief_pair, counted, property_label

Line = tuple[str, ...]

#: How many properties, control defaults or control values are shown of one workflow or step.
MAX_NOTES = 40
#: Flags of a workflow that a program may declare. Undeclared flags stay as they are in Novu.
_OPTIONAL_FLAGS = {("validatePayload",), ("translations",)}


@dataclass(frozen=True)
class Item:
    """One entry of a plan: in full with its notes, or in one short line if there is no room."""

    short: Line
    full: Line
    notes: tuple[Line, ...] = ()


def change_line(change: Change, label: Callable[[tuple[str, ...]], UntrustedText] = property_label) -> Line:
    """Show one property before and after.

    :param label: returns the name of a property.
    """
    name = label(change.path)
    if change.path in _OPTIONAL_FLAGS and change.kind != "changed":
        if change.kind == "added":
            return (name, " declared: ", brief(change.after))
        return (name, " no longer declared, stays ", brief(change.before))
    if change.kind == "added":
        return (name, " added: ", brief(change.after))
    if change.kind == "removed":
        return (name, " removed: ", brief(change.before))
    before, after = brief_pair(change.before, change.after)
    return (name, " in another order: " if change.kind == "moved" else ": ", before, " → ", after)


def workflow_title(workflow_id: str, name: str) -> Line:
    """Show the id of a workflow, and its name if it differs."""
    shown_id = identifier(workflow_id)
    return (shown_id,) if name == workflow_id else (shown_id, " (", UntrustedText(make_visible(name)), ")")


def identifier(text: str) -> UntrustedText:
    """Show an id."""
    return UntrustedText(make_visible(text))


def literal(value: Any) -> UntrustedText:
    """Show a value: a text unchanged, any other value as JSON."""
    return UntrustedText(make_visible(value)) if isinstance(value, str) else brief(value)


def url_text(url: str | None, known: bool) -> str:
    """Show a URL, or why there is none."""
    if not known:
        return "known after the update"
    return UntrustedText(make_visible(url, 400)) if url else "none"


def before_and_after(before: Line, after: Line) -> Line:
    """Show two values with an arrow, or one if they are equal."""
    return before if before == after else (*before, " → ", *after)


def with_remainder(notes: Sequence[Line], total: int, noun: str) -> tuple[Line, ...]:
    """Return the notes, with a line that counts the notes that are not shown."""
    hidden = total - len(notes)
    return (*notes, (f"and {counted(hidden, f'more {noun}')}",)) if hidden else tuple(notes)
