"""Stores the HTML of previews for a sandboxed frame: no scripts, no requests, no access to the page."""

from __future__ import annotations

import secrets
from collections import OrderedDict

from starlette.responses import HTMLResponse, Response

_MAX_PREVIEWS = 20

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


class Previews:
    """The newest previews. Each has a random path."""

    def __init__(self) -> None:
        self._html: OrderedDict[str, str] = OrderedDict()

    def keep(self, html: str) -> str:
        """Store some HTML and return its id."""
        id_ = secrets.token_urlsafe(16)
        self._html[id_] = html
        while len(self._html) > _MAX_PREVIEWS:
            self._html.popitem(last=False)
        return id_

    def response(self, id_: str) -> Response | None:
        """Return the HTML with the headers of a sandbox, or `None` if it is no longer stored."""
        html = self._html.get(id_)
        if html is None:
            return None
        return HTMLResponse(html.encode("utf-8", "replace").decode(), headers=_HEADERS)
