"""``novu-provider doctor``: what is wrong between the bridge, Novu and the stack, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from pydantic.alias_generators import to_camel
from rich.console import Console

from novu_provider.cli.options import bridge_url, connection
from novu_provider.cli.stack import configuration
from novu_provider.doctor.checks import settings
from novu_provider.doctor.context import Context
from novu_provider.doctor.examination import examine
from novu_provider.doctor.report import Check, Report
from novu_provider.doctor.system import System
from novu_provider.doctor.terminal import render

_File = click.Path(dir_okay=False)
_Folder = click.Path(exists=True, file_okay=False, path_type=Path)


#: As `novu-provider plan`, 3 is what needs a look. 2 is wrong usage.
_EXIT = {"ok": 0, "failed": 1, "warning": 3}


@click.command(name="doctor", epilog="Exit status: 0 all is well; 1 a check failed; 2 wrong usage; 3 warnings alone.")
@connection
@bridge_url
@click.option("--environment", help="Name of the environment that the key is meant to open, such as Production.")
@click.option("--manifest", type=_File, help="A manifest file: what the code declares, to compare with what is served.")
@click.option("--workflow", "workflows", multiple=True, metavar="ID", help="Try to trigger these alone; repeatable.")
@click.option("--stack", help="Read the settings of this Pulumi stack; options go before them, variables after.")
@click.option("--cwd", type=_Folder, help="The directory of the stack's project; its selected stack without --stack.")
@click.option("--allow-warnings", is_flag=True, help="End with 0 where there are warnings alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the report, and nothing else.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    workflows: tuple[str, ...],
    stack: str | None,
    cwd: Path | None,
    allow_warnings: bool,
    as_json: bool,
    schema: bool,
    **options: Any,
) -> None:
    """Check the bridge, Novu and what joins them, from both ends, and say what to do about each fault.

    The key comes from NOVU_SECRET_KEY or from the stack. Nothing is written in Novu and nothing is sent to anyone: a
    trigger is tried by a step's preview, for which Novu calls the bridge. Without --bridge-url the URL that Novu stores
    is examined.
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - needed here alone

        click.echo(schemas.shipped("doctor"), nl=False)
        return
    given = {to_camel(name): value for name, value in options.items() if _is_given(ctx, name)}
    stacked = configuration(stack, cwd or Path.cwd()) if stack or cwd else {}
    report = _examined(ctx.find_object(System) or System(), stacked | given, workflows)
    if as_json:
        click.echo(report.model_dump_json(by_alias=True, indent=2))
    else:
        Console(highlight=False, markup=False, emoji=False).print(render(report), soft_wrap=True, end="")
    ctx.exit(0 if allow_warnings and report.status == "warning" else _EXIT[report.status])


def _is_given(ctx: click.Context, name: str) -> bool:
    """Say whether an option stood on the command line; variables come after the stack's configuration."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _examined(world: System, values: dict[str, Any], workflows: tuple[str, ...]) -> Report:
    with _progress() as (before, say), Context(**settings.read(values), chosen=workflows, world=world, say=say) as case:
        return examine(case, before)


@contextmanager
def _progress() -> Iterator[tuple[Callable[[Check], None], Callable[[str], None]]]:
    """Show on a terminal which check is made; what the user must know is written elsewhere too."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status("") as status:
        yield (
            lambda check: status.update(f"{check.id}: is it so that {check.title}?"),
            lambda line: console.print(line, soft_wrap=True),
        )
