"""``novu-provider show``: what a Novu environment holds, as a table."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from novu_provider.cli.options import connection, settings
from novu_provider.model import bridge_urls
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.text.untrusted import make_visible

#: The most characters of a cell.
_MAX_LENGTH = 1000


@click.command()
@connection
def show(**values: Any) -> None:
    """Show the code-first workflows of the environment that NOVU_SECRET_KEY opens, and its stored bridge URL."""
    api = NovuApi(settings(**values))
    try:
        environment = api.environment()
        stored = sorted(api.stored_workflows(), key=lambda one: one.workflow_id)
    finally:
        api.close()
    url, token = bridge_urls.split_bypass(environment.bridge_url)
    table = Table(
        "workflow",
        "name",
        "steps",
        "tags",
        "severity",
        "active",
        "on",
        title=f"{make_visible(environment.name)} at {api.url}",
    )
    for one in stored:
        table.add_row(*_row(one))
    # Wide enough for a pipe: a table that is cut to 80 columns hides what it was asked for.
    console = Console(width=None if Console().is_terminal else 140, highlight=False, markup=False)
    console.print(table)
    console.print(f"bridge URL: {make_visible(url, 400) or 'none'}{' (with a bypass token)' if token else ''}")


def _row(one: StoredWorkflow) -> tuple[str, ...]:
    registration = one.registration
    switches = (("payload validation", one.validate_payload), ("translations", one.translations))
    texts = (
        registration.workflow_id,
        registration.name,
        ", ".join(f"{step.step_id} ({step.type})" for step in registration.steps),
        ", ".join(registration.tags),
        registration.severity,
        "yes" if registration.active else "no",
        ", ".join(name for name, on in switches if on),
    )
    # They come from an application: rich passes terminal escapes on.
    return tuple(make_visible(text, _MAX_LENGTH) for text in texts)
