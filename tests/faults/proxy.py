"""A proxy on loopback that fails on command.

One stands between the provider and Novu, another before the bridge, where Novu's own requests pass as well. Each
connection carries one request, so that a connection can be refused between any two of them.
"""

from __future__ import annotations

import enum
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from urllib.parse import urlsplit

from typing_extensions import Self

#: Longer than any response takes. A stall ends when the client disconnects or the proxy stops.
_SECONDS = 60


class Fault(enum.Enum):
    """The faults of a request. The comment says whether the request reaches the server."""

    REFUSED = "connection refused"  # no
    RESET_BEFORE = "reset before"  # no
    RESET_AFTER = "reset after it was applied"  # yes
    STALL = "stall past the time-out"  # yes
    TOO_MANY = "429 with Retry-After"  # no
    ERROR = "500"  # no
    GATEWAY = "502 HTML"  # yes: a gateway that gave up waiting
    UNAVAILABLE = "503"  # no
    TRUNCATED = "truncated JSON"  # yes
    OTHER_SET = "response for another workflow set"  # reads only


_APPLIED = {Fault.RESET_AFTER, Fault.STALL, Fault.GATEWAY, Fault.TRUNCATED}

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True)
class Call:
    """One request as it was seen: the method, and the path without its query."""

    method: str
    path: str
    #: Whether Novu sent it, rather than the provider.
    by_novu: bool = False


@dataclass(frozen=True)
class Response:
    """One response to the client."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, document: object) -> Response:
        """Return a response with JSON."""
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json; charset=utf-8"})


#: Returns the fault that a request meets. None forwards it.
Rotation = Callable[[Call], "Fault | None"]

#: Forwards a request, to the upstream server or to another one, and returns its response.
Forward = Callable[..., Response]

#: Returns the response for another workflow set.
ForeignResponse = Callable[[Call, Forward], Response]


@dataclass
class _ArmedFault:
    fault: Fault
    call: Call
    #: Requests before the one that fails.
    position: int
    #: False lets the same call through the next time.
    lasting: bool
    met: int = 0


class FaultProxy:
    """Forwards to ``upstream`` until armed. Runs in threads of this process while the context is open.

    ``foreign_response`` gives the answers of :attr:`Fault.OTHER_SET`.

    :param path: where the one path of the upstream's URL is served here; without it paths are kept.
    """

    def __init__(self, path: str | None = None) -> None:
        self.upstream = ""
        self.foreign_response: ForeignResponse = lambda _, forward: forward()
        #: The header ``Retry-After`` of :attr:`Fault.TOO_MANY`, in seconds.
        self.retry_after = "1"
        self._path = path
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._armed: _ArmedFault | None = None
        self._rotation: Rotation | None = None
        #: Each request that met a fault of the rotation, in the order of arrival.
        self._failed: list[tuple[Call, Fault]] = []
        #: The requests that have failed and whose repetition has not arrived.
        self._to_repeat: set[tuple[Call, str]] = set()
        self._listening = threading.Event()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        # Keeps the port while nothing listens there.
        self._held = _bound(0)
        self._socket = self._held

    def __enter__(self) -> Self:
        self._listen()
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._refuse()
        self._listening.set()
        for thread in self._threads:
            thread.join()
        self._held.close()

    @property
    def url(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self._held.getsockname()[1]}{self._path or ''}"

    @property
    def calls(self) -> list[Call]:
        """The requests since :meth:`forget`, also those that failed. A refused connection is no request."""
        with self._lock:
            return list(self._calls)

    @property
    def met(self) -> bool:
        """Whether the armed fault met its request. For a refused connection: whether the port was closed."""
        with self._lock:
            return self._armed is not None and self._armed.met > 0

    @property
    def failed(self) -> list[tuple[Call, Fault]]:
        """The requests that failed since :meth:`arm_each`, each with its fault."""
        with self._lock:
            return list(self._failed)

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._calls.clear()

    def arm(self, fault: Fault, call: Call, position: int, *, lasting: bool) -> None:
        """Let a request fail.

        :param call: which one; :attr:`Call.path` may end in ``*``.
        :param position: how many requests come before it, from now on.
        :param lasting: also every later request of the same kind, until disarmed.
        """
        with self._lock:
            self._calls.clear()
            self._armed = _ArmedFault(fault, call, position, lasting)
            if fault is Fault.REFUSED and position == 0:
                self._armed.met = 1
                self._refuse()

    def arm_each(self, rotation: Rotation) -> None:
        """Let every request fail once, with the fault that ``rotation`` chooses, and forward its repetition.

        Of the requests with one method and one target, every second one is forwarded as a repetition.
        """
        with self._lock:
            self._calls.clear()
            self._rotation = rotation
            self._failed.clear()
            self._to_repeat.clear()

    def disarm(self) -> None:
        """Forward everything again."""
        with self._lock:
            self._armed = None
            self._rotation = None
            if not self._listening.is_set():
                self._listen()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="fault-proxy", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _listen(self) -> None:
        self._socket = _bound(self._held.getsockname()[1])
        self._socket.listen(64)
        self._listening.set()

    def _refuse(self) -> None:
        if self._listening.is_set():
            self._listening.clear()
            # Refuses connections at once and wakes the thread that accepts.
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            self._listening.wait()
            try:
                connection, _ = self._socket.accept()
            except OSError:
                # The proxy refuses connections or stops.
                continue
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            # The base class asks nothing of a server.
            _Handler(connection, ("", 0), self)  # type: ignore[arg-type]

    def meet(self, call: Call, target: str) -> Fault | None:
        """Record a request and return the fault that it meets."""
        with self._lock:
            position = len(self._calls)
            self._calls.append(call)
            if self._rotation is not None:
                return self._rotate(self._rotation, call, target)
            armed = self._armed
            if armed is None or armed.fault is Fault.REFUSED or not _matches(armed.call, call):
                return None
            if position < armed.position or (armed.met and not armed.lasting):
                return None
            armed.met += 1
            return armed.fault

    def _rotate(self, rotation: Rotation, call: Call, target: str) -> Fault | None:
        if (call, target) in self._to_repeat:
            self._to_repeat.remove((call, target))
            return None
        fault = rotation(call)
        if fault is not None:
            self._to_repeat.add((call, target))
            self._failed.append((call, fault))
        return fault

    def close_if_next_is_refused(self) -> None:
        """Refuse connections from now on, if the armed fault is a refusal. Called before each response."""
        with self._lock:
            armed = self._armed
            if armed and armed.fault is Fault.REFUSED and not armed.met and len(self._calls) >= armed.position:
                armed.met = 1
                self._refuse()

    def answer(self, call: Call, fault: Fault | None, target: str, headers: dict[str, str], body: bytes) -> Response:
        """Return the response to a request, with its fault."""

        def forward(upstream: str | None = None) -> Response:
            return self._forward(upstream or self.upstream, call.method, target, headers, body)

        if fault is Fault.OTHER_SET:
            return self.foreign_response(call, forward)
        if fault is None or fault in _APPLIED:
            forwarded = forward()
            if fault is Fault.TRUNCATED:
                cut = forwarded.body[: len(forwarded.body) // 2] or b'{"data": {"_i'
                status = 200 if forwarded.status == 204 else forwarded.status
                return Response(status, cut, {"Content-Type": "application/json"})
            if fault is Fault.GATEWAY:
                return Response(502, _HTML, {"Content-Type": "text/html"})
            return forwarded
        if fault is Fault.TOO_MANY:
            limited = Response.of(429, {"statusCode": 429, "message": "API rate limit exceeded"})
            return Response(429, limited.body, {**limited.headers, "Retry-After": self.retry_after})
        if fault is Fault.ERROR:
            return Response.of(500, {"statusCode": 500, "message": "Internal server error"})
        return Response(503, b"upstream connect error", {"Content-Type": "text/plain"})

    def _forward(self, upstream: str, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        parts = urlsplit(upstream)
        if self._path is not None:
            target = parts.path + target.removeprefix(self._path)
        connection = HTTPConnection(parts.netloc, timeout=_SECONDS)
        try:
            connection.request(method, target, body or None, headers)
            response = connection.getresponse()
            return Response(response.status, response.read(), dict(response.getheaders()))
        except (OSError, HTTPException):
            return Response(502, b"nothing is behind this proxy", {"Content-Type": "text/plain"})
        finally:
            connection.close()

    def wait_for_the_client(self, connection: socket.socket) -> None:
        """Hold a request until the client disconnects."""
        connection.settimeout(0.1)
        while not self._stopped.is_set():
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


def _bound(port: int) -> socket.socket:
    """Take a port without listening at it."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    return taken


