"""``novu-provider promote``: what people set in one environment, into the configuration of another one's stack."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from novu_provider.cli import stack as stacks
from novu_provider.cli.opened_stack import SETTING, declared, keys, open_stack
from novu_provider.cli.options import as_click_errors
from novu_provider.cli.stack import StackName
from novu_provider.errors import SettingsError
from novu_provider.model.environment import Environment
from novu_provider.promotion.comparison import KINDS, compare, differing
from novu_provider.promotion.model import Kind, PromotedWorkflow, Promotion
from novu_provider.promotion.side import Side
from novu_provider.text.wording import quoted_list

_Folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(name="promote", epilog="Exit status: 0 nothing to promote, 1 something, or it was written, 2 trouble.")
@click.option("--from", "source", metavar="STACK", help="The stack of the environment where people set values.")
@click.option("--to", "target", metavar="STACK", help="The stack whose configuration is to say them.")
@click.option("--from-key", metavar="VAR", help="The variable that holds the key of the first, in place of its stack.")
@click.option("--to-key", metavar="VAR", help="The variable that holds the key of the second, in place of its stack.")
@click.option("--cwd", type=_Folder, default=".", help="The directory of the stacks' project.")
@click.option("--workflow", "workflows", multiple=True, metavar="ID", help="Promote of these alone; repeatable.")
@click.option("--only", type=click.Choice(KINDS), multiple=True, help="Promote these alone; repeatable.")
@click.option("--write", is_flag=True, help="Write it into the configuration of the stack named by --to.")
@click.option("--json", "as_json", is_flag=True, help="Print the promotion as JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of that, and nothing else.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    source: str | None,
    target: str | None,
    from_key: str | None,
    to_key: str | None,
    cwd: Path,
    workflows: tuple[str, ...],
    only: tuple[Kind, ...],
    write: bool,
    as_json: bool,
    schema: bool,
) -> None:
    """Print the control values, preference overrides and switches that people set in one environment's dashboard and
    that another one lacks, old → new.

    Nothing is written in Novu: with --write the configuration of the second stack says it, and `pulumi up` does it.
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - needed here alone

        click.echo(schemas.shipped("promotion"), nl=False)
        return
    if not source or not target:
        raise click.UsageError("give the two stacks: --from dev --to prod")
    with as_click_errors():
        stacked = StackName(source, cwd), StackName(target, cwd)
        found = _promote(stacked, (from_key, to_key), workflows, only or KINDS, write)
    _show(found, as_json)
    ctx.exit(1 if found.count else 0)


def _promote(
    stacked: tuple[StackName, StackName],
    variables: tuple[str | None, str | None],
    chosen: Collection[str],
    kinds: Collection[Kind],
    write: bool,
) -> Promotion:
    configured = stacks.read(stacked[0]), stacks.read(stacked[1])
    found = keys(stacked, configured, variables)
    with (
        open_stack(stacked[0], configured[0], found[0]) as first,
        open_stack(stacked[1], configured[1], found[1]) as second,
    ):
        _expect_two(first.environment, second.environment)
        _expect_known(chosen, {*first.stored, *second.stored})
        shared = [one for one in first.stored if one in second.stored and (not chosen or one in chosen)]
        source, target = first.side(shared), second.side(shared)
    promotion = Promotion(
        source=first.place,
        target=second.place,
        workflows=compare(source, target, _unwritable, kinds),
        differing=differing(source, target),
        only_in_source=_alone(source, target, chosen),
        only_in_target=_alone(target, source, chosen),
        pending=target.count_pending(),
    )
    if not (write and promotion.count):
        return promotion
    second.write(promotion)
    after = replace(target, configured=declared(second.name, stacks.read(second.name)))
    _expect_written(compare(source, after, _unwritable, kinds), second.name)
    return promotion.model_copy(update={"written": True})


def _expect_two(one: Environment, other: Environment) -> None:
    if one.id == other.id:
        raise SettingsError(
            f"both keys open the environment {one.name!r}.",
            why="The same key is configured for both stacks, or a variable holds the other one's.",
            fix="Set the key of each stack's environment, or name two variables with --from-key and --to-key.",
            prop="secretKey",
        )


def _expect_written(left: Iterable[PromotedWorkflow], name: StackName) -> None:
    if any(one.values for one in left):
        raise SettingsError(
            f"the configuration of {name} does not say what was written into it.",
            why="Another process writes it at the same time, or this version of Pulumi writes it in another form.",
            fix="Look at what changed in the stack's file, and run the command again.",
            prop=SETTING,
        )


def _expect_known(chosen: Collection[str], known: Collection[str]) -> None:
    unknown = set(chosen) - set(known)
    if unknown:
        raise SettingsError(
            f"neither environment holds {quoted_list(unknown)}.",
            why="The id is misspelt, or the workflow was renamed in the code.",
            fix=f"Name one of {quoted_list(known) or 'no workflow: there is none'}.",
            prop=SETTING,
        )


def _alone(one: Side, other: Side, chosen: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(found for found in one.stored.keys() - other.stored.keys() if not chosen or found in chosen))


def _unwritable(path: tuple[str, ...], value: Any) -> str | None:
    return stacks.unwritable((SETTING, *path), value)


def _show(found: Promotion, as_json: bool) -> None:
    if as_json:
        click.echo(found.model_dump_json(by_alias=True, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - JSON needs no rich

    from novu_provider.promotion.terminal import render  # noqa: PLC0415

    Console(highlight=False, markup=False, emoji=False).print(render(found), soft_wrap=True, end="")
