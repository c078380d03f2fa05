"""A server on loopback that stands in front of another one: it passes on, answers itself, or waits, as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

#: Headers that belong to one connection, or that the server and the client write themselves.
_OWN = {"connection", "content-encoding", "content-length", "date", "host", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Request:
    """One request as it came; ``path`` has its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        """Everything that the client sent."""
        lines = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join([*lines, "", self.body.decode()])


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Front:
    """Passes requests on to ``behind``, unless ``respond`` answers them; ``requests`` are all that came.

    :param behind: the base URL of the server behind; without one every request needs an answer from ``respond``.
    """

    def __init__(self, behind: str | None = None) -> None:
        self.respond: Callable[[Request, Callable[[], Answer]], Answer | None] = lambda _request, _pass: None
        self.requests: list[Request] = []
        self._behind = behind
        self._client = httpx.Client(trust_env=False, timeout=60, verify=False)  # loopback alone
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        own = self.respond(request, lambda: self._pass(request))
        return own if own is not None else self._pass(request)

    def _pass(self, request: Request) -> Answer:
        assert self._behind is not None, f"nothing stands behind, and nothing answers {request.method} {request.path}"
        response = self._client.request(
            request.method, self._behind + request.path, headers=request.headers, content=request.body
        )
        headers = {name: value for name, value in response.headers.items() if name not in _OWN}
        return Answer(response.status_code, response.content, headers)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                request = Request(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items() if name.lower() not in _OWN},
                    self.rfile.read(int(self.headers.get("content-length", 0))),
                )
                answer = front._answer(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@contextmanager
def front(behind: str | None = None) -> Iterator[Front]:
    """Run one until the end of the block."""
    running = Front(behind)
    try:
        yield running
    finally:
        running.close()
