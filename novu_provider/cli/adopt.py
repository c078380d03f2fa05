"""``novu-provider adopt``: the first plan against an environment that `novu sync` filled, without a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from novu_provider.cli import manifest_sources
from novu_provider.cli.options import bridge_url, connection, settings
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.adoption import Adoption, plan_adoption
from novu_provider.rendering import terminal
from novu_provider.rendering.lines import Item
from novu_provider.review import plan_lines
from novu_provider.sync.progress import report_progress
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import counted


@click.command(name="adopt")
@connection
@bridge_url
@click.option(
    "--manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A manifest file, in place of what the bridge serves now.",
)
def command(manifest: Path | None, **values: Any) -> None:
    """Show what a first `pulumi up` would do in the environment that NOVU_SECRET_KEY opens. Writes nothing."""
    found = settings(**values)
    declared = Manifest.load(manifest) if manifest is not None else manifest_sources.served(found)
    api = NovuApi(found, report=report_progress)
    try:
        adoption = plan_adoption(
            declared,
            api.environment(),
            api.workflow_summaries(declared.digests),
            api.stored_workflows(),
            found.bridge_url,
        )
    finally:
        api.close()
    Console(highlight=False, markup=False, emoji=False).print(_render(adoption), soft_wrap=True, end="")


def _render(one: Adoption) -> Text:
    shown = Text()
    shown.append(f"{make_visible(one.environment.name)} ({make_visible(one.environment.id)})\n", "bold")
    shown.append(f"bridge URL stored: {make_visible(one.stored_url, 400) or 'none'}\n")
    if one.wanted_url is not None:
        same = "the same" if one.wanted_url == one.stored_url else make_visible(one.wanted_url, 400)
        shown.append(f"bridge URL wanted: {same}\n")
    adopted = [Item((), (UntrustedText(make_visible(workflow_id)),)) for workflow_id in one.unchanged]
    leftovers = [Item((), (UntrustedText(make_visible(found)), f"  {why}")) for found, why in one.leftovers.items()]
    changed = [plan_lines.changed_item(workflow) for workflow in one.difference.changed]
    created = [plan_lines.created_item(workflow) for workflow in one.difference.created]
    terminal.section(shown, f"Adopted as it is: {counted(len(adopted), 'workflow')}", "=", adopted, "bold")
    terminal.section(shown, f"Changed: {counted(len(changed), 'workflow')}", "~", changed, "bold yellow")
    terminal.section(shown, f"Created: {counted(len(created), 'workflow')}", "+", created, "bold green")
    terminal.section(shown, f"Left over: {counted(len(leftovers), 'workflow')}", "-", leftovers, "bold red")
    steps = [Item((), (UntrustedText(make_visible(step, len(step))),)) for step in one.next_steps()]
    terminal.section(shown, "What to do", ">", steps, "bold")
    return shown
