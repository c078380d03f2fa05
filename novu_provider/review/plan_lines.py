"""The plan in words: lines that a renderer for Markdown and one for the terminal both show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import ChangedWorkflow, RenamedWorkflow, SingleSided, name_of
from novu_provider.rendering.lines import (
    MOST,
    Item,
    Line,
    and_more,
    before_and_after,
    change_line,
    identifier,
    literal,
    title,
    url,
)
from novu_provider.review import override_lines
from novu_provider.review.model import Carryover, Environment, ReviewPlan
from novu_provider.text.wording import brief, counted, property_label


def created(one: SingleSided) -> Item:
    """Show a new workflow: its steps, and the controls' defaults, which are what is sent without an edit."""
    found = one.registration
    steps = [step for step in _list(found.get("steps")) if isinstance(step, dict)]
    line = [*title(one.workflow_id, name_of(one.workflow_id, found)), ": ", counted(len(steps), "step")]
    for at, step in enumerate(steps[:MOST]):
        line += [", " if at else " ", literal(step.get("stepId")), " (", literal(step.get("type")), ")"]
    facts = (
        ("severity", found.get("severity"), "none"),
        ("active", found.get("active"), True),
        ("validatePayload", found.get("validatePayload"), None),
        ("translations", found.get("translations"), None),
    )
    for key, value, usual in facts:
        line += [f"; {key} ", literal(value)] if value not in (None, usual) else []
    if _list(found.get("tags")):
        line += ["; tags ", literal(", ".join(map(str, _list(found.get("tags")))))]
    defaults = [
        (("steps", str(step.get("stepId")), "controlSchema", "properties", control), default)
        for step in steps
        for control, default in _defaults(step.get("controlSchema"))
    ]
    notes = [(property_label(path), " default ", brief(default)) for path, default in defaults[:MOST]]
    return Item((identifier(one.workflow_id),), tuple(line), and_more(notes, len(defaults), "control default"))


def changed(one: ChangedWorkflow) -> Item:
    """Show what differs in a workflow, property by property."""
    notes = [change_line(found) for found in one.changes[:MOST]]
    short = (identifier(one.workflow_id), f" ({counted(len(one.changes), 'property')})")
    return Item(short, title(one.workflow_id, one.name), and_more(notes, len(one.changes), "property"))


def renamed(one: RenamedWorkflow, carried: Carryover | None = None) -> Item:
    """Show a rename, which deletes the old id: what it carries over, and what differs beside the id."""
    line = (identifier(one.before), " renamed to ", identifier(one.after))
    kept = carried.carried if carried else {}
    changes = [found for found in one.changes if found.path[0] not in kept]
    notes = [change_line(found) for found in changes[:MOST]]
    carries = [*override_lines.carries(carried)] if carried else []
    return Item(line, line, (*carries, *and_more(notes, len(changes), "property")))


def deleted(one: SingleSided) -> Item:
    """Show a deletion."""
    return Item((identifier(one.workflow_id),), title(one.workflow_id, name_of(one.workflow_id, one.registration)))


def removals(plan: ReviewPlan) -> list[Item]:
    """Show everything that the plan takes away."""
    found = [deleted(one) for one in plan.workflows.deleted]
    carried = {one.before: one for one in plan.carried}
    found += [renamed(one, carried.get(one.before)) for one in plan.workflows.renamed]
    for one in plan.pruned.ids:
        item = (identifier(one), " (not managed by this stack; novu:pruneUnmanaged allows it)")
        found.append(Item((identifier(one),), item))
    if plan.pruned.more:
        line: Line = (f"{counted(plan.pruned.more, 'more workflow')} that this stack does not manage",)
        found.append(Item(line, line))
    for binding in plan.bindings:
        if binding.action == "deleted":
            line = ("the bridge URL that Novu stores, ", url(binding.url_before, True))
            found.append(Item(line, line))
    for agent in plan.agents:
        if agent.action == "deleted":
            line = ("the bridge URL of the agent ", identifier(agent.agent_id), ", ", url(agent.url_before, True))
            found.append(Item(line, line))
    gone = plan.others.deleted + plan.others.replaced
    if gone:
        line = (f"{counted(gone, 'other resource')} beside Novu (pulumi preview lists them)",)
        found.append(Item(line, line))
    return found


def bindings(plan: ReviewPlan) -> list[Item]:
    """Show each binding's environment and bridge URL, before and after."""
    found = []
    for one in plan.bindings:
        before, after = _environment(one.environment_before), _environment(one.environment_after)
        old, new = (url(one.url_before, True),), (url(one.url_after, one.url_known),)
        if one.action == "created":
            # What Novu holds before a first update is in no preview.
            before, old = after, new
        line = (
            "Environment ",
            *before_and_after(before, after),
            *([" (new in this stack)"] if one.action == "created" else []),
        )
        urls = ("Bridge URL ", *before_and_after(old, new))
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
    beyond = [f"control values of {counted(len(plan.controls), 'step')}"] if plan.controls else []
    groups = ((plan.preferences, "preference override"), (plan.agents, "agent"))
    beyond += [counted(len(found), noun) for found, noun in groups if found]
    if parts:
        first, *rest = parts
        return ", ".join(
            [f"{counted(first[0], 'workflow')} {first[1]}", *(f"{number:,} {word}" for number, word in rest), *beyond]
        )
    return ", ".join(beyond) or ("no changes" if plan.status == "unchanged" else "no workflow changes")


def remarks(plan: ReviewPlan) -> list[str]:
    """Say what else there is to know, in our own words alone."""
    found = []
    if any(one.action == "created" for one in plan.bindings) and plan.workflows.created:
        found.append(
            "This stack manages nothing yet: what Novu holds already is adopted, not made anew. "
            "`novu-provider adopt` shows which."
        )
    if plan.records:
        found.append(f"{counted(plan.records, 'resource')} only recorded anew in the stack; Novu stays as it is.")
    if plan.others:
        counts = [(getattr(plan.others, word), word) for word in type(plan.others).model_fields]
        parts = [f"{number:,} {word}" for number, word in counts if number]
        found.append(f"Other resources of the stack: {', '.join(parts)}. `pulumi preview` lists them.")
    elif plan.components and not (plan.workflows or plan.bindings or plan.records):
        found.append(f"{counted(plan.components, 'component')} changed in the stack's state, and nothing behind them.")
    return found


def _environment(one: Environment | None) -> Line:
    if one is None:
        return ("none",)
    if one.name is None:
        return (literal(one.id),) if one.id else ("known after the update",)
    return (literal(one.name), " (", literal(one.id), ")") if one.id else (literal(one.name),)


def _defaults(schema: Any) -> Iterator[tuple[str, Any]]:
    properties: JsonObject = schema.get("properties") if isinstance(schema, dict) else None  # type: ignore[assignment]
    for name, found in sorted(properties.items()) if isinstance(properties, dict) else ():
        if isinstance(found, dict) and "default" in found:
            yield name, found["default"]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, dict)) else []
