"""``novu-provider plan``: `pulumi preview --json` for reviewers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from novu_provider.errors import PreviewError
from novu_provider.review import markdown, preview
from novu_provider.review.model import Message, ReviewPlan

#: Where the arguments for `pulumi preview` wait in click's context.
_PASSED = "novu_provider.planning.plan.passed"

_EXIT = "Exit status: 0 no changes, 2 changes, 3 changes that delete, 1 an error or a failed preview."


class _UsageError(click.UsageError):
    # click's own is 2, which means changes here.
    exit_code = 1


class _PassesOn(click.Command):
    """Keeps what follows ``--`` for Pulumi."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_PASSED] = args[at + 1 :]
        try:
            return super().parse_args(ctx, args[:at])
        except click.UsageError as error:
            raise _UsageError(error.format_message(), ctx) from None


_File = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=_PassesOn, epilog=_EXIT)
@click.option("--format", type=click.Choice(["text", "markdown", "json"]), default="text", help="What to print.")
@click.option("--markdown", "markdown_file", type=_File, help="Also write Markdown to this file.")
@click.option("--json", "json_file", type=_File, help="Also write JSON to this file.")
@click.option(
    "--max-bytes",
    type=click.IntRange(min=markdown.SMALLEST),
    default=markdown.GITHUB_COMMENT,
    show_default=True,
    help="The most bytes of Markdown: the default is GitHub's for a comment; a job summary takes 1048576.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the plan's JSON, and nothing else.")
@click.argument("file", required=False)
@click.pass_context
def plan(ctx: click.Context, /, file: str | None, schema: bool, **options: Any) -> None:
    """Show a preview to reviewers.

    FILE is the output of `pulumi preview --json`, `-` for standard input. Without it `pulumi preview --json` is run
    here, with the arguments after `--`: novu-provider plan -- --stack prod --refresh
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - needed here alone

        click.echo(schemas.shipped("plan"), nl=False)
        return
    passed: list[str] = ctx.meta[_PASSED]
    if file is not None and passed:
        raise _UsageError("arguments for `pulumi preview` are of no use beside a file.", ctx)
    found = _run(passed) if file is None else preview.read_preview(_text(file))
    _show(found, **options)
    ctx.exit(found.exit_code)


def _run(arguments: list[str]) -> ReviewPlan:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PreviewError(
            "there is no command pulumi to run.",
            why="The Pulumi CLI is not installed here, or not on PATH.",
            fix="Install the Pulumi CLI or put it on PATH, or give the output of `pulumi preview --json` as a file.",
        )
    command = [pulumi, "preview", "--json", "--non-interactive", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; the user's own arguments
    said = done.stderr.decode("utf-8", "replace")
    click.echo(said, err=True, nl=False)
    if done.returncode and not done.stdout.strip():
        text = said.strip().removeprefix("error: ") or f"pulumi preview ended with {done.returncode}."
        return ReviewPlan(failed=True, messages=(Message(severity="error", text=text),))
    return preview.read_preview(done.stdout.decode("utf-8", "replace"), failed=done.returncode != 0)


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return Path(file).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise PreviewError(
            f"{file} cannot be read: {error.strerror}.",
            why="The path is wrong, or the file was never written.",
            fix="Write it with `pulumi preview --json`, or leave it out: this command then runs that itself.",
        ) from None


def _show(found: ReviewPlan, format: str, markdown_file: Path | None, json_file: Path | None, max_bytes: int) -> None:
    if format == "text":
        _print(found)
    else:
        click.echo(_json(found) if format == "json" else markdown.render(found, max_bytes), nl=False)
    if markdown_file is not None:
        markdown_file.write_text(markdown.render(found, max_bytes), encoding="utf-8", newline="\n")
    if json_file is not None:
        json_file.write_text(_json(found), encoding="utf-8", newline="\n")


def _print(found: ReviewPlan) -> None:
    from rich.console import Console  # noqa: PLC0415 - Markdown and JSON need no rich

    from novu_provider.review import terminal  # noqa: PLC0415

    Console(highlight=False, markup=False, emoji=False).print(terminal.render(found), soft_wrap=True, end="")


def _json(found: ReviewPlan) -> str:
    return found.model_dump_json(by_alias=True, indent=2) + "\n"
