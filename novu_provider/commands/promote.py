"""``novu-provider promote``: what people set in one environment, into the configuration of another one's stack."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from novu_provider import arguments, sources
from novu_provider.api import Environment, NovuApi, Stored
from novu_provider.arguments import WorkflowArgs
from novu_provider.carrying import Carried
from novu_provider.commands import stack as stacks
from novu_provider.commands.options import trouble
from novu_provider.commands.stack import Configuration, StackName
from novu_provider.errors import SettingsError
from novu_provider.overrides import Overrides
from novu_provider.plan import names
from novu_provider.promotion.comparison import KINDS, compare, differing
from novu_provider.promotion.model import Kind, Place, Promotion
from novu_provider.promotion.sides import Side
from novu_provider.review.values import plain
from novu_provider.session import say
from novu_provider.settings import Settings
from novu_provider.target import expect_name

_SETTING = "workflows"
#: The settings and variables by which Novu is reached; the bridge is not.
_REACHED_BY = ("apiUrl", "region", "caBundle", "timeout", "retries", "environment")
_VARIABLES = ("NOVU_API_URL", "NOVU_CA_BUNDLE")

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
    with trouble():
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
    keys = _keys(stacked, configured, variables)
    with _opened(stacked[0], configured[0], keys[0]) as first, _opened(stacked[1], configured[1], keys[1]) as second:
        if first.environment.id == second.environment.id:
            raise SettingsError(
                f"both keys open the environment {first.environment.name!r}.",
                why="The same key is configured for both stacks, or a variable holds the other one's.",
                cure="Set the key of each stack's environment, or name two variables with --from-key and --to-key.",
                prop="secretKey",
            )
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
        pending=target.pending(),
    )
    if not (write and promotion.count):
        return promotion
    second.write(promotion)
    after = replace(target, configured=_declared(second.name, stacks.read(second.name)))
    if any(one.values for one in compare(source, after, _unwritable, kinds)):
        raise SettingsError(
            f"the configuration of {second.name} does not say what was written into it.",
            why="Another process writes it at the same time, or this version of Pulumi writes it in another form.",
            cure="Look at what changed in the stack's file, and run the command again.",
            prop=_SETTING,
        )
    return promotion.model_copy(update={"written": True})


@dataclass(frozen=True)
class _Opened:
    """A stack whose environment is open."""

    name: StackName
    configuration: Configuration
    api: NovuApi
    environment: Environment
    stored: Mapping[str, Stored]

    @property
    def place(self) -> Place:
        return Place(stack=self.name.name or "", environment_id=self.environment.id, environment=self.environment.name)

    def side(self, workflow_ids: Collection[str]) -> Side:
        """Read what is set on these workflows, one request each, and what the stack declares."""
        overrides = Overrides(self.api)
        return Side(
            name=self.environment.name,
            stored=self.stored,
            held={one: Carried.read(overrides, self.stored[one]) for one in workflow_ids},
            configured=_declared(self.name, self.configuration),
            steps=_steps(self.name),
            secret=_SETTING in self.configuration.secret,
        )

    def write(self, promotion: Promotion) -> None:
        """Write what is promoted into the stack's configuration."""
        if isinstance(self.configuration.values.get(_SETTING), str):
            raise SettingsError(
                f"`novu:{_SETTING}` in the configuration of {self.name} is a text: no single value can be set in it.",
                why="It was set as JSON; an object is set key by key.",
                cure="Write it as an object into the stack's file, and run the command again.",
                prop=_SETTING,
            )
        values = {
            (_SETTING, one.workflow_id, *value.path): value.after for one in promotion.workflows for value in one.values
        }
        stacks.write(self.name, values)


@contextmanager
def _opened(name: StackName, configuration: Configuration, key: str) -> Iterator[_Opened]:
    given = {one: configuration.values.get(one) for one in _REACHED_BY} | {"secretKey": key}
    variables = {one: os.environ[one] for one in _VARIABLES if one in os.environ}
    settings = Settings.read(given.get, variables)
    api = NovuApi(settings, tell=say)
    try:
        environment = api.environment()
        expect_name(environment, settings.environment)
        yield _Opened(name, configuration, api, environment, {one.workflow_id: one for one in api.stored()})
    finally:
        api.close()


def _keys(
    stacked: Sequence[StackName], configured: Sequence[Configuration], variables: Sequence[str | None]
) -> list[str]:
    """Find both keys: of the variable that is named, else of the stack, else one of them of NOVU_SECRET_KEY."""
    found = [
        sources.key(variable) if variable else one.values.get("secretKey")
        for one, variable in zip(configured, variables, strict=True)
    ]
    if not any(found):
        raise SettingsError(
            f"neither {stacked[0]} nor {stacked[1]} has the key of its environment in its configuration.",
            why=f"The keys are given as variables, and {sources.KEY} can be that of one environment alone.",
            cure="Name a variable for each: --from-key NOVU_DEV_SECRET_KEY --to-key NOVU_PROD_SECRET_KEY.",
            prop="secretKey",
        )
    return [one or sources.key(sources.KEY) for one in found]


def _declared(name: StackName, configuration: Configuration) -> dict[str, WorkflowArgs]:
    where = f"`novu:{_SETTING}` in the configuration of {name}"
    return arguments.read(configuration.values.get(_SETTING), where)


def _steps(name: StackName) -> dict[tuple[str, str], Any]:
    """Read the control values in the stack's state, by workflow and step."""
    found = [one.get("inputs") or {} for one in stacks.resources(name) if one["type"].endswith("/novu:StepControls")]
    return {(one["workflowId"], one["stepId"]): plain(one.get("values")) for one in found}


def _expect_known(chosen: Collection[str], known: Collection[str]) -> None:
    unknown = set(chosen) - set(known)
    if unknown:
        raise SettingsError(
            f"neither environment holds {names(unknown)}.",
            why="The id is misspelt, or the workflow was renamed in the code.",
            cure=f"Name one of {names(known) or 'no workflow: there is none'}.",
            prop=_SETTING,
        )


def _alone(one: Side, other: Side, chosen: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(found for found in one.stored.keys() - other.stored.keys() if not chosen or found in chosen))


def _unwritable(path: tuple[str, ...], value: Any) -> str | None:
    return stacks.unwritable((_SETTING, *path), value)


def _show(found: Promotion, as_json: bool) -> None:
    if as_json:
        click.echo(found.model_dump_json(by_alias=True, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - JSON needs no rich

    from novu_provider.promotion.text import render  # noqa: PLC0415

    Console(highlight=False, markup=False, emoji=False).print(render(found), soft_wrap=True, end="")
