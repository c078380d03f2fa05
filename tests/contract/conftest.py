"""Servers and bridges for the tests of behaviour that no single exchange shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.fake_bridge import FakeBridge, fake_bridge


class Client:
    """Novu's API as a test speaks to it, with one environment's key."""

    def __init__(self, novu: Emulator, http: httpx.Client) -> None:
        self.novu = novu
        self.http = http

    def sync(self, bridge: FakeBridge | str) -> httpx.Response:
        url = bridge if isinstance(bridge, str) else bridge.url
        return self.http.post("/v1/bridge/sync", json={"bridgeUrl": url})

    def workflows(self, **query: Any) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.http.get("/v2/workflows", params=query).json()["data"]["workflows"]
        return listed

    def ids(self) -> list[str]:
        """The identifiers of the first hundred workflows, sorted."""
        return sorted(workflow["workflowId"] for workflow in self.workflows(limit=100))

    def total(self) -> int:
        return int(self.http.get("/v2/workflows").json()["data"]["totalCount"])

    def workflow(self, workflow_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v2/workflows/{workflow_id}").json()["data"]
        return found

    def bridge_url(self) -> str | None:
        environment = self.http.get("/v1/environments/me").json()["data"]
        return environment["bridge"]["url"] if "bridge" in environment else None


Start = Callable[..., Client]


def _connect(stack: ExitStack, novu: Emulator) -> Client:
    # Nothing to verify on loopback; without it no certificates are read for each test.
    key = {"Authorization": f"ApiKey {novu.development_key}"}
    return Client(
        novu, stack.enter_context(httpx.Client(base_url=novu.url, headers=key, trust_env=False, verify=False))
    )


@pytest.fixture(scope="session")
def _plain() -> Iterator[Emulator]:
    """One server for all tests that set nothing: to stop one takes a fifth of a second."""
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as novu:
        yield novu


@pytest.fixture
def start(_plain: Emulator) -> Iterator[Start]:
    """Give an empty embedded Novu with the settings given, as a client with its Development key."""
    with ExitStack() as stack:

        def begin(**settings: Any) -> Client:
            if not settings:
                _plain.reset()
                return _connect(stack, _plain)
            config = EmulatorConfig(**{"bridge_retry_delay": 0, **settings})
            return _connect(stack, stack.enter_context(Emulator(config)))

        yield begin


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        yield running
