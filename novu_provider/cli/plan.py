"""``novu-provider plan``: show the output of `pulumi preview --json` to reviewers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from novu_provider.cli.stack import requested_stack
from novu_provider.errors import PreviewError
from novu_provider.review import markdown, preview
from novu_provider.review.model import Message, ReviewPlan
from novu_provider.text.untrusted import escape_json

#: Key of the arguments for `pulumi preview` in click's context.
_PULUMI_ARGUMENTS = "novu_provider.cli.plan.pulumi_arguments"

_STATUS = "Exit status: 0 no changes, 2 changes, 3 changes with deletions, 1 error or failed preview."


class _UsageError(click.UsageError):
    # click uses 2, which means changes here.
    exit_code = 1


class _PulumiArgumentsCommand(click.Command):
    """A command that keeps the arguments after ``--`` for Pulumi."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_PULUMI_ARGUMENTS] = args[at + 1 :]
        try:
            return super().parse_args(ctx, args[:at])
        except click.UsageError as error:
            raise _UsageError(error.format_message(), ctx) from None


#: Pulumi's command for the plan of each operation.
_OPERATIONS = {
    "preview": ("preview",),
    "refresh": ("refresh", "--preview-only"),
    "destroy": ("destroy", "--preview-only"),
}

_File = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=_PulumiArgumentsCommand, epilog=_STATUS)
@click.option("--format", type=click.Choice(["text", "markdown", "json"]), default="text", help="Format of the output.")
@click.option("--markdown", "markdown_file", type=_File, help="Also write Markdown to this file.")
@click.option("--json", "json_file", type=_File, help="Also write JSON to this file.")
@click.option(
    "--max-bytes",
    type=click.IntRange(min=markdown.SMALLEST),
    default=markdown.GITHUB_COMMENT,
    show_default=True,
    help="Maximum bytes of Markdown. The default is GitHub's limit for a comment; that of a job summary is 1048576.",
)
@click.option(
    "--operation",
    type=click.Choice(list(_OPERATIONS)),
    default="preview",
    show_default=True,
    help="Show the plan of this Pulumi command. `preview` is the plan of `pulumi up`.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the plan and exit.")
@click.argument("file", required=False)
@click.pass_context
def plan(ctx: click.Context, /, file: str | None, operation: str, schema: bool, **options: Any) -> None:
    """Show a Pulumi preview to reviewers. Nothing is written to Novu.

    FILE is the output of `pulumi preview --json`, or `-` for standard input. Without FILE the command runs
    `pulumi preview --json` with the arguments after `--`, for example: novu-provider plan -- --stack prod --refresh
    """
    if schema:
        from novu_provider import schemas  # noqa: PLC0415 - only --schema needs it

        click.echo(schemas.shipped("plan"), nl=False)
        return
    pulumi_arguments: list[str] = ctx.meta[_PULUMI_ARGUMENTS]
    if file is not None and pulumi_arguments:
        raise _UsageError("pass either FILE or arguments for `pulumi preview`.", ctx)
    review_plan = _run_preview(operation, pulumi_arguments) if file is None else preview.read_preview(_read(file))
    _show(review_plan, **options)
    ctx.exit(review_plan.exit_code)


def _run_preview(operation: str, arguments: list[str]) -> ReviewPlan:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PreviewError(
            "the command `pulumi` was not found.",
            why="The Pulumi CLI is not installed, or it is not on PATH.",
            fix="Install the Pulumi CLI or add it to PATH, or pass a file with the output of `pulumi preview --json`.",
        )
    command = [pulumi, *_OPERATIONS[operation], "--json", "--non-interactive", *arguments]
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; the user's own arguments
    message, output = (stream.decode("utf-8", "replace") for stream in (result.stderr, result.stdout))
    click.echo(message, err=True, nl=False)
    if result.returncode and not output.lstrip().startswith("{"):
        # The preview did not start. Pulumi prints the reason, on either stream.
        texts = [text.strip().removeprefix("error: ") for text in (message, output) if text.strip()]
        text = "\n".join(texts) or f"`pulumi {operation}` failed with status {result.returncode}."
        review_plan = ReviewPlan(failed=True, messages=(Message(severity="error", text=text),))
    else:
        review_plan = preview.read_preview(output, failed=result.returncode != 0)
    if review_plan.stack is not None:
        return review_plan
    # A failed preview names no stack. The comment on a pull request is found by it.
    project, stack = requested_stack(arguments)
    return review_plan.model_copy(update={"project": project, "stack": stack})


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return Path(file).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise PreviewError(
            f"{file} cannot be read: {error.strerror}.",
            why="The path is wrong, or the file was not written.",
            fix="Write it with `pulumi preview --json`, or omit FILE: the command then runs the preview itself.",
        ) from None


def _show(
    review_plan: ReviewPlan, format: str, markdown_file: Path | None, json_file: Path | None, max_bytes: int
) -> None:
    if format == "text":
        _print(review_plan)
    else:
        click.echo(_json(review_plan) if format == "json" else markdown.render(review_plan, max_bytes), nl=False)
    if markdown_file is not None:
        markdown_file.write_text(markdown.render(review_plan, max_bytes), encoding="utf-8", newline="\n")
    if json_file is not None:
        json_file.write_text(_json(review_plan), encoding="utf-8", newline="\n")


def _print(review_plan: ReviewPlan) -> None:
    from rich.console import Console  # noqa: PLC0415 - Markdown and JSON need no rich

    from novu_provider.review import terminal  # noqa: PLC0415

    Console(highlight=False, markup=False, emoji=False).print(terminal.render(review_plan), soft_wrap=True, end="")


def _json(review_plan: ReviewPlan) -> str:
    return escape_json(review_plan.model_dump_json(by_alias=True, indent=2)) + "\n"
