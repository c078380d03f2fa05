"""The plan in words: lines that a renderer for Markdown and one for the terminal both show.

A line is a sequence of our own words and of :class:`.words.Foreign` text; each renderer joins and escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from novu_provider.difference import Change, Changed, Entry, Renamed, name_of
from novu_provider.registration import JsonObject
from novu_provider.review.model import Environment, ReviewPlan
from novu_provider.review.words import Foreign, both, brief, count, label, visible

Line = tuple[str, ...]

#: The most properties, or control defaults, that are shown of one workflow.
_MOST = 40


@dataclass(frozen=True)
class Item:
    """One thing that the plan does: in full with its notes, or in one short line where there is no room."""

    short: Line
    full: Line
    notes: tuple[Line, ...] = ()


def created(one: Entry) -> Item:
    """Show a new workflow: its steps, and the controls' defaults, which are what is sent without an edit."""
    found = one.registration
    steps = [step for step in _list(found.get("steps")) if isinstance(step, dict)]
    line = [*title(one.workflow_id, name_of(one.workflow_id, found)), ": ", count(len(steps), "step")]
    for at, step in enumerate(steps[:_MOST]):
        line += [", " if at else " ", _text(step.get("stepId")), " (", _text(step.get("type")), ")"]
    facts = (("severity", found.get("severity"), "none"), ("active", found.get("active"), True))
    line += [part for key, value, usual in facts if value not in (None, usual) for part in (f"; {key} ", _text(value))]
    if _list(found.get("tags")):
        line += ["; tags ", _text(", ".join(map(str, _list(found.get("tags")))))]
    defaults = [
        (("steps", str(step.get("stepId")), "controlSchema", "properties", control), default)
        for step in steps
        for control, default in _defaults(step.get("controlSchema"))
    ]
    notes = [(label(path), " default ", brief(default)) for path, default in defaults[:_MOST]]
    return Item((_id(one.workflow_id),), tuple(line), _rest(notes, len(defaults), "control default"))


def changed(one: Changed) -> Item:
    """Show what differs in a workflow, property by property."""
    notes = [change(found) for found in one.changes[:_MOST]]
    short = (_id(one.workflow_id), f" ({count(len(one.changes), 'property')})")
    return Item(short, title(one.workflow_id, one.name), _rest(notes, len(one.changes), "property"))


def renamed(one: Renamed) -> Item:
    """Show a rename, which deletes the old id."""
    line = (_id(one.before), " renamed to ", _id(one.after))
    return Item(line, line)


def deleted(one: Entry) -> Item:
    """Show a deletion."""
    return Item((_id(one.workflow_id),), title(one.workflow_id, name_of(one.workflow_id, one.registration)))


def removals(plan: ReviewPlan) -> list[Item]:
    """Show everything that the plan takes away."""
    found = [deleted(one) for one in plan.workflows.deleted]
    found += [renamed(one) for one in plan.workflows.renamed]
    for one in plan.pruned.ids:
        item = (_id(one), " (not managed by this stack; novu:pruneUnmanaged allows it)")
        found.append(Item((_id(one),), item))
    if plan.pruned.more:
        line: Line = (f"{count(plan.pruned.more, 'more workflow')} that this stack does not manage",)
        found.append(Item(line, line))
    for binding in plan.bindings:
        if binding.action == "deleted":
            line = ("the bridge URL that Novu stores, ", _url(binding.url_before, True))
            found.append(Item(line, line))
    gone = plan.others.deleted + plan.others.replaced
    if gone:
        line = (f"{count(gone, 'other resource')} beside Novu (pulumi preview lists them)",)
        found.append(Item(line, line))
    return found


def bindings(plan: ReviewPlan) -> list[Item]:
    """Show each binding's environment and bridge URL, before and after."""
    found = []
    for one in plan.bindings:
        before, after = _environment(one.environment_before), _environment(one.environment_after)
        old, new = (_url(one.url_before, True),), (_url(one.url_after, one.url_known),)
        if one.action == "created":
            # What Novu holds before a first update is in no preview.
            before, old = after, new
        line = ("Environment ", *_arrow(before, after), *([" (new in this stack)"] if one.action == "created" else []))
        urls = ("Bridge URL ", *_arrow(old, new))
        notes = [urls, *([("The bypass token changes",)] if one.token_changed else [])]
        found.append(Item(line, line, tuple(notes)))
    return found


