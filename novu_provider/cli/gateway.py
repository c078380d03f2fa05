"""``novu-provider gateway``: write the configuration of a gateway for several applications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from novu_provider.bridge.applications import Source, expect_declarations, read_applications
from novu_provider.cli.options import bridge_settings
from novu_provider.errors import NovuError
from novu_provider.gateway.formats import FORMATS, Options, render
from novu_provider.gateway.routes import make_gateway
from novu_provider.model.applications import MergedApplications
from novu_provider.text.untrusted import make_visible


@click.command(epilog="Exit status: 0 written, 1 error, 2 usage error.")
@click.option("--ca-bundle", help="PEM file to read the applications with, or NOVU_CA_BUNDLE.")
@click.option("--format", "format_name", type=click.Choice(FORMATS), required=True, help="The gateway's software.")
@click.option(
    "--bridge-url", envvar="NOVU_BRIDGE_URL", required=True, help="The URL of the gateway, or NOVU_BRIDGE_URL."
)
@click.option(
    "--source", "sources", multiple=True, required=True, metavar="NAME=URL", help="An application. Repeatable."
)
@click.option("--manifest", "manifests", multiple=True, metavar="NAME=FILE", help="Its manifest file. Repeatable.")
@click.option("--allow-empty", multiple=True, metavar="NAME", help="An application without workflows. Repeatable.")
@click.option("--keep", multiple=True, metavar="NAME", help="An application that may be down. Repeatable.")
@click.option("--folder", help="nginx, caddy: the folder of the files on the gateway's machine.")
@click.option(
    "--upstream-ca", help="nginx, caddy, envoy: certificate authorities of the applications, on that machine."
)
@click.option("--resolver", help="nginx: a DNS server, to look up the applications while nginx runs.")
@click.option("--parent", metavar="[NAMESPACE/]NAME", help="httproute: the Gateway of the routes.")
@click.option("--namespace", default="default", show_default=True, help="httproute: the namespace of the routes.")
@click.option("--first-priority", default=1000, show_default=True, help="alb: the priority of the first rule.")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="The folder to write the files to."
)
def command(
    *,
    format_name: str,
    bridge_url: str,
    sources: tuple[str, ...],
    manifests: tuple[str, ...],
    allow_empty: tuple[str, ...],
    keep: tuple[str, ...],
    output: Path | None,
    **values: Any,
) -> None:
    """Write the configuration of a gateway, which routes Novu's requests to several applications.

    Without --manifest, the command reads the workflows from the running application. It signs the request with
    NOVU_SECRET_KEY. With --keep, an application that is down keeps the routes that the gateway has now. The command
    writes nothing to Novu.
    """
    urls, files = _pairs(sources, "--source"), _pairs(manifests, "--manifest")
    for name in files.keys() - urls.keys():
        raise click.UsageError(f"--manifest {name}=…: there is no --source {name}=…")
    read = {name: Source(url, files.get(name), name in allow_empty) for name, url in urls.items()}
    for name in set(allow_empty) - urls.keys():
        raise click.UsageError(f"--allow-empty {name}: there is no --source {name}=…")
    # Only a running application is asked with a key.
    settings = None if files.keys() == urls.keys() else bridge_settings({"ca_bundle": values["ca_bundle"]})
    applications = read_applications(settings, read, keep=keep, gateway_url=bridge_url)
    expect_declarations(applications, read)
    options = Options(
        folder=values["folder"],
        ca_bundle=values["upstream_ca"],
        resolver=values["resolver"],
        parent=values["parent"],
        namespace=values["namespace"],
        first_priority=values["first_priority"],
    )
    gateway = make_gateway(MergedApplications(tuple(applications)), bridge_url)
    texts = render(gateway, format_name, options)
    _write(texts, output)


def _write(texts: dict[str, str], output: Path | None) -> None:
    if output is None:
        if len(texts) > 1:
            raise click.UsageError(f"pass --output: the format has {len(texts)} files")
        click.echo(next(iter(texts.values())), nl=False)
        return
    try:
        for file, text in texts.items():
            path = output / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NovuError(
            f"{make_visible(str(error.filename or output))} cannot be written: {error.strerror}.",
            why="You may not write to the folder, or a part of its path is a file.",
            fix="Pass another folder: `--output gateway`.",
        ) from None
    click.echo(f"wrote {len(texts)} files to {output}", err=True)
    written = {Path(file).parts[0] for file in texts}
    for folder in sorted({path.parent for path in output.glob("*/workflows.*")}):
        if folder.name not in written:
            click.echo(f"{folder} belongs to no application: delete it after the sync", err=True)


def _pairs(arguments: tuple[str, ...], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"{argument!r} is not NAME=VALUE", param_hint=option)
        if name in pairs:
            raise click.BadParameter(f"{name!r} occurs twice", param_hint=option)
        pairs[name] = value
    return pairs
