"""Control values, preference overrides, agents and renames in words."""

from __future__ import annotations

from collections.abc import Iterator

from novu_provider.model import preferences
from novu_provider.model.diff import Change, property_changes
from novu_provider.rendering.lines import (
    MOST,
    Item,
    Line,
    and_more,
    before_and_after,
    change_line,
    identifier,
    literal,
    url,
)
from novu_provider.review.model import AgentChange, Carryover, ControlsChange, PreferencesChange, ReviewPlan
from novu_provider.text.wording import brief, dotted_path


def controls(one: ControlsChange) -> Item:
    """Show a step's control values, key by key, beside the defaults of the code."""
    line: Line = (identifier(one.workflow_id), " step ", identifier(one.step_id))
    full = (*line, " reset to the defaults of the code") if one.action == "reset" else line
    notes = [_control(found) for found in one.changes[:MOST]]
    if not one.changes:
        notes = [("set again" if one.action == "changed" else "nothing set",)]
    return Item(line, full, and_more(notes, len(one.changes), "control value"))


def override(one: PreferencesChange) -> Item:
    """Show a workflow's preference override."""
    line: Line = (identifier(one.workflow_id),)
    if one.before is None or one.after is None:
        cleared = one.after is None
        full: Line = (*line, " removed: what the code says holds again") if cleared else line
        return Item(line, full, ((*(("was ",) if cleared else ()), brief(one.before if cleared else one.after)),))
    notes = [change_line(found, dotted_path) for found in property_changes(*preferences.aligned(one.before, one.after))]
    return Item(line, line, tuple(notes) or (("set again",),))


def agents(plan: ReviewPlan) -> list[Item]:
    """Show the bridge URLs of agents before and after; those that are cleared are among the removals."""
    return [_agent(one) for one in plan.agents if one.action != "deleted"]


def carried(plan: ReviewPlan) -> list[Item]:
    """Show what is carried over from workflows that this stack does not manage; of others the removals say it."""
    managed = {one.before for one in plan.workflows.renamed}
    lines = [(one, (identifier(one.before), " to ", identifier(one.after))) for one in plan.carried]
    return [Item(line, line, tuple(carries(one))) for one, line in lines if one.before not in managed]


def _agent(one: AgentChange) -> Item:
    old, new = (url(one.url_before, True),), (url(one.url_after, one.url_known),)
    line = (identifier(one.agent_id), ": bridge URL ", *before_and_after(new if one.action == "created" else old, new))
    return Item((identifier(one.agent_id),), line, (("The bypass token changes",),) if one.token_changed else ())


def _control(one: Change) -> Line:
    if one.kind not in ("added", "removed") or len(one.path) > 1:
        return change_line(one, dotted_path)
    default = one.before if one.kind == "added" else one.after
    unset: Line = ("not set",) if default is None else ("default ", brief(default))
    if one.kind == "added":
        return (dotted_path(one.path), ": ", *unset, " → ", brief(one.after))
    return (dotted_path(one.path), ": ", brief(one.before), " → ", *unset)


def carries(one: Carryover) -> Iterator[Line]:
    """Say by name what a rename carries over; the values themselves stay what they are."""
    values = one.carried.get("controls")
    for step_id, found in sorted(values.items())[:MOST] if isinstance(values, dict) else ():
        keys = ", ".join(sorted(found)) if isinstance(found, dict) else found
        yield ("carries over the control values ", literal(keys), " of the step ", identifier(step_id))
    if one.carried.get("preferences") is not None:
        yield ("carries over the preference override",)
    for key in ("active", "validatePayload", "translations"):
        if key in one.carried:
            yield (f"carries over {key} ", literal(one.carried[key]))
    if not one.carried:
        yield ("carries over nothing beyond what the program declares",)
