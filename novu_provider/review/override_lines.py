"""Control values, preference overrides, agents and renames in words."""

from __future__ import annotations

from collections.abc import Iterator

from novu_provider.model import preferences
from novu_provider.model.diff import Change, property_changes
from novu_provider.rendering.lines import (
    MAX_NOTES,
    Item,
    Line,
    before_and_after,
    change_line,
    identifier,
    literal,
    url_text,
    with_remainder,
)
from novu_provider.review.model import AgentChange, Carryover, ControlsChange, PreferencesChange, ReviewPlan
from novu_provider.text.wording import brief, dotted_path


def controls_item(change: ControlsChange) -> Item:
    """Show the control values of a step, each next to the default of the code."""
    line: Line = (identifier(change.workflow_id), " step ", identifier(change.step_id))
    full = (*line, " reset to the defaults of the code") if change.action == "reset" else line
    notes = [_control_line(value) for value in change.changes[:MAX_NOTES]]
    if not change.changes:
        notes = [("set again" if change.action == "changed" else "nothing set",)]
    return Item(line, full, with_remainder(notes, len(change.changes), "control value"))


def preferences_item(change: PreferencesChange) -> Item:
    """Show the preference override of a workflow."""
    line: Line = (identifier(change.workflow_id),)
    if change.after is None:
        full = (*line, " removed: the preferences of the code apply again")
        return Item(line, full, (("was ", brief(change.before)),))
    if change.before is None:
        return Item(line, line, ((brief(change.after),),))
    changes = property_changes(*preferences.align(change.before, change.after))
    notes = [change_line(property_change, dotted_path) for property_change in changes]
    return Item(line, line, tuple(notes) or (("set again",),))


def agent_items(plan: ReviewPlan) -> list[Item]:
    """Show the bridge URLs of agents before and after. The removals list the cleared ones."""
    return [_agent_item(agent) for agent in plan.agents if agent.action != "deleted"]


def carryover_items(plan: ReviewPlan) -> list[Item]:
    """Show the carryover from workflows that this stack does not manage. The removals show the carryover of others."""
    managed = {workflow.before for workflow in plan.workflows.renamed}
    items = []
    for carryover in plan.carried:
        if carryover.before not in managed:
            line = (identifier(carryover.before), " to ", identifier(carryover.after))
            items.append(Item(line, line, tuple(carryover_lines(carryover))))
    return items


def carryover_lines(carryover: Carryover) -> Iterator[Line]:
    """Name the settings that a rename carries over. Their values do not change."""
    controls = carryover.carried.get("controls")
    for step_id, values in sorted(controls.items())[:MAX_NOTES] if isinstance(controls, dict) else ():
        keys = ", ".join(sorted(values)) if isinstance(values, dict) else values
        yield ("carries over the control values ", literal(keys), " of the step ", identifier(step_id))
    if carryover.carried.get("preferences") is not None:
        yield ("carries over the preference override",)
    for flag in ("active", "validatePayload", "translations"):
        if flag in carryover.carried:
            yield (f"carries over {flag} ", literal(carryover.carried[flag]))
    if not carryover.carried:
        yield ("carries over nothing beyond what the program declares",)


def _agent_item(change: AgentChange) -> Item:
    after = (url_text(change.url_after, change.url_known),)
    before = after if change.action == "created" else (url_text(change.url_before, True),)
    line = (identifier(change.agent_id), ": bridge URL ", *before_and_after(before, after))
    notes = (("The bypass token changes",),) if change.token_changed else ()
    return Item((identifier(change.agent_id),), line, notes)


def _control_line(change: Change) -> Line:
    if change.kind not in ("added", "removed") or len(change.path) > 1:
        return change_line(change, dotted_path)
    default = change.before if change.kind == "added" else change.after
    unset: Line = ("not set",) if default is None else ("default ", brief(default))
    if change.kind == "added":
        return (dotted_path(change.path), ": ", *unset, " → ", brief(change.after))
    return (dotted_path(change.path), ": ", brief(change.before), " → ", *unset)
