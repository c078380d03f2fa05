"""A bridge that answers what a test tells it to, on loopback."""

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
class Answer:
    """A response as it is sent; `drop` closes the connection instead, `hang` says nothing until the bridge closes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode(), headers={"content-type": "application/json"})


def html_answer(status: int = 200) -> Answer:
    return Answer(status=status, body=b"<html><body>Sign in</body></html>", headers={"content-type": "text/html"})


@dataclass(frozen=True, kw_only=True)
class BridgeRequest:
    """One request that the bridge got."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class FakeBridge:
    """Serves `workflows` and previews like a framework bridge, or `answer` to everything while that is set."""

    def __init__(self, path: str = "/api/novu") -> None:
        self.workflows: list[Document] = []
        self.answer: Answer | None = None
        self.requests: list[BridgeRequest] = []
        self.gate: threading.Barrier | None = None
        self._closing = threading.Event()
        self._path = path
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # Handlers that hang are told by `_closing`; joined, so that no test leaves a thread behind.
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

    def respond(self, request: BridgeRequest) -> Answer:
        if self.gate is not None:
            # Lets several syncs go on from here at the same time.
            self.gate.wait(timeout=10)
        if self.answer is not None:
            return self.answer
        if request.query.get("action") == "discover":
            return json_answer({"workflows": self.workflows, "agents": []})
        if request.query.get("action") == "preview":
            return json_answer({"outputs": {"subject": "x", "body": "x"}, "providers": {}, "options": {"skip": False}})
        return json_answer({"status": "ok", "sdkVersion": "2.13.2", "frameworkVersion": "2024-06-26"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bridge = self

        class Handler(BaseHTTPRequestHandler):
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
                answer = bridge.respond(request)
                if answer.hang:
                    bridge._closing.wait(timeout=10)
                if answer.drop or answer.hang:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

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
    """A port on loopback on which nobody listens, kept from being taken by somebody else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def step(step_id: str, type_: str = "email", *, controls: Document | None = None) -> Document:
    """A step as discover declares it."""
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
    """A workflow as discover declares it."""
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
