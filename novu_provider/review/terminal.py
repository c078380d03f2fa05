"""The plan as text for a terminal."""

from __future__ import annotations

from rich.text import Text

from novu_provider.model.diff import Difference
from novu_provider.rendering.lines import Item
from novu_provider.rendering.terminal import block, section
from novu_provider.review import integrations, override_lines, plan_lines
from novu_provider.review.model import ReviewPlan
from novu_provider.text.untrusted import make_visible
from novu_provider.text.wording import brief


def render(plan: ReviewPlan) -> Text:
    """Render the plan. Untrusted text contains no terminal escapes any more."""
    text = Text()
    stack = f" ({make_visible(plan.project or '')}/{make_visible(plan.stack)})" if plan.stack else ""
    text.append(f"Novu: {plan_lines.headline(plan)}{stack}\n", "bold red" if plan.failed else "bold")
    if plan.failed:
        for message in plan.messages:
            block(text, message.text, "red" if message.severity == "error" else "yellow")
        return text
    controls = [override_lines.controls_item(change) for change in plan.controls]
    preferences = [override_lines.preferences_item(change) for change in plan.preferences]
    section(text, "This update deletes", "-", plan_lines.removal_items(plan), "bold red")
    section(text, "Environment", "*", plan_lines.binding_items(plan), "bold")
    _workflows(text, plan.workflows)
    section(text, plan_lines.ADOPTED, "=", plan_lines.adopted_items(plan), "bold")
    section(text, "Carried over", "~", override_lines.carryover_items(plan), "bold yellow")
    section(text, "Control values", "~", controls, "bold yellow")
    section(text, "Preference overrides", "~", preferences, "bold yellow")
    section(text, "Agents", "~", override_lines.agent_items(plan), "bold yellow")
    section(text, "Integrations", "~", integrations.integration_items(plan), "bold yellow")
    for remark in plan_lines.remarks(plan):
        text.append(f"\n{remark.replace('`', '')}\n", "dim")
    for message in plan.messages:
        block(text, message.text, "yellow")
    return text


def render_difference(difference: Difference) -> Text:
    """Render the difference between two manifests."""
    text = Text()
    deleted = [plan_lines.deleted_item(workflow) for workflow in difference.deleted]
    renamed = [plan_lines.renamed_item(workflow) for workflow in difference.renamed]
    section(text, "Only in the first", "-", deleted, "bold red")
    section(text, "Renamed", "~", renamed, "bold yellow")
    _workflows(text, difference, created_heading="Only in the second")
    agents = [Item((), (brief(agent.after or agent.before), f" {agent.kind}")) for agent in difference.agents]
    section(text, "Agents", "~", agents, "bold yellow")
    return text


def _workflows(text: Text, difference: Difference, created_heading: str = "Created") -> None:
    changed = [plan_lines.changed_item(workflow) for workflow in difference.changed]
    created = [plan_lines.created_item(workflow) for workflow in difference.created]
    section(text, "Changed", "~", changed, "bold yellow")
    section(text, created_heading, "+", created, "bold green")
