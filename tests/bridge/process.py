"""Controls the test bridges of `tests/bridge/server.js` from Python."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict, cast
from urllib.parse import quote

import httpx
from typing_extensions import Self

from .node import NodeServer

HERE = Path(__file__).parent
# One PUT may let the framework discover a thousand workflows.
CONTROL_SECONDS = 60


class LoggedRequest(TypedDict):
    """One request that a bridge received, including requests that met a fault."""

    method: str
    action: str | None
    at: int
    signed: bool
    query: dict[str, Any]
    userAgent: str | None


class BridgeProcess:
    """Many independent bridges in one Node process, each with a name.

    :param env: additional environment variables of the process.

    >>> with BridgeProcess() as bridges:  # doctest: +SKIP
    ...     url = bridges.put("shop", specs.bridge(specs.shop(3)))
    """

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = env
        self._open = ExitStack()
        self._client: httpx.Client | None = None
        self.url = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            server = stack.enter_context(NodeServer(HERE, self._env))
            self.url = str(json.loads(server.first_line)["url"])
            # Ignore the developer's proxy for loopback.
            client = httpx.Client(base_url=self.url, timeout=CONTROL_SECONDS, trust_env=False, verify=False)
            self._client = stack.enter_context(client)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def put(self, name: str, spec: Mapping[str, Any]) -> str:
        """Create or replace a bridge and return its URL. The log of requests remains.

        Raises ValueError with the framework's message if it refuses the spec.
        """
        response = self._control("PUT", name, json=spec)
        if response.status_code == 422:
            raise ValueError(response.json()["message"])
        response.raise_for_status()
        return str(response.json()["url"])

    def delete(self, name: str) -> None:
        """Delete a bridge. Its URL then returns 404."""
        self._control("DELETE", name).raise_for_status()

    def requests(self, name: str) -> list[LoggedRequest]:
        """Return all requests to a bridge, oldest first."""
        response = self._control("GET", name, "/requests").raise_for_status()
        return cast(list[LoggedRequest], response.json())

    def clear_requests(self, name: str) -> None:
        """Delete the log of requests to a bridge."""
        self._control("DELETE", name, "/requests").raise_for_status()

    def _control(
        self, method: str, name: str, suffix: str = "", json: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        if self._client is None:
            raise RuntimeError("the bridges are not running; use BridgeProcess as a context manager")
        return self._client.request(method, f"/__bridges/{quote(name, safe='')}{suffix}", json=json)
