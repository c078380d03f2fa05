"""``novu-provider manifest``: the manifest of a running bridge as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from novu_provider.bridge import Bridge
from novu_provider.commands.options import connection, settings
from novu_provider.errors import SettingsError


@click.group()
def manifest() -> None:
    """Write the manifest of a running bridge to a file, for `novu:manifest`."""


@manifest.command()
@connection
@click.option(
    "--bridge-url", envvar="NOVU_BRIDGE_URL", help="The bridge endpoint, such as http://127.0.0.1:4000/api/novu."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output."
)
def export(output: Path | None, **values: Any) -> None:
    """Ask the bridge, signed with NOVU_SECRET_KEY, and write what it declares: sorted, the same bytes each time."""
    found = settings(**values)
    if found.bridge_url is None:
        raise SettingsError("there is no bridge URL.", cure="Give --bridge-url or set NOVU_BRIDGE_URL.")
    token = found.bypass_token.get_secret_value() if found.bypass_token else None
    bridge = Bridge.connect(found.bridge_url, found.secret_key.get_secret_value(), token, ca_bundle=found.ca_bundle)
    try:
        text = bridge.manifest().dump()
    finally:
        bridge.close()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"wrote {output}", err=True)
