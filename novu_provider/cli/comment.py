"""``novu-provider comment``: show a plan in a comment of the pull request."""

from __future__ import annotations

import os
from pathlib import Path

import click

from novu_provider.errors import CommentFailed
from novu_provider.pipelines.comments import publish
from novu_provider.pipelines.comments.detection import find_pull_request


@click.command(epilog="Exit status: 0 the comment shows the plan, 1 error, 2 usage error.")
@click.option(
    "--pull-request",
    "url",
    metavar="URL",
    help="The address of the pull request, if the variables of the CI system do not name it.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def comment(file: Path, url: str | None) -> None:
    """Show a plan in a comment of the pull request: on GitHub, GitLab or Bitbucket.

    FILE is the Markdown that `novu-provider plan --markdown FILE` wrote. Its first line is a hidden marker. The command
    updates its earlier comment on the same stack, or adds a comment. It changes no comment of another account.

    The token is read from GITHUB_TOKEN (or GH_TOKEN), GITLAB_TOKEN or BITBUCKET_TOKEN.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise CommentFailed(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.",
            why="The path is wrong, or the plan was not written.",
            fix="Write it with `novu-provider plan --markdown plan.md -- --stack prod`.",
        ) from None
    pull_request = find_pull_request(os.environ, url)
    try:
        action = publish(pull_request, text)
    finally:
        pull_request.api.close()
    click.echo(f"{pull_request.api.name}: comment {action}", err=True)
