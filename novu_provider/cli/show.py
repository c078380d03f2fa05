"""``novu-provider show``: the workflows of a Novu environment as a table."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from novu_provider.cli.options import connection, settings, stack
from novu_provider.model import bridge_urls
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.text.untrusted import make_visible

#: The most characters of a cell.
_MAX_LENGTH = 1000

#: Width of the table in a pipe. With the default of 80 columns, rich would truncate the cells.
_PIPE_WIDTH = 140


@click.command(epilog="Exit status: 0 the table was printed, 1 error, 2 usage error.")
@connection
@stack
def show(**values: Any) -> None:
    """List the code-first workflows of the environment of NOVU_SECRET_KEY, or of a stack, and its bridge URL.

    This command is read-only: it writes nothing to Novu.
    """
    api = NovuApi(settings(**values))
    try:
        environment = api.environment()
        workflows = sorted(api.stored_workflows(), key=lambda workflow: workflow.workflow_id)
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
    for workflow in workflows:
        table.add_row(*_row(workflow))
    console = Console(width=None if Console().is_terminal else _PIPE_WIDTH, highlight=False, markup=False)
    console.print(table)
    console.print(f"bridge URL: {make_visible(url, 400) or 'none'}{' (with a bypass token)' if token else ''}")


def _row(workflow: StoredWorkflow) -> tuple[str, ...]:
    registration = workflow.registration
    flags = (("payload validation", workflow.validate_payload), ("translations", workflow.translations))
    texts = (
        registration.workflow_id,
        registration.name,
        ", ".join(f"{step.step_id} ({step.type})" for step in registration.steps),
        ", ".join(registration.tags),
        registration.severity,
        "yes" if registration.active else "no",
        ", ".join(name for name, is_on in flags if is_on),
    )
    # These texts come from an application, and rich does not remove terminal escapes.
    return tuple(make_visible(text, _MAX_LENGTH) for text in texts)