def _matches(wanted: Call, seen: Call) -> bool:
    parts = list(zip(wanted.path.split("/"), seen.path.split("/"), strict=False))
    same_path = wanted.path.count("/") == seen.path.count("/") and all(
        part == other or (part == "*" and other) for part, other in parts
    )
    return same_path and seen.method == wanted.method and seen.by_novu == wanted.by_novu


_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy  # type: ignore[assignment]
    connection: socket.socket

    def _serve(self) -> None:
        self.close_connection = True
        proxy = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        by_novu = self.headers.get("User-Agent", "").startswith("novu-safe-outbound")
        call = Call(self.command, self.path.split("?", maxsplit=1)[0], by_novu)
        fault = proxy.meet(call, self.path)
        if fault is Fault.RESET_BEFORE:
            self._reset()
            return
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("connection", "host")}
        answer = proxy.answer(call, fault, self.path, headers, body)
        if fault is Fault.STALL:
            proxy.wait_for_the_client(self.connection)
            return
        if fault is Fault.RESET_AFTER:
            self._reset()
            return
        proxy.close_if_next_is_refused()
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _send(self, answer: Response) -> None:
        self.send_response_only(answer.status)
        for key, value in answer.headers.items():
            if key.lower() not in _HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Connection", "close")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        try:
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(answer.body)
        except OSError:
            # The client has timed out, or was killed.
            return

    def _reset(self) -> None:
        # Closed without lingering, so that the client sees a reset rather than an end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: object) -> None:
        pass
