"""What Novu holds and what the bridge declares, asked by the demo itself, past Pulumi and its state."""

from __future__ import annotations

from typing import Any

import httpx

from novu_provider.bridge.client import BridgeClient
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings


class Novu:
    """The environment that a key opens.

    :param url: Novu's base URL.
    """

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._key = key

    def registrations(self) -> dict[str, str]:
        """Give the digest of each code-first workflow that Novu holds, by the workflow's id."""
        api = NovuApi(Settings.read({"secretKey": self._key, "apiUrl": self.url}.get, {}))
        try:
            return {one.workflow_id: one.registration.digest for one in api.stored_workflows()}
        finally:
            api.close()

    def declared(self, bridge_url: str) -> dict[str, str]:
        """Give the digest of each workflow that a bridge declares, by the workflow's id."""
        bridge = BridgeClient.connect(bridge_url, self._key)
        try:
            return bridge.manifest().digests
        finally:
            bridge.close()

    def edit(self, workflow_id: str, **fields: Any) -> None:
        """Change a workflow as somebody with the key does (`PATCH /v2/workflows/{id}`)."""
        self._write("PATCH", workflow_id, json=fields)

    def delete(self, workflow_id: str) -> None:
        """Delete a workflow (`DELETE /v2/workflows/{id}`)."""
        self._write("DELETE", workflow_id)

    def _write(self, method: str, workflow_id: str, **content: Any) -> None:
        headers = {"Authorization": f"ApiKey {self._key}"}
        url = f"{self.url}/v2/workflows/{workflow_id}"
        httpx.request(method, url, headers=headers, trust_env=False, timeout=30, **content).raise_for_status()
