"""The embedded Novu, bridges with and without the real framework, and the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trustme

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.contract.fake_bridge import FakeBridge, fake_bridge, workflow
from tests.engine.novu import Environment
from tests.intercepting_proxy import InterceptingProxy, intercepting_proxy
from tests.unit.doctor.harness import Doctor

#: Integrations of every channel, so that none is missing by default.
CHANNELS = ("email", "in_app", "sms", "push", "chat")

Start = Callable[..., Doctor]


def _config(**values: Any) -> EmulatorConfig:
    return EmulatorConfig(**{"bridge_retry_delay": 0, "integrations": CHANNELS, **values})


@pytest.fixture(scope="session")
def _default_emulator() -> Iterator[Emulator]:
    """One server for all tests without settings, because stopping a server is slow."""
    with Emulator(_config()) as novu:
        yield novu


@pytest.fixture
def doctor(_default_emulator: Emulator) -> Doctor:
    """A doctor for an empty Novu."""
    _default_emulator.reset()
    return Doctor(_default_emulator)


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a doctor for an embedded Novu with these settings."""
    with ExitStack() as stack:
        yield lambda **values: Doctor(stack.enter_context(Emulator(_config(**values))))


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    """A configurable bridge that verifies no signature."""
    with fake_bridge() as server:
        server.workflows = [workflow("welcome"), workflow("order-shipped")]
        yield server


@pytest.fixture
def front_server(bridge: FakeBridge) -> Iterator[InterceptingProxy]:
    """A server in front of that bridge."""
    with intercepting_proxy(bridge.url.removesuffix("/api/novu")) as server:
        yield server


@pytest.fixture(scope="session")
def bridges() -> Iterator[BridgeProcess]:
    """Bridges on the real framework."""
    with BridgeProcess() as server:
        yield server


@pytest.fixture
def serve(bridges: BridgeProcess, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Return the URL of a real bridge with the key of Development. A second name creates a second bridge."""

    def put(
        *workflows: specs.Spec, name: str = "", key: str = "dec0de00dec0de00dec0de00dec0de00", **options: Any
    ) -> str:
        spec = specs.bridge(workflows or specs.shop(2), secret_key=key, **options)
        return bridges.put(f"{request.node.name}{name}", spec)

    return put


@pytest.fixture
def sync(doctor: Doctor) -> Callable[..., str]:
    """Sync a bridge URL as `novu sync` does, and return the URL."""

    def sync_url(url: str, key: str | None = None) -> str:
        Environment(doctor.novu, key).sync(url)
        return url

    return sync_url


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()
