"""Two applications with the real framework, an embedded Novu, and a gateway of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge.process import BridgeProcess
from tests.gateways.running import Server, find_program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need Node, for `-m "not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.node)


@pytest.fixture(scope="session")
def bridges() -> Iterator[BridgeProcess]:
    """One Node process with all bridges of the run."""
    with BridgeProcess() as process:
        yield process


@pytest.fixture
def novu() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(bridge_retry_delay=0.05)) as server:
        yield server


@pytest.fixture(params=["nginx", "caddy", "envoy"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A gateway without a configuration."""
    program: str = request.param
    if find_program(program) is None:
        # In CI a missing program is a failure, because a skipped test would hide it.
        assert not os.environ.get("CI"), f"{program} is not installed; run `make gateways`"
        pytest.skip(f"{program} is not installed; run `make gateways`")
    gateway = Server(program, tmp_path)
    yield gateway
    gateway.stop()
