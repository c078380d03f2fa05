"""The embedded Novu as an HTTP server, for tests and programs. Use it as a context manager."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from types import TracebackType
from typing import Any

import uvicorn

from novu_provider.emulator.activity import RequestRecord
from novu_provider.emulator.app import create_app
from novu_provider.emulator.backend import Backend
from novu_provider.emulator.bridge.dashboard_writes import create_in_dashboard
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.responses import workflow_id as identifier_of
from novu_provider.emulator.data.store import Document

_GRACE_SECONDS = 1
"""How long running requests may take after the server was asked to stop."""


class Emulator:
    """An embedded Novu that runs in a thread of this process while the context is open.

    Port 0 chooses a free port. `requests` records each request.

        with Emulator(EmulatorConfig()) as novu:
            httpx.get(f"{novu.url}/v1/environments/me", headers={"Authorization": f"ApiKey {novu.development_key}"})
    """

    def __init__(self, config: EmulatorConfig | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.config = config or EmulatorConfig()
        self._address = (host, port)
        self._lock = threading.Lock()
        self._requests: list[RequestRecord] = []
        self._backend: Backend | None = None
        self._server: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and return once it accepts requests.

        Raises `OSError` if the port is in use, and `sqlite3.Error` if the database cannot be opened.
        """
        listener = _listen(*self._address)
        try:
            self._backend = Backend(self.config)
        except BaseException:
            listener.close()
            raise
        self._socket = listener
        app = create_app(backend=self._backend, observe=self._record)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._thread = threading.Thread(
            target=asyncio.run,
            args=(self._server.serve(sockets=[self._socket]),),
            name="embedded-novu",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop the server, wait for its thread and free its port. Do nothing if it is not running."""
        if self._server is None or self._thread is None or self._socket is None or self._backend is None:
            return
        self._backend.activity.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self._backend.close()
        self._server = self._thread = self._socket = self._backend = None

    @property
    def _running_backend(self) -> Backend:
        if self._backend is None:
            raise RuntimeError("The embedded Novu is not running.")
        return self._backend

    def _record(self, record: RequestRecord) -> None:
        with self._lock:
            self._requests.append(record)

    @property
    def url(self) -> str:
        """Base URL, `http://127.0.0.1:<port>`."""
        if self._socket is None:
            raise RuntimeError("The embedded Novu is not running.")
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def development_key(self) -> str:
        """Secret key of Development."""
        return self.config.development_key

    @property
    def production_key(self) -> str:
        """Secret key of Production."""
        return self.config.production_key

    @property
    def requests(self) -> list[RequestRecord]:
        """All requests since the start or the last `clear_requests`, as a copy."""
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        """Delete the record of requests."""
        with self._lock:
            self._requests.clear()

    def reset(self) -> None:
        """Delete the data of the running server and the record of requests.

        The environments get new ids and keep their keys. Before the reset, wait for writes that failed syncs started.
        """
        while self._running_backend.synchronizer.is_busy:
            time.sleep(0.005)
        self._running_backend.reset()
        self.clear_requests()

    def create_dashboard_workflow(
        self, environment: str = "Development", *, workflow_id: str = "made-in-dashboard", name: str | None = None
    ) -> str:
        """Store a workflow as the dashboard creates it, without a request. Return its identifier."""
        backend = self._running_backend
        fields: dict[str, Any] = {
            "name": name or workflow_id,
            "workflowId": workflow_id,
            "steps": [{"name": "In-App", "type": "in_app", "controlValues": {"body": "Hello"}}],
        }
        workflow = create_in_dashboard(backend.workflows, backend.environments.by_name(environment), fields)
        return identifier_of(workflow)

    def integration_credentials(self, identifier: str, environment: str = "Development") -> Document:
        """Return the stored credentials of an integration, which no response contains. Raises `KeyError` without it."""
        backend = self._running_backend
        stored = backend.integrations.with_identifier([backend.environments.by_name(environment)], identifier)
        if stored is None:
            raise KeyError(identifier)
        credentials: Document = stored["credentials"]
        return credentials

    def delete_agent(self, identifier: str, environment: str = "Development") -> None:
        """Delete an agent as the dashboard does, without a request."""
        backend = self._running_backend
        backend.store.delete("agent", backend.environments.by_name(environment).id, identifier)


def _listen(host: str, port: int) -> socket.socket:
    # `socket.create_server` does not set the protocol. asyncio turns Nagle's algorithm off only for sockets with the
    # protocol TCP. With the algorithm on, each response on a reused connection takes 40 ms.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
