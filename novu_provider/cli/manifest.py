"""``novu-provider manifest``: export the manifest of a bridge to a file, and compare manifests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from novu_provider.cli import manifest_sources
from novu_provider.cli.options import as_click_errors, bridge_settings, bridge_url, connection, settings, stack
from novu_provider.model.diff import Difference, compare_manifests
from novu_provider.model.manifest import Manifest
from novu_provider.settings import Settings
from novu_provider.text.untrusted import escape_json

#: As in diff(1): 0 equal, 1 different, 2 error.
_DIFFERENT = 1
_COMPARISON_STATUS = "Exit status: 0 equal, 1 different, 2 error."


@click.group()
def manifest() -> None:
    """Export the manifest of a bridge to a file for `novu:manifest`, and compare manifests.

    These commands write nothing to Novu.
    """


@manifest.command(epilog="Exit status: 0 exported, 1 error, 2 usage error.")
@connection
@bridge_url
@stack
@click.option(
    "--wait",
    type=click.FloatRange(min=0, max=3600),
    default=0,
    metavar="SECONDS",
    help="Wait for a deployment that is not ready yet. Other errors end the command at once.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The manifest file. Default: standard output.",
)
@click.option(
    "--renamed-from",
    multiple=True,
    metavar="NEW=OLD",
    help="The former id of a workflow, whose overrides are carried over. Repeatable.",
)
def export(output: Path | None, renamed_from: tuple[str, ...], wait: float, **values: Any) -> None:
    """Export the manifest of a bridge. The request is signed with NOVU_SECRET_KEY, or with the key of a stack.

    The output is sorted: the same manifest always has the same bytes.
    """
    renames = dict(_rename(argument) for argument in renamed_from)
    text = replace(manifest_sources.from_bridge(bridge_settings(values), wait), renamed_from=renames).dump()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"wrote {output}", err=True)


@manifest.command(epilog=_COMPARISON_STATUS)
@connection
@bridge_url
@stack
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.argument("file", type=click.Path(dir_okay=False))
def check(file: str, as_json: bool, **values: Any) -> None:
    """Compare the manifest of the bridge with FILE, and print the difference."""
    with as_click_errors():
        configured = bridge_settings(values)
        _show(Manifest.load(file), manifest_sources.from_bridge(configured), as_json)


@manifest.command(epilog=_COMPARISON_STATUS)
@connection
@click.option("--key-a", default=manifest_sources.KEY, show_default=True, help="The variable of the key for A.")
@click.option("--key-b", default=manifest_sources.KEY, show_default=True, help="The variable of the key for B.")
@click.option("--environment", is_flag=True, help="Compare A with the environment; the same as `env:` for B.")
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.argument("a")
@click.argument("b", required=False)
def diff(a: str, b: str | None, *, key_a: str, key_b: str, environment: bool, as_json: bool, **values: Any) -> None:
    """Print the changes from manifest A to manifest B.

    A and B are each the path of a manifest file, a bridge URL (https://…), or a Novu environment: `env:` for that of
    NOVU_SECRET_KEY, `env:NOVU_PROD_SECRET_KEY` for that of another variable's key.
    """
    if environment == (b is not None):
        raise click.UsageError("pass A and B, or A and --environment")
    with as_click_errors():
        _compare((a, b or "env:"), (key_a, key_b), as_json, values)


@manifest.command()
def schema() -> None:
    """Print the JSON Schema of a manifest file."""
    from novu_provider import schemas  # noqa: PLC0415 - only this command needs it

    click.echo(schemas.shipped("manifest"), nl=False)


def _compare(sources: tuple[str, str], keys: tuple[str, str], as_json: bool, values: dict[str, Any]) -> None:
    def connect(key: str, url: str | None) -> Settings:
        all_values = {**values, "secret_key": key, "bridge_url": url}
        return settings(**all_values) if url is None else bridge_settings(all_values)

    before, after = (manifest_sources.read(source, connect, key) for source, key in zip(sources, keys, strict=True))
    _show(*manifest_sources.comparable((sources[0], before), (sources[1], after)), as_json)


def _show(before: Manifest, after: Manifest, as_json: bool) -> None:
    difference = compare_manifests(before, after)
    if as_json:
        click.echo(escape_json(difference.model_dump_json(by_alias=True, indent=2)))
    else:
        _print(difference, before.source, after.source)
    if difference:
        raise click.exceptions.Exit(_DIFFERENT)


def _print(difference: Difference, before: str, after: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - `export` in a build does not need it

    from novu_provider.review import terminal  # noqa: PLC0415
    from novu_provider.text.untrusted import make_visible  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(f"first:  {make_visible(before, 400)}\nsecond: {make_visible(after, 400)}", soft_wrap=True)
    console.print(terminal.render_difference(difference) if difference else "\nno difference", soft_wrap=True, end="")
    if not difference:
        console.print()


def _rename(argument: str) -> tuple[str, str]:
    new, equals, old = argument.partition("=")
    if not (new and equals and old):
        raise click.BadParameter(f"{argument!r} is not NEW=OLD", param_hint="--renamed-from")
    return new, old
