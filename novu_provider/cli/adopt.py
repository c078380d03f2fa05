"""``novu-provider adopt``: the first plan for an environment that `novu sync` filled, without a stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from novu_provider.cli import manifest_sources
from novu_provider.cli.options import bridge_url, connection, settings, stack
from novu_provider.errors import NovuError
from novu_provider.model.environment import Environment
from novu_provider.model.integrations import StoredIntegration, declarable
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.adoption import Adoption, plan_adoption
from novu_provider.planning.integration_program import declaration_lines
from novu_provider.rendering import terminal
from novu_provider.rendering.lines import Item
from novu_provider.review import plan_lines
from novu_provider.sync.progress import report_progress
from novu_provider.sync.sync_errors import expect_environment_name
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import counted


@click.command(name="adopt", epilog="Exit status: 0 the plan was printed, 1 error, 2 usage error.")
@connection
@stack
@bridge_url
@click.option(
    "--manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A manifest file to use instead of the bridge's manifest.",
)
def command(manifest: Path | None, **values: Any) -> None:
    """Show the plan of a first `pulumi up` in the environment of NOVU_SECRET_KEY, or of a stack.

    This command is read-only: it writes nothing to Novu. It needs no stack, but can read the settings of one. It also
    prints the lines of program that adopt the integrations of the environment.
    """
    configured = settings(**values)
    file = manifest or configured.manifest
    declared = Manifest.load(file) if file is not None else manifest_sources.from_bridge(configured)
    api = NovuApi(configured, report=report_progress)
    try:
        environment = api.environment()
        expect_environment_name(environment, configured.environment)
        adoption = plan_adoption(
            declared,
            environment,
            api.workflow_summaries(declared.digests),
            api.stored_workflows(),
            configured.bridge_url,
        )
        integrations = _integrations(api, environment)
    finally:
        api.close()
    text = _render(adoption, integrations)
    Console(highlight=False, markup=False, emoji=False).print(text, soft_wrap=True, end="")


def _integrations(api: NovuApi, environment: Environment) -> list[StoredIntegration]:
    """List the integrations that a program can adopt. None are listed if Novu or a proxy refuses it."""
    try:
        return declarable(api.integrations.list(environment.id))
    except NovuError as error:
        report_progress(f"the integrations of {environment.name!r} are not listed: {error.what}")
        return []


def _integration_item(stored: StoredIntegration) -> Item:
    program = declaration_lines(stored, new=False).splitlines()
    lines = [(UntrustedText(make_visible(line, len(line))),) for line in program]
    return Item((), (UntrustedText(make_visible(stored.describe())),), tuple(lines))


def _render(adoption: Adoption, integrations: Sequence[StoredIntegration]) -> Text:
    text = Text()
    text.append(f"{make_visible(adoption.environment.name)} ({make_visible(adoption.environment.id)})\n", "bold")
    text.append(f"bridge URL stored: {make_visible(adoption.stored_url, 400) or 'none'}\n")
    if adoption.wanted_url is not None:
        same = adoption.wanted_url == adoption.stored_url
        text.append(f"bridge URL configured: {'the same' if same else make_visible(adoption.wanted_url, 400)}\n")
    unchanged = [Item((), (UntrustedText(make_visible(workflow_id)),)) for workflow_id in adoption.unchanged]
    leftovers = [
        Item((), (UntrustedText(make_visible(workflow_id)), f"  {reason}"))
        for workflow_id, reason in adoption.leftovers.items()
    ]
    changed = [plan_lines.changed_item(workflow) for workflow in adoption.difference.changed]
    created = [plan_lines.created_item(workflow) for workflow in adoption.difference.created]
    terminal.section(text, f"Adopted without changes: {counted(len(unchanged), 'workflow')}", "=", unchanged, "bold")
    terminal.section(text, f"Changed: {counted(len(changed), 'workflow')}", "~", changed, "bold yellow")
    terminal.section(text, f"Created: {counted(len(created), 'workflow')}", "+", created, "bold green")
    terminal.section(text, f"Unmanaged: {counted(len(leftovers), 'workflow')}", "-", leftovers, "bold red")
    items = list(map(_integration_item, integrations))
    heading = f"To adopt {counted(len(items), 'integration')} with the stored credentials, declare"
    terminal.section(text, heading, "+", items, "bold")
    steps = [Item((), (UntrustedText(make_visible(step, len(step))),)) for step in adoption.next_steps()]
    terminal.section(text, "Next steps", ">", steps, "bold")
    return text
