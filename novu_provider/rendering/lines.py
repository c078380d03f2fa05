"""What lines of a plan are made of.

A line is a sequence of our own words and of :class:`.words.Foreign` text; each renderer joins and escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from novu_provider.model.diff import Change
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import brief, brief_pair, counted, property_label

Line = tuple[str, ...]

#: The most properties, control defaults or control values that are shown of one workflow or step.
MOST = 40
#: Switches of a workflow that are declared or left as they are.
_SWITCHES = {("validatePayload",), ("translations",)}


@dataclass(frozen=True)
class Item:
    """One thing that the plan does: in full with its notes, or in one short line where there is no room."""

    short: Line
    full: Line
    notes: tuple[Line, ...] = ()


def change_line(one: Change, name: Callable[[tuple[str, ...]], UntrustedText] = property_label) -> Line:
    """Show one property before and after, called by its name."""
    if one.path in _SWITCHES and one.kind != "changed":
        # What is not declared is left as it is.
        said = " declared: " if one.kind == "added" else " declared no longer, stays "
        return (name(one.path), said, brief(one.after if one.kind == "added" else one.before))
    if one.kind == "added":
        return (name(one.path), " added: ", brief(one.after))
    if one.kind == "removed":
        return (name(one.path), " removed: ", brief(one.before))
    before, after = brief_pair(one.before, one.after)
    return (name(one.path), " in another order: " if one.kind == "moved" else ": ", before, " → ", after)


def title(workflow_id: str, name: str) -> Line:
    """Name a workflow by its id, and by its name where that is another."""
    found = identifier(workflow_id)
    return (found,) if name == workflow_id else (found, " (", UntrustedText(make_visible(name)), ")")


def identifier(workflow_id: str) -> UntrustedText:
    """Write an id as it is."""
    return UntrustedText(make_visible(workflow_id))


def literal(value: Any) -> UntrustedText:
    """Write a value: a text as it is, anything else as JSON."""
    return UntrustedText(make_visible(value)) if isinstance(value, str) else brief(value)


def url(url: str | None, known: bool) -> str:
    """Write a URL, or say why there is none."""
    if not known:
        return "known after the update"
    return UntrustedText(make_visible(url, 400)) if url else "none"


def before_and_after(before: Line, after: Line) -> Line:
    """Write what it was and what it becomes, once where that is the same."""
    return before if before == after else (*before, " → ", *after)


def and_more(notes: Sequence[Line], total: int, noun: str) -> tuple[Line, ...]:
    """Say how many of all are not shown."""
    left = total - len(notes)
    return (*notes, (f"and {counted(left, f'more {noun}')}",)) if left else tuple(notes)
