"""``novu-provider doctor``: a diagnosis of the bridge, Novu and the stack, with a fix for each problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from novu_provider.cli import options as shared
from novu_provider.cli.options import bridge_url, connection, override, stack_settings
from novu_provider.doctor.checks import settings
from novu_provider.doctor.context import Context
from novu_provider.doctor.diagnosis import diagnose
from novu_provider.doctor.report import CheckInfo, Report
from novu_provider.doctor.system import System
from novu_provider.doctor.terminal import render
from novu_provider.text.untrusted import escape_json

_File = click.Path(dir_okay=False)

#: 3 asks for a look, as for `novu-provider plan`. 2 is a usage error.
_EXIT_STATUS = {"ok": 0, "failed": 1, "warning": 3}


@click.command(name="doctor", epilog="Exit status: 0 no problems, 1 a check failed, 2 usage error, 3 only warnings.")
@connection
@bridge_url
@click.option("--environment", help="The expected name of the key's environment, for example Production.")
@click.option("--manifest", type=_File, help="A manifest file to compare with the bridge.")
@click.option("--workflow", "workflows", multiple=True, metavar="ID", help="Try only this workflow. Repeatable.")
@shared.stack
@click.option("--allow-warnings", is_flag=True, help="Exit with 0 if there are only warnings.")
@click.option("--all", "--verbose", "show_all", is_flag=True, help="Also list the checks without a problem.")
@click.option("--json", "as_json", is_flag=True, help="Print the report with all checks as JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the report and exit.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    workflows: tuple[str, ...],
    stack: str | None,
    cwd: Path | None,
    allow_warnings: bool,
    show_all: bool,
    as_json: bool,
    schema: bool,
    **options: Any,
) -> None:
    """Find problems between the bridge, Novu and the stack. Print cause, evidence and fix of each, root cause first.

    This command is read-only: it writes nothing to Novu, and nothing is sent to subscribers. To test a trigger, it
    asks Novu for the preview of a step, for which Novu calls the bridge.

    The secret key is read from NOVU_SECRET_KEY or from the stack. Without --bridge-url the command checks the URL that
    Novu stores.
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - only --schema needs it

        click.echo(schemas.shipped("doctor"), nl=False)
        return
    values = override(stack_settings(stack, cwd), options)
    report = _diagnose(ctx.find_object(System) or System(), values, workflows)
    if as_json:
        click.echo(escape_json(report.model_dump_json(by_alias=True, indent=2)))
    else:
        Console(highlight=False, markup=False, emoji=False).print(
            render(report, show_all=show_all), soft_wrap=True, end=""
        )
    ctx.exit(0 if allow_warnings and report.status == "warning" else _EXIT_STATUS[report.status])


def _diagnose(system: System, values: dict[str, Any], workflows: tuple[str, ...]) -> Report:
    with (
        _progress() as (before, report_progress),
        Context(
            **settings.read(values), workflow_ids=workflows, system=system, report_progress=report_progress
        ) as context,
    ):
        return diagnose(context, before)


@contextmanager
def _progress() -> Iterator[tuple[Callable[[CheckInfo], None], Callable[[str], None]]]:
    """Show the current check on a terminal, and progress lines everywhere."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status("") as status:
        yield (
            lambda check: status.update(f"{check.id}: checking that {check.title}"),
            lambda line: console.print(line, soft_wrap=True),
        )
