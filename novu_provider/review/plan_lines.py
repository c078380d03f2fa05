"""The plan in words: lines that the renderers for Markdown and for the terminal share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import ChangedWorkflow, RenamedWorkflow, UnpairedWorkflow, name_of
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
    workflow_title,
)
from novu_provider.review import integrations, override_lines
from novu_provider.review.model import Binding, Carryover, Environment, ReviewPlan
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import brief, counted, property_label

#: The heading of the workflows that the update only records.
ADOPTED = "Adopted (Novu stores them as declared)"


def created_item(workflow: UnpairedWorkflow) -> Item:
    """Show a new workflow: its steps, and the control defaults, which apply until somebody edits the values."""
    registration = workflow.registration
    steps = [step for step in _as_list(registration.get("steps")) if isinstance(step, dict)]
    line = [*_title(workflow), ": ", counted(len(steps), "step")]
    for index, step in enumerate(steps[:MAX_NOTES]):
        line += [", " if index else " ", literal(step.get("stepId")), " (", literal(step.get("type")), ")"]
    usual_values = {
        "application": None,
        "severity": "none",
        "active": True,
        "validatePayload": None,
        "translations": None,
    }
    for key, usual in usual_values.items():
        value = registration.get(key)
        line += [f"; {key} ", literal(value)] if value not in (None, usual) else []
    tags = _as_list(registration.get("tags"))
    line += ["; tags ", literal(", ".join(map(str, tags)))] if tags else []
    defaults = [
        (("steps", str(step.get("stepId")), "controlSchema", "properties", control), default)
        for step in steps
        for control, default in _control_defaults(step.get("controlSchema"))
    ]
    notes = [(property_label(path), " default ", brief(default)) for path, default in defaults[:MAX_NOTES]]
    return Item(
        (identifier(workflow.workflow_id),), tuple(line), with_remainder(notes, len(defaults), "control default")
    )


def adopted_items(plan: ReviewPlan) -> list[Item]:
    """Show the workflows that the update only records."""
    return [_same(identifier(workflow_id)) for workflow_id in plan.adopted]


def changed_item(workflow: ChangedWorkflow) -> Item:
    """Show the differences of a workflow, property by property."""
    notes = [change_line(change) for change in workflow.changes[:MAX_NOTES]]
    short = (identifier(workflow.workflow_id), f" ({counted(len(workflow.changes), 'property')})")
    title = workflow_title(workflow.workflow_id, workflow.name)
    return Item(short, title, with_remainder(notes, len(workflow.changes), "property"))


def renamed_item(workflow: RenamedWorkflow, carryover: Carryover | None = None) -> Item:
    """Show a rename, which deletes the old id: its carryover, and the differences besides the id."""
    line = (identifier(workflow.before), " renamed to ", identifier(workflow.after))
    carried = carryover.carried if carryover else {}
    changes = [change for change in workflow.changes if change.path[0] not in carried]
    notes = [change_line(change) for change in changes[:MAX_NOTES]]
    carried_lines = [*override_lines.carryover_lines(carryover)] if carryover else []
    return Item(line, line, (*carried_lines, *with_remainder(notes, len(changes), "property")))


def deleted_item(workflow: UnpairedWorkflow) -> Item:
    """Show a deletion, with the application that declared the workflow, if there are several."""
    application = workflow.registration.get("application")
    shown = ("; application ", literal(application)) if application is not None else ()
    return Item((identifier(workflow.workflow_id),), (*_title(workflow), *shown))


def removal_items(plan: ReviewPlan) -> list[Item]:
    """Show everything that the update deletes."""
    carried = {carryover.before: carryover for carryover in plan.carried}
    return [
        *(deleted_item(workflow) for workflow in plan.workflows.deleted),
        *(_renamed_in_plan(workflow, carried.get(workflow.before)) for workflow in plan.workflows.renamed),
        *_other_removals(plan),
    ]


def _renamed_in_plan(workflow: RenamedWorkflow, carryover: Carryover | None) -> Item:
    """Show a rename, with the line to add if the program does not declare it."""
    item = renamed_item(workflow, carryover)
    if carryover is not None:
        return item
    rename = UntrustedText(make_visible(json.dumps({workflow.after: workflow.before}, ensure_ascii=False), 400))
    # `carryovers` contains each declared rename whose old workflow is deleted.
    missing: Line = (
        "not declared, so its settings in Novu are lost; to keep them, pass to Bridge: renamed_from=",
        rename,
    )
    return replace(item, notes=(missing, *item.notes))


def _other_removals(plan: ReviewPlan) -> Iterator[Item]:
    for workflow_id in plan.pruned.ids:
        full = (identifier(workflow_id), " (not managed by this stack; novu:pruneUnmanaged allows it)")
        yield Item((identifier(workflow_id),), full)
    if plan.pruned.more:
        yield _same(f"{counted(plan.pruned.more, 'more workflow')} that this stack does not manage")
    for binding in plan.bindings:
        if binding.action == "deleted":
            yield _same("the bridge URL that Novu stores, ", url_text(binding.url_before, True))
    for agent in plan.agents:
        if agent.action == "deleted":
            yield _same(
                "the bridge URL of the agent ", identifier(agent.agent_id), ", ", url_text(agent.url_before, True)
            )
    for integration in plan.integrations:
        if integration.action in ("deleted", "replaced"):
            yield _same("the integration ", *integrations.title(integration), f", {integration.action}")
    others = plan.others.deleted + plan.others.replaced
    if others:
        yield _same(f"{counted(others, 'other resource')} outside Novu (pulumi preview lists them)")


def binding_items(plan: ReviewPlan) -> list[Item]:
    """Show the environment and the bridge URL of each binding, before and after."""
    return [_binding_item(binding) for binding in plan.bindings]


def _binding_item(binding: Binding) -> Item:
    before, after = _environment(binding.environment_before), _environment(binding.environment_after)
    url_before: Line = (url_text(binding.url_before, True),)
    url_after: Line = (url_text(binding.url_after, binding.url_known),)
    if binding.action == "created":
        # A preview does not contain what Novu stores before the first update.
        before, url_before = after, url_after
    suffix = (" (new in this stack)",) if binding.action == "created" else ()
    line = ("Environment ", *before_and_after(before, after), *suffix)
    notes: list[Line] = [("Bridge URL ", *before_and_after(url_before, url_after))]
    if binding.token_changed:
        notes.append(("The bypass token changes",))
    return Item(line, line, tuple(notes))


def headline(plan: ReviewPlan) -> str:
    """Summarize the plan, without untrusted text."""
    if plan.failed:
        return "the preview failed"
    pruned = len(plan.pruned.ids) + plan.pruned.more
    counts = {
        "adopted": len(plan.adopted),
        "created": len(plan.workflows.created),
        "changed": len(plan.workflows.changed),
        "renamed": len(plan.workflows.renamed),
        "deleted": len(plan.workflows.deleted) + pruned,
    }
    parts: list[str] = []
    for action, count in counts.items():
        if count:
            parts.append(f"{count:,} {action}" if parts else f"{counted(count, 'workflow')} {action}")
    if plan.controls:
        parts.append(f"control values of {counted(len(plan.controls), 'step')}")
    if plan.preferences:
        parts.append(counted(len(plan.preferences), "preference override"))
    if plan.agents:
        parts.append(counted(len(plan.agents), "agent"))
    if plan.integrations:
        parts.append(counted(len(plan.integrations), "integration"))
    if parts:
        return ", ".join(parts)
    return "no changes" if plan.status == "unchanged" else "no workflow changes"


def remarks(plan: ReviewPlan) -> list[str]:
    """Return further lines for a reviewer, without untrusted text."""
    lines = []
    if plan.records:
        lines.append(f"{counted(plan.records, 'resource')} change only in the stack's state; Novu stays as it is.")
    if plan.others:
        counts = {action: getattr(plan.others, action) for action in type(plan.others).model_fields}
        parts = [f"{count:,} {action}" for action, count in counts.items() if count]
        lines.append(f"Other resources of the stack: {', '.join(parts)}. `pulumi preview` lists them.")
    elif plan.components and not (plan.workflows or plan.bindings or plan.records):
        lines.append(f"{counted(plan.components, 'component')} changed in the stack's state, but no resource in it.")
    return lines


def _title(workflow: UnpairedWorkflow) -> Line:
    return workflow_title(workflow.workflow_id, name_of(workflow.workflow_id, workflow.registration))


def _same(*line: str) -> Item:
    """Return an item whose short form is its full form."""
    return Item(line, line)


def _environment(environment: Environment | None) -> Line:
    if environment is None:
        return ("none",)
    shown_id = literal(environment.id) if environment.id else None
    if environment.name is None:
        return (shown_id,) if shown_id else ("known after the update",)
    return (literal(environment.name), " (", shown_id, ")") if shown_id else (literal(environment.name),)


def _control_defaults(schema: Any) -> Iterator[tuple[str, Any]]:
    properties: JsonObject = schema.get("properties") if isinstance(schema, dict) else None  # type: ignore[assignment]
    for name, subschema in sorted(properties.items()) if isinstance(properties, dict) else ():
        if isinstance(subschema, dict) and "default" in subschema:
            yield name, subschema["default"]


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, dict)) else []
