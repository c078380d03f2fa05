"""A bridge on loopback that returns the responses that a test sets."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Document = dict[str, Any]

EMPTY_SCHEMA: Document = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@dataclass(frozen=True, kw_only=True)
class BridgeResponse:
    """A response. With `drop`, the bridge closes the connection instead; with `hang`, it never responds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False


def json_response(value: Any, status: int = 200) -> BridgeResponse:
    return BridgeResponse(status=status, body=json.dumps(value).encode(), headers={"content-type": "application/json"})


def html_response(status: int = 200) -> BridgeResponse:
    return BridgeResponse(
        status=status, body=b"<html><body>Sign in</body></html>", headers={"content-type": "text/html"}
    )


@dataclass(frozen=True, kw_only=True)
class BridgeRequest:
    """One request that the bridge received."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class FakeBridge:
    """Serves `workflows` and previews like a framework bridge. If set, `response` is the only response."""

    def __init__(self, path: str = "/api/novu") -> None:
        self.workflows: list[Document] = []
        self.response: BridgeResponse | None = None
        self.requests: list[BridgeRequest] = []
        self.gate: threading.Barrier | None = None
        self._closing = threading.Event()
        self._path = path
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # `_closing` ends hanging handlers. Closing the server joins them, so that no test leaves a thread behind.
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._path}"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def respond(self, request: BridgeRequest) -> BridgeResponse:
        if self.gate is not None:
            # Several syncs continue from here at the same time.
            self.gate.wait(timeout=10)
        if self.response is not None:
            return self.response
        if request.query.get("action") == "discover":
            return json_response({"workflows": self.workflows, "agents": []})
        if request.query.get("action") == "preview":
            return json_response(
                {"outputs": {"subject": "x", "body": "x"}, "providers": {}, "options": {"skip": False}}
            )
        return json_response({"status": "ok", "sdkVersion": "2.13.2", "frameworkVersion": "2024-06-26"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            #: Seconds. A browser opens connections in advance, on which it sends nothing.
            timeout = 5

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                request = BridgeRequest(
                    method=self.command,
                    path=parts.path,
                    query={name: values[-1] for name, values in parse_qs(parts.query).items()},
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("content-length", 0))),
                )
                bridge.requests.append(request)
                response = bridge.respond(request)
                if response.hang:
                    bridge._closing.wait(timeout=10)
                if response.drop or response.hang:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                if response.status != 204:
                    self.send_header("content-length", str(len(response.body)))
                self.end_headers()
                self.wfile.write(response.body)

            do_GET = do_POST = _serve

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


@contextmanager
def fake_bridge(path: str = "/api/novu") -> Iterator[FakeBridge]:
    bridge = FakeBridge(path)
    try:
        yield bridge
    finally:
        bridge.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """Reserve a port on loopback without listening on it."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield int(reserved.getsockname()[1])


def step(step_id: str, type_: str = "email", *, controls: Document | None = None) -> Document:
    """Return a step of a discover document."""
    return {
        "stepId": step_id,
        "type": type_,
        "controls": {"schema": controls or EMPTY_SCHEMA, "unknownSchema": {}},
        "outputs": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "results": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "code": "async () => ({})",
        "options": {},
        "providers": [],
    }


def workflow(workflow_id: str, *, steps: list[Document] | None = None, **fields: Any) -> Document:
    """Return a workflow of a discover document."""
    return {
        "workflowId": workflow_id,
        "severity": "none",
        "steps": [step("send")] if steps is None else steps,
        "code": "async () => {}",
        "payload": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "controls": {"schema": EMPTY_SCHEMA, "unknownSchema": {}},
        "tags": [],
        "preferences": {},
        **fields,
    }
