"""Protects the page: only browsers on this machine open it, and only its own forms write.

The keys of the embedded Novu are public, and the page needs no key. Pages of other sites must therefore have no access
to it: not with requests, not in a frame, and not through a host name that resolves to 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

SERVED_BY_PAGE = "served_by_page"
"""The key in a request's state that keeps the page's own requests out of the record of API requests."""

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_LARGEST_FORM = 1_000_000
_TOKEN_FIELD = "token"  # noqa: S105 - the name of a form field

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With `no-referrer`, browsers send the origin of a form as `null`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestRefusal(Exception):
    """The page refuses a request. The message tells a developer why."""


class Guard:
    """Checks requests. Its token is valid until the server ends."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)

    def protect(self, handler: Handler) -> Handler:
        """Return a handler that checks the request first, and adds the security headers to the response."""

        async def serve(request: Request) -> Response:
            if request.url.path == "/" and "text/html" not in request.headers.get("accept", ""):
                # Only browsers ask for HTML. All other clients get Novu's own response.
                raise HTTPException(404)
            setattr(request.state, SERVED_BY_PAGE, True)
            try:
                self._check(request)
                if request.method == "POST":
                    await self._check_form(request)
            except RequestRefusal as error:
                return PlainTextResponse(f"{error}\n", 403, _HEADERS)
            response = await handler(request)
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return serve

    def _check(self, request: Request) -> None:
        if not _is_loopback(request.client.host if request.client else ""):
            raise RequestRefusal("The page of the embedded Novu opens only on the machine that runs it.")
        port = (request.scope.get("server") or ("", None))[1]
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in _allowed_hosts(port):
            raise RequestRefusal(f"The page of the embedded Novu opens only at http://127.0.0.1:{port}/.")
        site = request.headers.get("sec-fetch-site", "none")
        is_link = request.method in {"GET", "HEAD"} and request.headers.get("sec-fetch-mode") == "navigate"
        if site not in {"same-origin", "none"} and not is_link:
            raise RequestRefusal("Another site sent this request.")

    async def _check_form(self, request: Request) -> None:
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        if origin is None and site is None:
            raise RequestRefusal("The request does not say which page sent it: it has no header Origin.")
        if origin is not None and origin != f"http://{request.headers['host']}":
            raise RequestRefusal("Another site sent this form.")
        if site is not None and site != "same-origin":
            raise RequestRefusal("Another site sent this form.")
        form = await _read_form(request)
        if not secrets.compare_digest(form.get(_TOKEN_FIELD, "").encode(), self.token.encode()):
            raise RequestRefusal("The form is from an earlier run of the embedded Novu. Load the page again.")
        request.state.form = form


def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a checked form."""
    form: Mapping[str, str] = request.state.form
    return form


async def _read_form(request: Request) -> Mapping[str, str]:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _LARGEST_FORM:
        raise RequestRefusal("The form is too large.")
    text = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise RequestRefusal("The form has too many fields.") from error
    # Browsers send CRLF for a line break.
    return {name: value.replace("\r\n", "\n") for name, value in fields}


def _allowed_hosts(port: object) -> tuple[str, ...]:
    with_port = tuple(f"{name}:{port}" for name in _NAMES)
    # Browsers omit the default port of HTTP.
    return (*with_port, *_NAMES) if port == 80 else with_port


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)
