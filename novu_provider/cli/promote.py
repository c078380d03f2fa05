"""``novu-provider promote``: copy overrides of one environment into the configuration of another one's stack."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from novu_provider.cli import stack as stacks
from novu_provider.cli.connected_stack import SETTING, connect_stack, declared_workflows, find_keys
from novu_provider.cli.options import as_click_errors
from novu_provider.cli.stack import PulumiStack
from novu_provider.errors import NovuError, SettingsError
from novu_provider.model.environment import Environment
from novu_provider.promotion.comparison import KINDS, compare, differing
from novu_provider.promotion.integrations import compare_integrations
from novu_provider.promotion.model import Kind, PromotedWorkflow, Promotion
from novu_provider.promotion.program import module_name, render_program, undeclared
from novu_provider.promotion.side import Side
from novu_provider.text.untrusted import escape_json, make_visible
from novu_provider.text.wording import quoted_list

_Directory = click.Path(exists=True, file_okay=False, path_type=Path)


_STATUS = "Exit status: 0 nothing to promote or all written, 1 values to promote, 2 error."


@click.command(name="promote", epilog=_STATUS)
@click.option("--from", "source", metavar="STACK", help="The stack of the environment with the overrides.")
@click.option("--to", "target", metavar="STACK", help="The stack whose configuration receives them.")
@click.option("--from-key", metavar="VAR", help="The variable of the --from key, instead of its stack.")
@click.option("--to-key", metavar="VAR", help="The variable of the --to key, instead of its stack.")
@click.option("--cwd", type=_Directory, default=".", help="The Pulumi project of the stacks.")
@click.option("--workflow", "workflows", multiple=True, metavar="ID", help="Promote only this workflow. Repeatable.")
@click.option("--only", type=click.Choice(KINDS), multiple=True, help="Promote only this kind of override. Repeatable.")
@click.option(
    "--write",
    is_flag=True,
    help="Write the values into the configuration of the --to stack, and a file with missing integrations.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the promotion as JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the promotion and exit.")
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
    """Show the overrides of one environment that another environment does not have: control values, preferences and
    flags that people set in the dashboard.

    Nothing is written to Novu. --write writes the values into the configuration of the --to stack. The lines that
    declare missing integrations are written to a Python file in the project. The next `pulumi up` applies both.
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - only --schema needs it

        click.echo(schemas.shipped("promotion"), nl=False)
        return
    if not source or not target:
        raise click.UsageError("pass two stacks, for example --from dev --to prod")
    with as_click_errors():
        names = PulumiStack(source, cwd), PulumiStack(target, cwd)
        promotion = _promote(names, (from_key, to_key), workflows, only or KINDS, write)
    _show(promotion, as_json)
    ctx.exit(1 if promotion.count and not promotion.written else 0)


def _promote(
    names: tuple[PulumiStack, PulumiStack],
    variables: tuple[str | None, str | None],
    workflow_ids: Collection[str],
    kinds: Collection[Kind],
    write: bool,
) -> Promotion:
    configurations = stacks.read(names[0]), stacks.read(names[1])
    keys = find_keys(names, configurations, variables)
    with (
        connect_stack(names[0], configurations[0], keys[0]) as source_stack,
        connect_stack(names[1], configurations[1], keys[1]) as target_stack,
    ):
        _expect_two_environments(source_stack.environment, target_stack.environment)
        _expect_known(workflow_ids, {*source_stack.stored, *target_stack.stored})
        shared = [
            workflow_id
            for workflow_id in source_stack.stored
            if workflow_id in target_stack.stored and (not workflow_ids or workflow_id in workflow_ids)
        ]
        source, target = source_stack.side(shared), target_stack.side(shared)
        integrations = compare_integrations(
            source_stack.integrations(),
            target_stack.integrations(),
            source_stack.declared_integrations() | target_stack.declared_integrations(),
        )
    promotion = Promotion(
        source=source_stack.place,
        target=target_stack.place,
        workflows=compare(source, target, _why_not_writable, kinds),
        differing=differing(source, target),
        only_in_source=_only_in_first(source, target, workflow_ids),
        only_in_target=_only_in_first(target, source, workflow_ids),
        integrations=integrations,
        pending=target.count_pending(),
    )
    if write and undeclared(promotion):
        promotion = _write_program(promotion, names[1].cwd)
    if not (write and promotion.count):
        return promotion
    target_stack.write(promotion)
    after = replace(target, configured=declared_workflows(target_stack.name, stacks.read(target_stack.name)))
    _expect_written(compare(source, after, _why_not_writable, kinds), target_stack.name)
    return promotion.model_copy(update={"written": True})


def _write_program(promotion: Promotion, project: Path) -> Promotion:
    """Write the lines that declare the integrations into a module in the project's folder. A changed file is kept."""
    file, text = project / f"{module_name(promotion.target)}.py", render_program(promotion)
    try:
        if not file.exists():
            file.write_text(text, encoding="utf-8", newline="\n")
        kept = file.read_text(encoding="utf-8", errors="replace") != text
    except OSError as error:
        raise NovuError(
            f"the lines that declare integrations cannot be written to {make_visible(str(file))}.",
            why=f"The system refuses it: {error.strerror}.",
            fix="Run the command without --write, and add the printed lines to the program.",
        ) from None
    return promotion.model_copy(update={"program_file": str(file), "program_file_kept": kept})


def _expect_two_environments(source: Environment, target: Environment) -> None:
    if source.id == target.id:
        raise SettingsError(
            f"both keys open the environment {source.name!r}.",
            why="The same key is configured for both stacks, or a variable contains the key of the other stack.",
            fix="Set the key of each stack's environment, or pass two variables with --from-key and --to-key.",
            prop="secretKey",
        )


def _expect_written(remaining: Iterable[PromotedWorkflow], name: PulumiStack) -> None:
    if any(workflow.values for workflow in remaining):
        raise SettingsError(
            f"the configuration of {name} does not contain the values that were written.",
            why="Another process writes it at the same time, or this version of Pulumi writes it in another form.",
            fix="Check the changes in the stack's file, and run the command again.",
            prop=SETTING,
        )


def _expect_known(workflow_ids: Collection[str], known: Collection[str]) -> None:
    unknown = set(workflow_ids) - set(known)
    if unknown:
        raise SettingsError(
            f"neither environment stores {quoted_list(unknown)}.",
            why="The id is misspelled, or the workflow was renamed in the code.",
            fix=f"Pass one of {quoted_list(known)}." if known else "Sync both environments with `pulumi up` first.",
            prop=SETTING,
        )


def _only_in_first(first: Side, second: Side, workflow_ids: Collection[str]) -> tuple[str, ...]:
    missing = first.stored.keys() - second.stored.keys()
    return tuple(sorted(workflow_id for workflow_id in missing if not workflow_ids or workflow_id in workflow_ids))


def _why_not_writable(path: tuple[str, ...], value: Any) -> str | None:
    return stacks.why_not_writable((SETTING, *path), value)


def _show(promotion: Promotion, as_json: bool) -> None:
    if as_json:
        click.echo(escape_json(promotion.model_dump_json(by_alias=True, indent=2)))
        return
    from rich.console import Console  # noqa: PLC0415 - JSON needs no rich

    from novu_provider.promotion.terminal import render  # noqa: PLC0415

    Console(highlight=False, markup=False, emoji=False).print(render(promotion), soft_wrap=True, end="")
