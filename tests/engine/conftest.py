"""The parts of an engine test: an embedded Novu, a real bridge, a stack."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.stack import Stack

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the engine and Node, so that `make test-fast` leaves it out."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture(scope="session")
def bridges() -> Iterator[BridgeProcess]:
    """One Node process with all bridges of the run."""
    with BridgeProcess() as process:
        yield process


@pytest.fixture
def novu() -> Iterator[Emulator]:
    """An empty Novu with its two environments."""
    with Emulator(EmulatorConfig(database=":memory:", bridge_retry_delay=0.05, bridge_timeout=2.0)) as server:
        yield server


class App:
    """A deployed application: a bridge whose workflows the test changes, in one environment."""

    def __init__(self, bridges: BridgeProcess, key: str) -> None:
        self.name = f"app-{next(_numbers)}"
        self.key = key
        self.workflows: list[specs.Spec] = []
        self.url = ""
        self._bridges = bridges

    def deploy(self, *workflows: specs.Spec, **bridge: Any) -> str:
        """Serve these workflows from now on."""
        self.workflows = list(workflows)
        self.url = self._bridges.put(self.name, specs.bridge(workflows, secret_key=self.key, **bridge))
        return self.url

    def undeploy(self) -> None:
        """Take the application down."""
        self._bridges.delete(self.name)


@pytest.fixture
def app(bridges: BridgeProcess, novu: Emulator) -> App:
    """The application of the Development environment, with three workflows."""
    application = App(bridges, novu.development_key)
    application.deploy(*specs.shop(3))
    return application


StackFactory = Callable[..., Stack]


@pytest.fixture
def make_stack(tmp_path: Path, novu: Emulator) -> StackFactory:
    """Make stacks that manage an application; by default in Development."""

    def make(application: App, name: str = "test", **options: Any) -> Stack:
        variables = {
            "NOVU_SECRET_KEY": application.key,
            "NOVU_API_URL": novu.url,
            "NOVU_BRIDGE_URL": application.url,
            **options.pop("variables", {}),
        }
        return Stack(tmp_path / name, variables, name=name, **options)

    return make


@pytest.fixture
def stack(app: App, make_stack: StackFactory) -> Stack:
    """The stack that manages ``app``."""
    return make_stack(app)
