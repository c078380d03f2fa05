"""Error responses that repeat the whole request, including its secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.intercepting_proxy import InterceptingProxy, Request, Response

Echo = Callable[[Request, int], Response]

_RETRY_SOON = {"retry-after": "1"}
"""Shortens the pause before a retry."""


def novu_json(request: Request, status: int) -> Response:
    """Return an error in Novu's format that repeats the request. One of Novu's 401 errors repeats the key."""
    text = request.text()
    body = {"statusCode": status, "message": text, "error": text, "errors": {"general": {"messages": [text]}}}
    return Response(status, json.dumps(body).encode(), {"content-type": "application/json", **_RETRY_SOON})


def html(request: Request, status: int) -> Response:
    """Return a gateway's error page that repeats the request."""
    page = f"<html><pre>{request.text()}</pre></html>"
    return Response(status, page.encode(), {"content-type": "text/html", **_RETRY_SOON})


def signature(request: Request, status: int) -> Response:
    """Return the framework's error for an invalid signature."""
    body = {"code": "SignatureMismatchError", "message": request.text()}
    return Response(status, json.dumps(body).encode(), {"content-type": "application/json"})


def elsewhere(request: Request, status: int) -> Response:
    """Return a redirect to a login page. Its URL contains the requested URL with the token."""
    return Response(status, b"", {"location": f"https://login.invalid{request.path}&next={request.path}"})


NOVU_FAULTS: tuple[tuple[str, str, Echo, int, str, str], ...] = (
    ("GET", "/v1/environments/me", novu_json, 401, "preview", "rejected the secret key"),
    ("GET", "/v1/environments/me", novu_json, 403, "preview", "denied the request"),
    ("GET", "/v1/environments/me", html, 500, "preview", "returned 500"),
    ("GET", "/v1/environments/me", html, 200, "preview", "not a Novu API response"),
    ("GET", "/v2/workflows", novu_json, 422, "preview", "Novu refused"),
    ("GET", "/v1/workflows", novu_json, 401, "refresh", "rejected the secret key"),
    ("POST", "/v1/bridge/sync", novu_json, 400, "up", "refused the sync"),
    ("DELETE", "/v2/workflows", novu_json, 403, "destroy", "denied the request"),
)
"""Method, path and response of the request that fails, the command that sends it, and the text that it prints."""

BRIDGE_FAULTS: tuple[tuple[Echo, int, str], ...] = (
    (html, 500, "returned 500"),
    (html, 200, "returned a web page"),
    (novu_json, 401, "requires a login"),
    (novu_json, 502, "returned 502"),
    (novu_json, 200, "no discover document"),
    (signature, 401, "rejected the signature"),
    (elsewhere, 307, "redirects to"),
)
"""A response of the bridge, its status, and the text that the preview prints."""


@contextmanager
def fault(server: InterceptingProxy, echo: Echo, status: int, method: str = "GET", path: str = "/") -> Iterator[None]:
    """Respond with an error to requests with this method and path prefix."""

    def respond(request: Request, _forward: Callable[[], Response]) -> Response | None:
        return echo(request, status) if request.method == method and request.path.startswith(path) else None

    with responding_with(server, respond):
        yield


@contextmanager
def lost_response(server: InterceptingProxy, path: str) -> Iterator[None]:
    """Forward a POST, but replace its response by a gateway's error page."""

    def respond(request: Request, forward: Callable[[], Response]) -> Response | None:
        if request.method != "POST" or not request.path.startswith(path):
            return None
        forward()
        return html(request, 502)

    with responding_with(server, respond):
        yield


@contextmanager
def responding_with(
    server: InterceptingProxy, respond: Callable[[Request, Callable[[], Response]], Response | None]
) -> Iterator[None]:
    """Set the response of a server until the end of the block."""
    before, server.respond = server.respond, respond
    try:
        yield
    finally:
        server.respond = before
