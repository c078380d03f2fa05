"""A reverse proxy on loopback. A test decides whether it forwards a request, responds itself, or waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_HOP_BY_HOP_HEADERS = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "host",
    "server",
    "transfer-encoding",
}
"""Headers that belong to one connection, or that server and client write themselves. They are not forwarded."""


@dataclass(frozen=True)
class Request:
    """One request that the proxy received. `path` includes the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        """Return the whole request as text: request line, headers and body."""
        lines = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join([*lines, "", self.body.decode()])


@dataclass(frozen=True)
class Response:
    """One response of the proxy."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class InterceptingProxy:
    """Forwards requests to `upstream`, unless `respond` returns a response. `requests` records all requests.

    :param upstream: Base URL of the server to forward to. Without it, `respond` must return a response to each request.
    """

    def __init__(self, upstream: str | None = None) -> None:
        self.respond: Callable[[Request, Callable[[], Response]], Response | None] = lambda _request, _forward: None
        self.requests: list[Request] = []
        self._upstream = upstream
        self._client = httpx.Client(trust_env=False, timeout=60, verify=False)  # it connects only to loopback
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        """Base URL of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop the proxy."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()

    def _respond(self, request: Request) -> Response:
        self.requests.append(request)
        response = self.respond(request, lambda: self._forward(request))
        return response if response is not None else self._forward(request)

    def _forward(self, request: Request) -> Response:
        assert self._upstream is not None, f"no upstream and no response for {request.method} {request.path}"
        response = self._client.request(
            request.method, self._upstream + request.path, headers=request.headers, content=request.body
        )
        headers = {name: value for name, value in response.headers.items() if name not in _HOP_BY_HOP_HEADERS}
        return Response(response.status_code, response.content, headers)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                request = Request(
                    self.command,
                    self.path,
                    {
                        name.lower(): value
                        for name, value in self.headers.items()
                        if name.lower() not in _HOP_BY_HOP_HEADERS
                    },
                    self.rfile.read(int(self.headers.get("content-length", 0))),
                )
                response = proxy._respond(request)
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                if response.status != 204:
                    self.send_header("content-length", str(len(response.body)))
                self.end_headers()
                self.wfile.write(response.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@contextmanager
def intercepting_proxy(upstream: str | None = None) -> Iterator[InterceptingProxy]:
    """Run a proxy until the end of the block."""
    proxy = InterceptingProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
