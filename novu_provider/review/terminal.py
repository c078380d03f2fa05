"""The plan as text for a terminal."""

from __future__ import annotations

from rich.text import Text

from novu_provider.model.diff import Difference
from novu_provider.rendering.lines import Item
from novu_provider.rendering.terminal import block, section
from novu_provider.review import override_lines, plan_lines
from novu_provider.review.model import ReviewPlan
from novu_provider.text.untrusted import make_visible
from novu_provider.text.wording import brief


def render(plan: ReviewPlan) -> Text:
    """Write the plan. Foreign text has lost what a terminal would obey."""
    text = Text()
    where = f" ({make_visible(plan.project or '')}/{make_visible(plan.stack)})" if plan.stack else ""
    text.append(f"Novu: {plan_lines.headline(plan)}{where}\n", "bold red" if plan.failed else "bold")
    for one in plan.messages if plan.failed else ():
        block(text, one.text, "red" if one.severity == "error" else "yellow")
    if plan.failed:
        return text
    section(text, "This update deletes", "-", plan_lines.removals(plan), "bold red")
    section(text, "Environment", "*", plan_lines.bindings(plan), "bold")
    _workflows(text, plan.workflows)
    section(text, "Carried over", "~", override_lines.carried(plan), "bold yellow")
    section(text, "Control values", "~", [override_lines.controls(one) for one in plan.controls], "bold yellow")
    section(
        text, "Preference overrides", "~", [override_lines.override(one) for one in plan.preferences], "bold yellow"
    )
    section(text, "Agents", "~", override_lines.agents(plan), "bold yellow")
    for remark in plan_lines.remarks(plan):
        text.append(f"\n{remark.replace('`', '')}\n", "dim")
    for one in plan.messages:
        block(text, one.text, "yellow")
    return text


def render_difference(difference: Difference) -> Text:
    """Write what differs between two manifests."""
    text = Text()
    section(text, "Only in the first", "-", [plan_lines.deleted(one) for one in difference.deleted], "bold red")
    section(text, "Renamed", "~", [plan_lines.renamed(one) for one in difference.renamed], "bold yellow")
    _workflows(text, difference, created="Only in the second")
    agents = [Item((), (brief(one.after or one.before), f" {one.kind}")) for one in difference.agents]
    section(text, "Agents", "~", agents, "bold yellow")
    return text


def _workflows(text: Text, difference: Difference, created: str = "Created") -> None:
    section(text, "Changed", "~", [plan_lines.changed(one) for one in difference.changed], "bold yellow")
    section(text, created, "+", [plan_lines.created(one) for one in difference.created], "bold green")
