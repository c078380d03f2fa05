"""Comments on a pull request of Bitbucket Cloud. Source: Bitbucket's REST API 2.0, Pullrequests and Users."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from novu_provider.pipelines.comments import Comment
from novu_provider.pipelines.comments.api import Api

#: The statuses of a token that may not read its own account, or not write a comment of another one.
_DENIED = (401, 403, 404)


class BitbucketPullRequest:
    """A pull request on Bitbucket Cloud.

    :param url: the URL of the API, as in ``https://api.bitbucket.org/2.0``.
    :param repository: workspace and repository, as in ``example/shop``.
    """

    def __init__(
        self, url: str, token: str, repository: str, number: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.api = Api(
            "Bitbucket",
            url.rstrip("/"),
            {"Authorization": f"Bearer {token}"},
            token,
            "Set BITBUCKET_TOKEN to a repository access token with the scope `pullrequest:write`.",
            transport=transport,
        )
        self._comments = f"/repositories/{repository}/pullrequests/{number}/comments"

    def hide(self, marker: str) -> str:
        """Return the marker as the definition of a link that nothing uses. Bitbucket shows comments of HTML."""
        return f"[//]: # ({marker})"

    def own_comments(self) -> Iterator[Comment]:
        """Return the own comments from all pages.

        A token of a repository may not read its account. Then all comments are returned: Bitbucket lets nobody change
        a comment of another account, and :meth:`update` returns False for it.
        """
        response = self.api.send("GET", "/user", allow=_DENIED)
        account = None if response.status_code in _DENIED else self.api.json(response).get("uuid")
        url = f"{self._comments}?pagelen=100&sort=created_on"
        while url:
            page = self.api.json(self.api.send("GET", url))
            for comment in page["values"]:
                author = (comment.get("user") or {}).get("uuid")
                if not comment.get("deleted") and account in (None, author):
                    yield Comment(str(comment["id"]), (comment.get("content") or {}).get("raw") or "")
            url = page.get("next")

    def create(self, body: str) -> None:
        """Add a comment."""
        self.api.send("POST", self._comments, {"content": {"raw": body}})

    def update(self, comment: Comment, body: str) -> bool:
        """Replace the text of a comment, unless it belongs to another account."""
        body_of_request = {"content": {"raw": body}}
        response = self.api.send("PUT", f"{self._comments}/{comment.id}", body_of_request, allow=(403,))
        return response.status_code != 403
