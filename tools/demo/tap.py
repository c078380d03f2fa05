"""A proxy in front of Novu that records every request."""

from __future__ import annotations

import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

_READS = frozenset({"POST /v1/bridge/validate", "POST /v1/bridge/diff"})
"""POST requests that write nothing."""

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_SECONDS = 60


class Tap:
    """A proxy on loopback between Pulumi and Novu, while the context is open.

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
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The base URL of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def record(self, request: str) -> None:
        """Record one request, such as `POST /v1/bridge/sync`."""
        with self._lock:
            self._requests.append(request)

    def take(self) -> tuple[int, list[str]]:
        """Return the number of requests since the last call, and the write requests among them. Clear the record."""
        with self._lock:
            requests, self._requests = self._requests, []
        return len(requests), [
            request for request in requests if not request.startswith("GET ") and request not in _READS
        ]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # An idle connection must not delay the end of the demo.
    block_on_close = False

    def __init__(self, tap: Tap, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tap = tap
        self.target = target


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes. With Nagle's algorithm the second one waits 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def _forward(self) -> None:
        self.server.tap.record(f"{self.command} {urlsplit(self.path).path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = HTTPConnection(self.server.target, timeout=_SECONDS)
        try:
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            content = response.read()
        except OSError as error:
            self.send_error(502, f"Novu does not respond ({error})")
            return
        finally:
            connection.close()
        self.send_response_only(response.status, response.reason)
        for key, value in response.getheaders():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, because the demo uses the terminal."""
