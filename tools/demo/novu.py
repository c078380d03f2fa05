"""Reads Novu and the bridge, and writes to Novu, without Pulumi and its state."""

from __future__ import annotations

from typing import Any

import httpx

from novu_provider.bridge.client import BridgeClient
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings


class Novu:
    """The environment of a key.

    :param url: Novu's base URL.
    """

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._key = key

    def registrations(self) -> dict[str, str]:
        """Return the digests of the code-first workflows that Novu stores, by workflow id."""
        api = NovuApi(Settings.read({"secretKey": self._key, "apiUrl": self.url}.get, {}))
        try:
            return {workflow.workflow_id: workflow.registration.digest for workflow in api.stored_workflows()}
        finally:
            api.close()

    def declared(self, bridge_url: str) -> dict[str, str]:
        """Return the digests of the workflows that a bridge declares, by workflow id."""
        bridge = BridgeClient.connect(bridge_url, self._key)
        try:
            return bridge.manifest().digests
        finally:
            bridge.close()

    def edit(self, workflow_id: str, **fields: Any) -> None:
        """Change a workflow through the API (`PATCH /v2/workflows/{id}`)."""
        self._write("PATCH", workflow_id, json=fields)

    def delete(self, workflow_id: str) -> None:
        """Delete a workflow (`DELETE /v2/workflows/{id}`)."""
        self._write("DELETE", workflow_id)

    def _write(self, method: str, workflow_id: str, **content: Any) -> None:
        headers = {"Authorization": f"ApiKey {self._key}"}
        url = f"{self.url}/v2/workflows/{workflow_id}"
        httpx.request(method, url, headers=headers, trust_env=False, timeout=30, **content).raise_for_status()
