"""What a test asks the embedded Novu, as Novu's users do: over HTTP with an environment's key."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

from novu_provider.emulator.server import Emulator
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings

#: Methods and paths that write.
_READS = {("POST", "/v1/bridge/validate"), ("POST", "/v1/bridge/diff")}


class Server(Protocol):
    """An embedded Novu, in this process or in one of its own."""

    @property
    def url(self) -> str:
        """Where it listens."""

    @property
    def development_key(self) -> str:
        """The key of Development."""


class Environment:
    """One environment of the embedded Novu, by its key."""

    def __init__(self, server: Server, key: str | None = None) -> None:
        self._server = server
        self.key = key or server.development_key
        self._headers = {"Authorization": f"ApiKey {self.key}"}

    def stored(self) -> dict[str, StoredWorkflow]:
        """The code-first workflows by id."""
        api = NovuApi(Settings.read({"secretKey": self.key, "apiUrl": self._server.url}.get, {}))
        try:
            return {one.workflow_id: one for one in api.stored_workflows()}
        finally:
            api.close()

    def ids(self) -> set[str]:
        """The ids of the code-first workflows."""
        return set(self.stored())

    def bridge_url(self) -> str:
        """The stored bridge URL."""
        found = self.call("GET", "/v1/environments/me")["data"]
        return (found.get("bridge") or {}).get("url") or ""

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and give its JSON."""
        response = httpx.request(method, f"{self._server.url}{path}", headers=self._headers, trust_env=False, **options)
        response.raise_for_status()
        return response.json() if response.content else None

    def sync(self, bridge_url: str) -> None:
        """Do what `npx novu sync` does."""
        self.call("POST", "/v1/bridge/sync?source=cli", json={"bridgeUrl": bridge_url}, timeout=60)


def writes(server: Emulator) -> list[str]:
    """The writing requests since the log was cleared, as ``POST /v1/bridge/sync``."""
    return [
        f"{record.method} {record.path}"
        for record in server.requests
        if record.method != "GET" and (record.method, record.path) not in _READS
    ]
