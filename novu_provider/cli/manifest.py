"""``novu-provider manifest``: the manifest of a bridge as a file, and what differs between two of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from novu_provider.cli import manifest_sources
from novu_provider.cli.options import as_click_errors, bridge_url, connection, settings
from novu_provider.errors import SettingsError
from novu_provider.model.diff import Difference, compare_manifests
from novu_provider.settings import Settings

#: As diff(1): 0 equal, 1 different, 2 trouble.
_DIFFERENT = 1


@click.group()
def manifest() -> None:
    """Write the manifest of a running bridge to a file, for `novu:manifest`, and compare manifests."""


@manifest.command()
@connection
@bridge_url
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output."
)
@click.option(
    "--renamed-from",
    multiple=True,
    metavar="NEW=OLD",
    help="A workflow's former id: what people set there in Novu is carried over. May be repeated.",
)
def export(output: Path | None, renamed_from: tuple[str, ...], **values: Any) -> None:
    """Ask the bridge, signed with NOVU_SECRET_KEY, and write what it declares: sorted, the same bytes each time."""
    renames = dict(_rename(one) for one in renamed_from)
    text = replace(manifest_sources.served(settings(**values)), renamed_from=renames).dump()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"wrote {output}", err=True)


@manifest.command()
@connection
@bridge_url
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.argument("file", type=click.Path(dir_okay=False))
def check(file: str, as_json: bool, **values: Any) -> None:
    """Fail where the bridge does not declare what FILE says, and print the difference.

    Exit status: 0 equal, 1 different, 2 trouble.
    """
    with as_click_errors():
        found = settings(**values)
        if found.bridge_url is None:
            raise SettingsError(
                "there is no bridge URL.",
                why="None was given, and NOVU_BRIDGE_URL is not set.",
                fix="Give --bridge-url or set NOVU_BRIDGE_URL.",
            )
        _compare((file, found.bridge_url), (manifest_sources.KEY, manifest_sources.KEY), as_json, values)


@manifest.command()
@connection
@click.option("--key-a", default=manifest_sources.KEY, show_default=True, help="The variable that holds the key for A.")
@click.option("--key-b", default=manifest_sources.KEY, show_default=True, help="The variable that holds the key for B.")
@click.option("--environment", is_flag=True, help="Compare A with what Novu holds; short for `env:` as B.")
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.argument("a")
@click.argument("b", required=False)
def diff(a: str, b: str | None, *, key_a: str, key_b: str, environment: bool, as_json: bool, **values: Any) -> None:
    """Print what leads from A to B.

    Each is the path of a manifest file, a bridge URL (https://…), or what Novu holds: `env:` for the environment that
    NOVU_SECRET_KEY opens, `env:NOVU_PROD_SECRET_KEY` for that of another variable's key.

    Exit status: 0 equal, 1 different, 2 trouble.
    """
    if environment == (b is not None):
        raise click.UsageError("give A and B, or A and --environment")
    with as_click_errors():
        _compare((a, b or "env:"), (key_a, key_b), as_json, values)


@manifest.command()
def schema() -> None:
    """Print the JSON Schema of a manifest file."""
    from novu_provider import schemas  # noqa: PLC0415 - needed here alone

    click.echo(schemas.shipped("manifest"), nl=False)


def _compare(names: tuple[str, str], keys: tuple[str, str], as_json: bool, values: dict[str, Any]) -> None:
    def connect(key: str, url: str | None) -> Settings:
        return settings(**{**values, "secret_key": key, "bridge_url": url})

    before, after = (manifest_sources.read(name, connect, key) for name, key in zip(names, keys, strict=True))
    difference = compare_manifests(*manifest_sources.pair((names[0], before), (names[1], after)))
    if as_json:
        click.echo(difference.model_dump_json(by_alias=True, indent=2))
    else:
        _print(difference, before.source, after.source)
    if difference:
        raise click.exceptions.Exit(_DIFFERENT)


def _print(difference: Difference, before: str, after: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - not for `export` in a build

    from novu_provider.review import terminal  # noqa: PLC0415
    from novu_provider.text.untrusted import make_visible  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(f"first:  {make_visible(before, 400)}\nsecond: {make_visible(after, 400)}", soft_wrap=True)
    console.print(terminal.render_difference(difference) if difference else "\nno difference", soft_wrap=True, end="")
    if not difference:
        console.print()


def _rename(given: str) -> tuple[str, str]:
    new, equals, old = given.partition("=")
    if not (new and equals and old):
        raise click.BadParameter(f"{given!r} is not NEW=OLD", param_hint="--renamed-from")
    return new, old
