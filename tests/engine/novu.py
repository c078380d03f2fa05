"""A client of the embedded Novu, which uses its HTTP API with the key of an environment."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

from novu_provider.emulator.server import Emulator
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings

#: Requests with another method than GET that do not write.
_READS = {("POST", "/v1/bridge/validate"), ("POST", "/v1/bridge/diff")}


class Server(Protocol):
    """An embedded Novu, in this process or in a separate one."""

    @property
    def url(self) -> str:
        """Its base URL."""

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
        """Return the code-first workflows by id."""
        api = NovuApi(Settings.read({"secretKey": self.key, "apiUrl": self._server.url}.get, {}))
        try:
            return {workflow.workflow_id: workflow for workflow in api.stored_workflows()}
        finally:
            api.close()

    def ids(self) -> set[str]:
        """Return the ids of the code-first workflows."""
        return set(self.stored())

    def bridge_url(self) -> str:
        """Return the stored bridge URL."""
        environment = self.call("GET", "/v1/environments/me")["data"]
        return (environment.get("bridge") or {}).get("url") or ""

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the JSON of the response."""
        # `verify=False`, also elsewhere in the tests: to load the certificate authorities for a request takes 20 ms.
        response = httpx.request(
            method, f"{self._server.url}{path}", headers=self._headers, trust_env=False, verify=False, **options
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def sync(self, bridge_url: str) -> None:
        """Sync as `npx novu sync` does."""
        self.call("POST", "/v1/bridge/sync?source=cli", json={"bridgeUrl": bridge_url}, timeout=60)


def writes(server: Emulator) -> list[str]:
    """Return the requests that write since the log was cleared, such as ``POST /v1/bridge/sync``."""
    return [
        f"{record.method} {record.path}"
        for record in server.requests
        if record.method != "GET" and (record.method, record.path) not in _READS
    ]
