"""A tap on the line to Novu: passes every request on and keeps what was asked."""

from __future__ import annotations

import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

_READS = frozenset({"POST /v1/bridge/validate", "POST /v1/bridge/diff"})
"""Requests that change nothing although their method says so."""

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_SECONDS = 60


class Tap:
    """A server on loopback that stands between Pulumi and Novu while the context is open.

    :param target: Novu's base URL.
    """

    def __init__(self, target: str) -> None:
        self._requests: list[str] = []
        self._lock = threading.Lock()
        self._server = _Server(self, urlsplit(target).netloc)
        self._thread = threading.Thread(target=self._server.serve_forever, name="tap", daemon=True)

    def __enter__(self) -> Tap:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The base URL to use in Novu's place."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def note(self, request: str) -> None:
        """Keep one request, as `POST /v1/bridge/sync`."""
        with self._lock:
            self._requests.append(request)

    def take(self) -> tuple[int, list[str]]:
        """Give the number of requests since the last call, and those of them that write; then forget them."""
        with self._lock:
            requests, self._requests = self._requests, []
        return len(requests), [one for one in requests if not one.startswith("GET ") and one not in _READS]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # An idle connection must not keep the demo from ending.
    block_on_close = False

    def __init__(self, tap: Tap, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tap = tap
        self.target = target


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; with Nagle's algorithm the second waits 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def _pass_on(self) -> None:
        self.server.tap.note(f"{self.command} {urlsplit(self.path).path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = HTTPConnection(self.server.target, timeout=_SECONDS)
        try:
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except OSError as error:
            self.send_error(502, f"Novu does not answer ({error})")
            return
        finally:
            connection.close()
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the demo."""
