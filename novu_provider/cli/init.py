"""``novu-provider init``: a new Pulumi project for an application that serves a bridge."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from novu_provider.cli import project_files
from novu_provider.cli.project_files import ENVIRONMENTS, Dependencies, Project, StackFile
from novu_provider.errors import NovuError, SettingsError
from novu_provider.model.bridge_urls import REGIONS
from novu_provider.settings import Settings
from novu_provider.text.untrusted import make_visible

#: What Pulumi accepts as the name of a project or a stack.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?")
_DEFAULT_STACKS = "dev, prod"


@click.command(name="init", epilog="Exit status: 0 done, 1 error, 2 usage error.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--name", help="Name of the project. Default: the name of the folder.")
@click.option(
    "--stack",
    "stacks",
    multiple=True,
    metavar="NAME[=ENVIRONMENT]",
    help="A stack, and the Novu environment that its key must open. Repeatable. Default: dev and prod.",
)
@click.option(
    "--bridge-url",
    "bridge_urls",
    multiple=True,
    metavar="[STACK=]URL",
    help="The bridge URL, of all stacks or of one. Repeatable.",
)
@click.option("--region", type=click.Choice(["us", "eu"]), help="Novu Cloud's region. Default: us.")
@click.option("--api-url", help="URL of a self-hosted Novu's API, instead of --region.")
@click.option(
    "--dependencies",
    type=click.Choice(["requirements", "pyproject"]),
    default="requirements",
    show_default=True,
    help="Write requirements.txt for pip, or pyproject.toml for uv.",
)
@click.option("--yes", is_flag=True, help="Ask nothing. Use the defaults for options that are missing.")
def command(
    *,
    folder: Path,
    name: str | None,
    stacks: tuple[str, ...],
    bridge_urls: tuple[str, ...],
    region: str | None,
    api_url: str | None,
    dependencies: Dependencies,
    yes: bool,
) -> None:
    """Make a Pulumi project in FOLDER, by default the current one, for an application that serves a bridge.

    It asks for values that no option gives. It overwrites no file, and connects to nothing.
    """
    asks = not yes and _is_interactive()
    if region and api_url:
        raise click.UsageError("--region and --api-url exclude each other.")
    if asks and not (region or api_url):
        region, api_url = _ask_server()
    if asks and not stacks:
        stacks = tuple(_split(click.prompt("Stacks", default=_DEFAULT_STACKS)))
    environments = _environments(stacks or _split(_DEFAULT_STACKS))
    urls = _bridge_urls(bridge_urls, environments, asks=asks)
    server = {"region": region} if region else {"apiUrl": api_url} if api_url else {}
    checked = {stack: _checked_settings({**server, "bridgeUrl": urls[stack]}) for stack in environments}
    project = Project(
        name=_name(name, folder),
        stacks=tuple(StackFile(stack, environments[stack], settings) for stack, (settings, _) in checked.items()),
        requirement=project_files.installed_requirement(),
        dependencies=dependencies,
        stacks_folder=_stacks_folder(folder),
    )
    _write(folder, project)
    tokens = [stack for stack, (_, has_token) in checked.items() if has_token]
    _explain(folder, project, tokens)


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _ask_server() -> tuple[str | None, str | None]:
    """Return the region of Novu Cloud, or the URL of a self-hosted Novu."""
    answer: str = click.prompt("Novu: us or eu for Novu Cloud, or the API URL of a self-hosted Novu", default="us")
    answer = answer.strip()
    return (answer.lower(), None) if answer.lower() in REGIONS else (None, answer)


def _environments(stacks: Iterable[str]) -> dict[str, str | None]:
    """Return the Novu environment of each stack. None if its key may open any."""
    environments: dict[str, str | None] = {}
    for text in stacks:
        stack, _, environment = (part.strip() for part in text.partition("="))
        _expect_name("stack", stack)
        if stack in environments:
            raise click.UsageError(f"--stack names {stack!r} twice.")
        environments[stack] = environment or ENVIRONMENTS.get(stack.lower())
    return environments


def _bridge_urls(options: Iterable[str], stacks: Iterable[str], *, asks: bool) -> dict[str, str]:
    """Return the bridge URL of each stack."""
    urls: dict[str, str] = {}
    general = None
    for text in options:
        stack, equals, url = text.partition("=")
        # A URL may contain an equals sign, but not before its scheme.
        if equals and "://" not in stack:
            urls[stack.strip()] = url.strip()
        else:
            general = text.strip()
    unknown = sorted(urls.keys() - set(stacks))
    if unknown:
        raise click.UsageError(f"--bridge-url names the stack {unknown[0]!r}, but --stack does not.")
    for stack in stacks:
        if stack not in urls and general is None:
            if not asks:
                raise click.UsageError(f"the stack {stack!r} has no bridge URL. Pass --bridge-url {stack}=URL.")
            urls[stack] = click.prompt(f"Bridge URL of {stack}, such as https://app.example.com/api/novu").strip()
    return {stack: urls.get(stack, general or "") for stack in stacks}


def _checked_settings(values: dict[str, str]) -> tuple[dict[str, str], bool]:
    """Check settings as a stack does. Return those to write, and whether the bridge URL contained a bypass token."""
    # Only the key is unknown yet. Nothing connects with this one.
    settings = Settings.read({**values, "secretKey": "not-set-yet"}.get, {})
    assert settings.bridge_url is not None  # noqa: S101 - `values` contains it
    written = {**values, "bridgeUrl": settings.bridge_url}
    if "apiUrl" in values:
        written["apiUrl"] = settings.api_url
    return written, settings.bypass_token is not None


def _name(name: str | None, folder: Path) -> str:
    """Return the name of the project, by default made from the name of its folder."""
    if name is not None:
        _expect_name("project", name)
        return name
    words = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name)[:100].strip("-_.")
    return words or "notifications"


def _expect_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"{name!r} is no name of a {kind}. Use letters, digits, and between them hyphens, underscores or periods."
        )


def _stacks_folder(folder: Path) -> str:
    """Return the folder of the stacks' files: the one that an existing Pulumi.yaml names, or else the default.

    :raises NovuError: Pulumi.yaml is no project in Python.
    """
    file = folder / "Pulumi.yaml"
    if not file.exists():
        return project_files.STACKS
    import yaml  # noqa: PLC0415 - the Pulumi SDK installs it, and no other case needs it

    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        runtime = document["runtime"]
        language = runtime if isinstance(runtime, str) else runtime["name"]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        language = None
    if language != "python":
        raise SettingsError(
            f"{make_visible(str(file))} is no Pulumi project in Python.",
            why="The folder contains a project in another language, or the file is invalid.",
            fix="Make the project in an empty folder: `novu-provider init novu`.",
            prop="",
        )
    return str(document.get("stackConfigDir") or ".")


def _write(folder: Path, project: Project) -> None:
    try:
        results = list(project_files.write_missing(folder, project.files()))
    except OSError as error:
        raise NovuError(
            f"{make_visible(str(error.filename or folder))} cannot be written: {error.strerror}.",
            why="You may not write to the folder, or a part of its path is a file.",
            fix="Choose another folder: `novu-provider init novu`.",
        ) from None
    for path, written in results:
        click.echo(f"{'wrote' if written else 'kept '} {make_visible(str(folder / path))}")
    if not all(written for _, written in results):
        click.echo("\nA kept file existed before, and init overwrites none. Compare it with the documentation.")


def _explain(folder: Path, project: Project, tokens: list[str]) -> None:
    """Print the commands that follow."""
    first = project.stacks[0].name
    if project.requirement.startswith("novu_provider @ file:"):
        click.echo(f"\nThe requirement names a file of this machine: {make_visible(project.requirement, 400)}")
    for stack in tokens:
        click.echo(
            f"\nThe bridge URL of {stack} contained a bypass token, which is a secret and was not written. After the "
            f"next commands: pulumi config set --secret novu:bypassToken --stack {stack}"
        )
    commands = [f"pulumi stack init {first}", f"pulumi config set --secret novu:secretKey --stack {first}", "pulumi up"]
    # `init` runs in the project's own environment, if the package was installed there: then it is complete.
    if Path(sys.prefix) != folder.resolve() / ".venv":
        commands.insert(0, "pulumi install")
    if folder.resolve() != Path.cwd():
        commands.insert(0, f"cd {shlex.quote(str(folder))}")
    click.echo(f"\nNext, make the stack {first}:\n")
    for line in commands:
        click.echo(f"  {line}")
    click.echo(
        "\n`pulumi config set` asks for the key of the environment (Novu dashboard, API Keys). `pulumi up` shows the "
        "plan, and asks before it applies it."
    )
