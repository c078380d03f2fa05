"""``novu-provider ci``: write the pipeline of a project."""

from __future__ import annotations

import re
from pathlib import Path

import click

from novu_provider.errors import SettingsError
from novu_provider.pipelines.files import SCRIPT, SYSTEMS, Project, render

_Directory = click.Path(exists=True, file_okay=False, path_type=Path)

#: Names that are safe in YAML, in Groovy and in a command line.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
#: Names that YAML reads as something else than text.
_NO_TEXT = re.compile(r"y|n|yes|no|on|off|true|false|null|[0-9._e-]+", re.IGNORECASE)


def _name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not (_NAME.fullmatch(value) or value == ".") or ".." in value:
        raise click.BadParameter(f"{value!r} contains a character that no pipeline can pass on")
    if value != "." and _NO_TEXT.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not text in YAML")
    return value.removesuffix("/")


@click.command(epilog="Exit status: 0 written, 1 a file exists, 2 usage error.")
@click.option("--dev", default="dev", show_default=True, callback=_name, help="The stack of Development.")
@click.option("--prod", default="prod", show_default=True, callback=_name, help="The stack of Production.")
@click.option("--branch", default="main", show_default=True, callback=_name, help="The branch of Production.")
@click.option(
    "--project",
    default=".",
    show_default=True,
    callback=_name,
    help="The folder of the Pulumi program in the repository.",
)
@click.option(
    "--directory",
    type=_Directory,
    default=".",
    show_default=True,
    help="The top folder of the repository.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.argument("system", type=click.Choice(list(SYSTEMS)))
def ci(*, system: str, dev: str, prod: str, branch: str, project: str, directory: Path, force: bool) -> None:
    """Write the pipeline of this project for a CI system.

    On a pull request, it shows the plan of Development in a comment, applies it, and runs the end-to-end tests. After a
    merge, it shows the plan of Production, and applies exactly that plan after an approval.

    It writes the pipeline and the script novu-ci.sh. It never overwrites a file that differs.
    """
    chosen = SYSTEMS[system]
    settings = Project.read(directory, project, branch=branch, dev=dev, prod=prod)
    files = {directory / chosen.path: render(chosen.template, settings), directory / SCRIPT: render(SCRIPT, settings)}
    existing = [path for path, text in files.items() if path.exists() and _differs(path, text)]
    if existing and not force:
        raise SettingsError(
            f"{' and '.join(map(str, existing))} exists with other content.",
            why="It is another pipeline, or somebody changed it.",
            fix="Write to an empty folder and merge the two: `novu-provider ci "
            f"{system} --directory FOLDER`. Or overwrite with --force.",
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"wrote {path}")
    (directory / SCRIPT).chmod(0o755)
    click.echo(f"\nNext steps for {chosen.name}:")
    for number, step in enumerate(_steps(chosen.steps, directory / project, project), 1):
        click.echo(f"  {number}. {step}")


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode()


def _steps(steps: tuple[str, ...], folder: Path, project: str) -> list[str]:
    needed = [name for name in ("Pulumi.yaml", "__main__.py") if not (folder / name).exists()]
    missing = [f"Add {' and '.join(needed)} to {project}, with the package in the dependencies."] if needed else []
    return [*missing, *steps, "Read the first lines of the pipeline, then commit both files."]
