"""Comments on GitHub, through its GraphQL API.

GraphQL tells which comments belong to the token's account (``viewerDidAuthor``). The token of a job cannot ask REST for
its account. Source: GitHub's GraphQL reference, objects PullRequest and IssueComment, mutations addComment and
updateIssueComment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from novu_provider.errors import CommentFailed
from novu_provider.pipelines.comments import Comment, html_comment
from novu_provider.pipelines.comments.api import Api

_LIST = """
query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id
      comments(first: 100, after: $after) {
        nodes { id body viewerDidAuthor }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
_ADD = """
mutation ($subject: ID!, $body: String!) {
  addComment(input: {subjectId: $subject, body: $body}) { clientMutationId }
}
"""
_UPDATE = """
mutation ($id: ID!, $body: String!) {
  updateIssueComment(input: {id: $id, body: $body}) { clientMutationId }
}
"""


class GitHubPullRequest:
    """A pull request on GitHub or on GitHub Enterprise Server.

    :param url: the URL of the GraphQL API.
    :param repository: owner and name, as in ``example/shop``.
    """

    def __init__(
        self, url: str, token: str, repository: str, number: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.api = Api(
            "GitHub",
            url,
            {"Authorization": f"Bearer {token}"},
            token,
            "Give the job the permission `pull-requests: write`. Pull requests from forks have no such token.",
            transport=transport,
        )
        self._owner, _, self._name = repository.partition("/")
        self._number = number
        self._id = ""

    def hide(self, marker: str) -> str:
        """Return the marker as a comment of HTML."""
        return html_comment(marker)

    def own_comments(self) -> Iterator[Comment]:
        """Return the own comments from all pages."""
        after = None
        while True:
            found = self._pull_request(after)
            self._id = found["id"]
            for node in found["comments"]["nodes"]:
                if node["viewerDidAuthor"]:
                    yield Comment(node["id"], node["body"])
            page = found["comments"]["pageInfo"]
            if not page["hasNextPage"]:
                return
            after = page["endCursor"]

    def create(self, body: str) -> None:
        """Add a comment."""
        self._run(_ADD, subject=self._id or self._pull_request(None)["id"], body=body)

    def update(self, comment: Comment, body: str) -> bool:
        """Replace the text of an own comment."""
        self._run(_UPDATE, id=comment.id, body=body)
        return True

    def _pull_request(self, after: str | None) -> dict[str, Any]:
        data = self._run(_LIST, owner=self._owner, name=self._name, number=self._number, after=after)
        found: dict[str, Any] | None = (data.get("repository") or {}).get("pullRequest")
        if found is None:
            raise self.api.refused(404, f"no pull request {self._number} in {self._owner}/{self._name}")
        return found

    def _run(self, query: str, **variables: Any) -> dict[str, Any]:
        response = self.api.send("POST", "", {"query": query, "variables": variables})
        document = self.api.json(response)
        errors = document.get("errors") or ()
        if errors:
            # GraphQL reports them with the status 200.
            statuses = {"FORBIDDEN": 403, "NOT_FOUND": 404, "INSUFFICIENT_SCOPES": 403}
            status = statuses.get(str(errors[0].get("type")), response.status_code)
            raise self.api.refused(status, str(errors[0].get("message") or ""))
        data = document.get("data")
        if not isinstance(data, dict):
            raise CommentFailed(
                "GitHub returned no data.",
                why="The URL is not that of the GraphQL API.",
                fix="Set GITHUB_GRAPHQL_URL, for example to https://github.example.com/api/graphql.",
            )
        return data
