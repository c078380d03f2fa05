"""Emulators and bridges for tests of behavior that no single recording shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.fake_bridge import FakeBridge, fake_bridge


class Client:
    """A client of the emulator's API with the Development key."""

    def __init__(self, emulator: Emulator, http: httpx.Client) -> None:
        self.emulator = emulator
        self.http = http

    def sync(self, bridge: FakeBridge | str) -> httpx.Response:
        url = bridge if isinstance(bridge, str) else bridge.url
        return self.http.post("/v1/bridge/sync", json={"bridgeUrl": url})

    def workflows(self, **query: Any) -> list[dict[str, Any]]:
        workflows: list[dict[str, Any]] = self.http.get("/v2/workflows", params=query).json()["data"]["workflows"]
        return workflows

    def workflow_ids(self) -> list[str]:
        """Return the sorted identifiers of the first hundred workflows."""
        return sorted(workflow["workflowId"] for workflow in self.workflows(limit=100))

    def total(self) -> int:
        return int(self.http.get("/v2/workflows").json()["data"]["totalCount"])

    def workflow(self, workflow_id: str) -> dict[str, Any]:
        workflow: dict[str, Any] = self.http.get(f"/v2/workflows/{workflow_id}").json()["data"]
        return workflow

    def bridge_url(self) -> str | None:
        environment = self.http.get("/v1/environments/me").json()["data"]
        return environment["bridge"]["url"] if "bridge" in environment else None


Start = Callable[..., Client]


def _connect(stack: ExitStack, emulator: Emulator) -> Client:
    # Loopback needs no verification. It would load the certificates in each test.
    key = {"Authorization": f"ApiKey {emulator.development_key}"}
    return Client(
        emulator, stack.enter_context(httpx.Client(base_url=emulator.url, headers=key, trust_env=False, verify=False))
    )


@pytest.fixture(scope="session")
def _default_emulator() -> Iterator[Emulator]:
    """One emulator for all tests with default settings, because stopping one takes 0.2 s."""
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as emulator:
        yield emulator


@pytest.fixture
def start(_default_emulator: Emulator) -> Iterator[Start]:
    """Return a function that starts an empty emulator with some settings and returns a client for it."""
    with ExitStack() as stack:

        def start_emulator(**settings: Any) -> Client:
            if not settings:
                _default_emulator.reset()
                return _connect(stack, _default_emulator)
            config = EmulatorConfig(**{"bridge_retry_delay": 0, **settings})
            return _connect(stack, stack.enter_context(Emulator(config)))

        yield start_emulator


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        yield running
