"""Fixtures of the engine tests: an embedded Novu, a real bridge and a stack."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    """Mark tests that need the engine and Node, for `-m "not engine and not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture(scope="session")
def bridges() -> Iterator[BridgeProcess]:
    """One Node process with all bridges of the run."""
    with BridgeProcess() as process:
        yield process


def _emulator(database: str) -> Emulator:
    return Emulator(EmulatorConfig(database=database, bridge_retry_delay=0.05, bridge_timeout=2.0))


@pytest.fixture
def novu(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Emulator]:
    """A Novu with two environments. Development is empty, or as after `first_up` if the test uses `managed`."""
    database = ":memory:"
    if "managed" in request.fixturenames:
        first: FirstUp = request.getfixturevalue("first_up")
        database = str(shutil.copyfile(first.database, tmp_path / "novu.sqlite3"))
    with _emulator(database) as server:
        yield server


class App:
    """A deployed application: a bridge whose workflows the test changes, in one environment.

    :param name: determines its URL. By default the URL is unique.
    """

    def __init__(self, bridges: BridgeProcess, key: str, name: str | None = None) -> None:
        self.name = name or f"app-{next(_numbers)}"
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
        """Remove the application. Its URL then returns 404."""
        self._bridges.delete(self.name)


def _application(bridges: BridgeProcess, novu: Emulator) -> App:
    """Deploy the application of the Development environment. `first_up` requires a constant URL."""
    application = App(bridges, novu.development_key, "app")
    application.deploy(*specs.shop(3))
    bridges.clear_requests(application.name)
    return application


@pytest.fixture
def app(bridges: BridgeProcess, novu: Emulator) -> App:
    """The application of the Development environment, with three workflows."""
    return _application(bridges, novu)


@dataclass(frozen=True)
class FirstUp:
    """The result of the first `up` of a stack with three workflows: Novu's database, and the project with its state."""

    database: Path
    stack: Stack


@pytest.fixture(scope="session")
def first_up(bridges: BridgeProcess, tmp_path_factory: pytest.TempPathFactory) -> FirstUp:
    """Run the first `up` once. Many tests start with a copy of its result."""
    directory = tmp_path_factory.mktemp("first-up")
    database = directory / "novu.sqlite3"
    with _emulator(str(database)) as novu:
        stack = Stack(directory / "test", _variables(novu, _application(bridges, novu)))
        stack.up("--skip-preview")
    return FirstUp(database, stack)


@pytest.fixture
def managed(first_up: FirstUp, novu: Emulator, app: App, tmp_path: Path) -> Stack:
    """The stack that manages ``app``, after its first `up`. The environment equals its declaration."""
    return first_up.stack.copy(tmp_path / "test", **_variables(novu, app))


def _variables(novu: Emulator, application: App) -> dict[str, str]:
    return {"NOVU_SECRET_KEY": application.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": application.url}


StackFactory = Callable[..., Stack]


@pytest.fixture
def make_stack(tmp_path: Path, novu: Emulator) -> StackFactory:
    """Return a function that creates a stack for an application, by default in Development."""

    def make(application: App, name: str = "test", **options: Any) -> Stack:
        variables = {**_variables(novu, application), **options.pop("variables", {})}
        return Stack(tmp_path / name, variables, name=name, **options)

    return make


@pytest.fixture
def stack(app: App, make_stack: StackFactory) -> Stack:
    """The stack that manages ``app``."""
    return make_stack(app)
