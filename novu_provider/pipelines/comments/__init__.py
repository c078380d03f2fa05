"""The comment on a pull request with the plan of one stack.

A plan in Markdown begins with a hidden marker, which names its stack. An earlier comment of the same account with the
same marker is updated. Comments of other accounts stay as they are, whatever they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from novu_provider.errors import CommentFailed

#: The first line of a plan in Markdown: see :func:`novu_provider.review.markdown.marker`.
_MARKER = re.compile(r"<!-- (novu-provider plan [A-Za-z0-9._/-]*) -->")

#: What happened to the comment.
Action = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Comment:
    """A comment of the own account: its id in the system's API, and its text."""

    id: str
    body: str


class PullRequest(Protocol):
    """One pull request, through the API of its system."""

    def hide(self, marker: str) -> str:
        """Return a first line with the marker that the system does not show."""

    def own_comments(self) -> Iterator[Comment]:
        """Return the comments of the account to which the token belongs, the oldest first."""

    def create(self, body: str) -> None:
        """Add a comment."""

    def update(self, comment: Comment, body: str) -> bool:
        """Replace the text of a comment. Return False if it belongs to another account."""


def publish(pull_request: PullRequest, text: str) -> Action:
    """Show a plan in a comment of the pull request: update the earlier one of the same stack, or add one.

    :param text: the Markdown of a plan, with its marker in the first line.
    :raises CommentFailed: the text has no marker, or the system refuses the comment.
    """
    first_line, _, rest = text.partition("\n")
    match = _MARKER.fullmatch(first_line.strip())
    if match is None:
        raise CommentFailed(
            "the file has no marker in its first line.",
            why="It is not a plan in Markdown. By the marker, the earlier comment on the same stack is found.",
            fix="Write the file with `novu-provider plan --markdown plan.md -- --stack prod`.",
        )
    hidden = pull_request.hide(match[1])
    body = f"{hidden}\n{rest}".rstrip() + "\n"
    for comment in pull_request.own_comments():
        if comment.body.partition("\n")[0].strip() != hidden:
            continue
        if comment.body.replace("\r\n", "\n").rstrip() == body.rstrip():
            return "unchanged"
        if pull_request.update(comment, body):
            return "updated"
    pull_request.create(body)
    return "created"


def html_comment(marker: str) -> str:
    """Return the marker as a comment of HTML, which GitHub and GitLab do not show."""
    return f"<!-- {marker} -->"
