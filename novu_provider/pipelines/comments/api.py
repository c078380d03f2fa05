"""Requests to the API of a CI system. The token is sent to one host only, and it is in no message."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from novu_provider.errors import CommentFailed
from novu_provider.http.bodies import NO_JSON, read_json
from novu_provider.http.client import build_client
from novu_provider.http.redaction import Redactor
from novu_provider.text.untrusted import make_visible

#: The most characters of a message of the API.
_MAX_LENGTH = 500


class Api:
    """The API of one system.

    :param name: the name of the system in messages.
    :param url: the base URL.
    :param headers: the headers with the token.
    :param token: the token, for its removal from messages.
    :param permission: how the token gets the permission to comment, as a sentence.
    :param transport: replaces the network in tests.
    """

    def __init__(
        self,
        name: str,
        url: str,
        headers: dict[str, str],
        token: str,
        permission: str,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name = name
        self._url = url
        self._permission = permission
        self._redactor = Redactor((token,))
        self._client = build_client(headers={"Accept": "application/json", **headers}, transport=transport)

    def send(self, method: str, url: str, body: Any = None, allow: tuple[int, ...] = ()) -> httpx.Response:
        """Send a request.

        :param url: a path below the base URL, or a URL of the same origin, such as that of a next page.
        :param allow: statuses of errors that the caller handles.
        :raises CommentFailed: no response, an error, or a URL of another origin.
        """
        target = url if "://" in url else self._url + url
        if _origin(target) != _origin(self._url):
            raise CommentFailed(
                f"{self.name} refers to another host: {make_visible(urlsplit(target).netloc)}.",
                why="The API is behind a proxy that does not rewrite its links. The token is sent to no other host.",
                fix="Set the public URL of the server in its configuration.",
            )
        try:
            response = self._client.request(method, target, json=body) if body else self._client.request(method, target)
        except httpx.HTTPError as error:
            message = make_visible(self._redactor.clean(error), _MAX_LENGTH)
            raise CommentFailed(
                f"{self.name} is not reachable at {self._url}: {message}.",
                why="The network of the job has no access to it, or the server is down.",
                fix="Check the URL, and run the job again.",
            ) from None
        if response.status_code >= 300 and response.status_code not in allow:
            raise self.refused(response.status_code, self._message(response))
        return response

    def json(self, response: httpx.Response) -> Any:
        """Return the JSON of a response.

        :raises CommentFailed: the response is something else.
        """
        document = read_json(response)
        if document is NO_JSON:
            raise CommentFailed(
                f"{self.name} returned {response.status_code} without JSON at {self._url}.",
                why="The URL is not that of the API, or a login page answers in front of it.",
                fix="Check the URL of the API.",
            )
        return document

    def refused(self, status: int, message: str) -> CommentFailed:
        """Return the error for a request that the system refused."""
        cleaned = make_visible(self._redactor.clean(message), _MAX_LENGTH)
        what = f"{self.name} refused the comment ({status}){f': {cleaned}' if cleaned else ''}."
        if status in (401, 403, 404):
            return CommentFailed(
                what,
                why="The token is invalid, or it may not comment on this pull request.",
                fix=f"Use a token that may comment. {self._permission}",
            )
        return CommentFailed(
            what,
            why="The comment is too long for the system, the pull request is locked, or the server has a problem.",
            fix="Fix the problem in the message, and run the job again.",
        )

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _message(self, response: httpx.Response) -> str:
        document = read_json(response)
        message = document.get("message") or document.get("error") if isinstance(document, dict) else None
        return str(message.get("message") if isinstance(message, dict) else message or "")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
