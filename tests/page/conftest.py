"""Fixtures: an emulator, a bridge, and a client that sends requests like a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.fake_bridge import FakeBridge, fake_bridge, step, workflow

HTML = {"Accept": "text/html,application/xhtml+xml"}
CONTROLS = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "default": "Hello", "maxLength": 20},
        "retries": {"type": "integer", "default": 1},
        "urgent": {"type": "boolean"},
        "color": {"type": "string", "enum": ["red", "blue"]},
        "data": {"type": "object"},
    },
    "additionalProperties": False,
}


class Browser:
    """Reads pages and sends their forms, with the headers that a browser sends."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.http = httpx.Client(base_url=emulator.url, headers=HTML, trust_env=False, verify=False)

    def page(self, path: str = "/") -> str:
        response = self.http.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def token(self) -> str:
        match = re.search(r'name="token" value="([^"]+)"', self.page())
        assert match
        return match.group(1)

    def send(self, path: str, fields: dict[str, Any] | None = None, **headers: str | None) -> httpx.Response:
        """Send a form. A header with the value `None` is not sent."""
        changed_headers = {name.replace("_", "-").title(): value for name, value in headers.items()}
        all_headers = {"Origin": self.emulator.url, "Sec-Fetch-Site": "same-origin", **changed_headers}
        data = {"token": self.token(), **(fields or {})}
        sent_headers = {name: value for name, value in all_headers.items() if value is not None}
        return self.http.post(path, data=data, headers=sent_headers)

    def api(self, method: str, path: str, *, production: bool = False, **options: Any) -> Any:
        """Call Novu's API as a client."""
        key = self.emulator.production_key if production else self.emulator.development_key
        headers = {"Authorization": f"ApiKey {key}", "Accept": "application/json"}
        response = self.http.request(method, path, headers=headers, **options)
        response.raise_for_status()
        return response.json()["data"] if response.content else None

    def sync(self, bridge: FakeBridge, *, production: bool = False) -> None:
        self.api("POST", "/v1/bridge/sync", production=production, json={"bridgeUrl": bridge.url})

    def workflow_path(self, workflow_id: str, environment: str = "Development") -> str:
        stored = self.api("GET", f"/v2/workflows/{workflow_id}", production=environment == "Production")
        return f"/local/{environment}/workflows/{stored['_id']}"

    def step_path(self, workflow_id: str, environment: str = "Development") -> str:
        """Return the path of the first step."""
        stored = self.api("GET", f"/v2/workflows/{workflow_id}", production=environment == "Production")
        return f"/local/{environment}/workflows/{stored['_id']}/steps/{stored['steps'][0]['_id']}"


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as emulator:
        yield emulator


@pytest.fixture
def browser(_emulator: Emulator) -> Iterator[Browser]:
    """A browser on an empty emulator."""
    _emulator.reset()
    client = Browser(_emulator)
    with client.http:
        yield client


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    """A bridge with one workflow of one step."""
    with fake_bridge() as server:
        server.workflows = [workflow("welcome", steps=[step("mail", controls=CONTROLS)])]
        yield server
