"""Comments ("notes") on a merge request of GitLab. Source: GitLab's REST API v4, Notes and Users."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx

from novu_provider.pipelines.comments import Comment, html_comment
from novu_provider.pipelines.comments.api import Api


class GitLabMergeRequest:
    """A merge request on GitLab.com or on a self-managed GitLab.

    :param url: the URL of the API, as in ``https://gitlab.com/api/v4``.
    :param project: the id or the path of the project.
    :param number: the merge request's number in its project (``iid``).
    """

    def __init__(
        self, url: str, token: str, project: str, number: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.api = Api(
            "GitLab",
            url.rstrip("/"),
            {"PRIVATE-TOKEN": token},
            token,
            "Set GITLAB_TOKEN to a project access token with the scope `api` and the role Reporter or higher. The job "
            "token cannot comment.",
            transport=transport,
        )
        self._notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"

    def hide(self, marker: str) -> str:
        """Return the marker as a comment of HTML."""
        return html_comment(marker)

    def own_comments(self) -> Iterator[Comment]:
        """Return the own notes from all pages."""
        account = self.api.json(self.api.send("GET", "/user"))["id"]
        page = "1"
        while page:
            query = f"?sort=asc&order_by=created_at&per_page=100&page={page}"
            response = self.api.send("GET", self._notes + query)
            for note in self.api.json(response):
                if note["author"]["id"] == account and not note.get("system"):
                    yield Comment(str(note["id"]), note["body"])
            page = response.headers.get("x-next-page", "").strip()

    def create(self, body: str) -> None:
        """Add a note."""
        self.api.send("POST", self._notes, {"body": body})

    def update(self, comment: Comment, body: str) -> bool:
        """Replace the text of an own note."""
        self.api.send("PUT", f"{self._notes}/{comment.id}", {"body": body})
        return True
