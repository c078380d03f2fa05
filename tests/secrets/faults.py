"""Servers at their worst: answers that repeat everything they were sent, the secrets too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.intercepting_proxy import InterceptingProxy, Request, Response

Echo = Callable[[Request, int], Response]

#: Shortens the pauses of the retries.
_SOON = {"retry-after": "1"}


def novu_json(request: Request, status: int) -> Response:
    """Novu's form of an error, all texts of it filled: Novu repeats the key itself in one of its 401."""
    said = request.text()
    body = {"statusCode": status, "message": said, "error": said, "errors": {"general": {"messages": [said]}}}
    return Response(status, json.dumps(body).encode(), {"content-type": "application/json", **_SOON})


def html(request: Request, status: int) -> Response:
    """A gateway's debugging page."""
    page = f"<html><pre>{request.text()}</pre></html>"
    return Response(status, page.encode(), {"content-type": "text/html", **_SOON})


def signature(request: Request, status: int) -> Response:
    """The framework's refusal of a signature."""
    body = {"code": "SignatureMismatchError", "message": request.text()}
    return Response(status, json.dumps(body).encode(), {"content-type": "application/json"})


def elsewhere(request: Request, status: int) -> Response:
    """A login page's redirect: it takes the address along, the token in it too."""
    return Response(status, b"", {"location": f"https://login.invalid{request.path}&next={request.path}"})


#: Novu's: the request that is answered, how, the command that meets it, and what the user then reads.
OF_NOVU: tuple[tuple[str, str, Echo, int, str, str], ...] = (
    ("GET", "/v1/environments/me", novu_json, 401, "preview", "rejected the secret key"),
    ("GET", "/v1/environments/me", novu_json, 403, "preview", "denied the request"),
    ("GET", "/v1/environments/me", html, 500, "preview", "returned 500"),
    ("GET", "/v1/environments/me", html, 200, "preview", "not a Novu API response"),
    ("GET", "/v2/workflows", novu_json, 422, "preview", "refuses"),
    ("GET", "/v1/workflows", novu_json, 401, "refresh", "rejected the secret key"),
    ("POST", "/v1/bridge/sync", novu_json, 400, "up", "refused the sync"),
    ("DELETE", "/v2/workflows", novu_json, 403, "destroy", "denied the request"),
)

#: The bridge's.
OF_THE_BRIDGE: tuple[tuple[Echo, int, str], ...] = (
    (html, 500, "returned 500"),
    (html, 200, "returned a web page"),
    (novu_json, 401, "requires a login"),
    (novu_json, 502, "returned 502"),
    (novu_json, 200, "no discover document"),
    (signature, 401, "rejected the signature"),
    (elsewhere, 307, "redirects to"),
)


@contextmanager
def fault(place: InterceptingProxy, echo: Echo, status: int, method: str = "GET", path: str = "/") -> Iterator[None]:
    """Answer requests with this method whose path begins so."""

    def respond(request: Request, _pass: Callable[[], Response]) -> Response | None:
        return echo(request, status) if request.method == method and request.path.startswith(path) else None

    with answered_by(place, respond):
        yield


@contextmanager
def lost_answer(place: InterceptingProxy, path: str) -> Iterator[None]:
    """Let a POST through, and answer with a gateway's page in place of what came back."""

    def respond(request: Request, forward: Callable[[], Response]) -> Response | None:
        if request.method != "POST" or not request.path.startswith(path):
            return None
        forward()
        return html(request, 502)

    with answered_by(place, respond):
        yield


@contextmanager
def answered_by(
    place: InterceptingProxy, respond: Callable[[Request, Callable[[], Response]], Response | None]
) -> Iterator[None]:
    """Have a server answer so until the end of the block."""
    before, place.respond = place.respond, respond
    try:
        yield
    finally:
        place.respond = before
