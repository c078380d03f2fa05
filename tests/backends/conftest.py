"""Fixtures: the three backends, and a team that works with one of them."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import Self

from novu_provider.emulator.server import Emulator
from tests.backends.postgres import postgres_server
from tests.backends.s3 import ENVIRON, s3_server
from tests.engine.conftest import App, app, bridges, novu  # noqa: F401 - fixtures
from tests.engine.novu import Environment
from tests.engine.stack import Stack
from tests.intercepting_proxy import InterceptingProxy, Request, Response, intercepting_proxy
from tools import sessions

_numbers = itertools.count(1)

_SECONDS = 120
"""Timeout that only a test that hangs reaches."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need the engine and Node, for `-m "not engine and not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@dataclass(frozen=True)
class Backend:
    """An empty backend: its URL, and the environment variables that the engine needs for it."""

    kind: str
    url: str
    environ: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["file", "s3", "postgres"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """An empty backend of each kind: a folder, a prefix in the bucket, or a table."""
    name = f"test{next(_numbers)}"
    if request.param == "file":
        (tmp_path / "states").mkdir()
        return Backend("file", f"file://{tmp_path}/states")
    server: str = request.getfixturevalue(request.param)
    if request.param == "s3":
        return Backend("s3", server % name, ENVIRON)
    return Backend("postgres", f"{server}&table={name}")


@pytest.fixture
def proxy(novu: Emulator) -> Iterator[InterceptingProxy]:  # noqa: F811 - the fixture
    """A proxy in front of Novu, in which a test can hold requests back."""
    with intercepting_proxy(novu.url) as proxy:
        yield proxy


@dataclass(frozen=True)
class Team:
    """A team that works on one environment: Novu, an application, and stacks on one backend."""

    backend: Backend
    novu: Emulator
    proxy: InterceptingProxy
    app: App
    folder: Path

    @property
    def environment(self) -> Environment:
        """The environment that the team shares."""
        return Environment(self.novu)

    def stack(self, application: App | None = None, name: str = "test", *, passphrase: bool = False) -> Stack:
        """Create a stack, by default for the team's application."""
        application = application or self.app
        variables = {
            "NOVU_SECRET_KEY": application.key,
            "NOVU_API_URL": self.proxy.url,
            "NOVU_BRIDGE_URL": application.url,
            **self.backend.environ,
        }
        return Stack(self.folder / name, variables, name=name, backend=self.backend.url, passphrase=passphrase)

    def colleague(self, stack: Stack) -> Stack:
        """Return a second checkout of a stack's project, with a separate Pulumi home."""
        directory = self.folder / "colleague"
        shutil.copytree(stack.directory, directory, ignore=shutil.ignore_patterns("home", "state"))
        twin = copy(stack)
        twin.directory = directory
        twin.environ = {**stack.environ, "PULUMI_HOME": str(directory / "home")}
        return twin


@pytest.fixture
def team(backend: Backend, novu: Emulator, proxy: InterceptingProxy, app: App, tmp_path: Path) -> Team:  # noqa: F811
    return Team(backend, novu, proxy, app, tmp_path)


class BackgroundCommand:
    """A command of the engine that runs in the background. The end of the block kills it and its children."""

    def __init__(self, stack: Stack, *arguments: str) -> None:
        self._log = stack.directory / f"running-{next(_numbers)}.txt"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                ["pulumi", *arguments, "--stack", stack.name, "--non-interactive", "--color", "never"],
                cwd=stack.directory,
                env=stack.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # All children are in this session. The engine starts its plugins in other process groups.
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()

    @property
    def output(self) -> str:
        """The output so far."""
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> int:
        """Wait for its end and return its exit status."""
        return self._process.wait(_SECONDS)

    def kill(self) -> None:
        """Kill it and its children with SIGKILL."""
        for pid in sessions.members(self._process.pid):
            sessions.kill(pid)
        self._process.wait()


class SyncGate:
    """Holds syncs back until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def await_request(self) -> None:
        """Wait until a sync is held back."""
        assert self.reached.wait(_SECONDS), "no sync arrived"

    def open(self) -> None:
        """Forward the waiting and all later syncs."""
        self._opened.set()

    def respond(self, request: Request, _forward: Callable[[], Response]) -> Response | None:
        if request.method == "POST" and request.path.startswith("/v1/bridge/sync"):
            self.reached.set()
            assert self._opened.wait(_SECONDS), "the proxy was never opened"
        return None


@contextmanager
def hold_syncs(proxy: InterceptingProxy) -> Iterator[SyncGate]:
    """Hold back each sync until the proxy is opened, at the latest at the end of the block."""
    gate = SyncGate()
    proxy.respond = gate.respond
    try:
        yield gate
    finally:
        gate.open()
        proxy.respond = lambda _request, _forward: None