def headline(plan: ReviewPlan) -> str:
    """Sum the plan up in our own words alone."""
    if plan.failed:
        return "the preview failed"
    pruned = len(plan.pruned.ids) + plan.pruned.more
    numbers = (
        (len(plan.workflows.created), "created"),
        (len(plan.workflows.changed), "changed"),
        (len(plan.workflows.renamed), "renamed"),
        (len(plan.workflows.deleted) + pruned, "deleted"),
    )
    parts = [(number, word) for number, word in numbers if number]
    if parts:
        first, *rest = parts
        return ", ".join(
            [f"{count(first[0], 'workflow')} {first[1]}", *(f"{number:,} {word}" for number, word in rest)]
        )
    return "no changes" if plan.status == "unchanged" else "no workflow changes"


def remarks(plan: ReviewPlan) -> list[str]:
    """Say what else there is to know, in our own words alone."""
    found = []
    if any(one.action == "created" for one in plan.bindings) and plan.workflows.created:
        found.append(
            "This stack manages nothing yet: what Novu holds already is adopted, not made anew. "
            "`novu-provider adopt` shows which."
        )
    if plan.records:
        found.append(f"{count(plan.records, 'workflow')} only recorded anew in the stack; Novu's stay as they are.")
    if plan.others:
        counts = [(getattr(plan.others, word), word) for word in type(plan.others).model_fields]
        parts = [f"{number:,} {word}" for number, word in counts if number]
        found.append(f"Other resources of the stack: {', '.join(parts)}. `pulumi preview` lists them.")
    elif plan.components and not (plan.workflows or plan.bindings or plan.records):
        found.append(f"{count(plan.components, 'component')} changed in the stack's state, and nothing behind them.")
    return found


def change(one: Change, name: Callable[[tuple[str, ...]], Foreign] = label) -> Line:
    """Show one property before and after, called by its name."""
    if one.kind == "added":
        return (name(one.path), " added: ", brief(one.after))
    if one.kind == "removed":
        return (name(one.path), " removed: ", brief(one.before))
    before, after = both(one.before, one.after)
    return (name(one.path), " in another order: " if one.kind == "moved" else ": ", before, " → ", after)


def title(workflow_id: str, name: str) -> Line:
    """Name a workflow by its id, and by its name where that is another."""
    return (_id(workflow_id),) if name == workflow_id else (_id(workflow_id), " (", Foreign(visible(name)), ")")


def _id(workflow_id: str) -> Foreign:
    return Foreign(visible(workflow_id))


def _text(value: Any) -> Foreign:
    return Foreign(visible(value)) if isinstance(value, str) else brief(value)


def _url(url: str | None, known: bool) -> str:
    if not known:
        return "known after the update"
    return Foreign(visible(url, 400)) if url else "none"


def _environment(one: Environment | None) -> Line:
    if one is None:
        return ("none",)
    if one.name is None:
        return (_text(one.id),) if one.id else ("known after the update",)
    return (_text(one.name), " (", _text(one.id), ")") if one.id else (_text(one.name),)


def _arrow(before: Line, after: Line) -> Line:
    return before if before == after else (*before, " → ", *after)


def _rest(notes: Sequence[Line], total: int, noun: str) -> tuple[Line, ...]:
    left = total - len(notes)
    return (*notes, (f"and {count(left, f'more {noun}')}",)) if left else tuple(notes)


def _defaults(schema: Any) -> Iterator[tuple[str, Any]]:
    properties: JsonObject = schema.get("properties") if isinstance(schema, dict) else None  # type: ignore[assignment]
    for name, found in sorted(properties.items()) if isinstance(properties, dict) else ():
        if isinstance(found, dict) and "default" in found:
            yield name, found["default"]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, dict)) else []
