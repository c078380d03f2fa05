"""The three backends, and two stacks' worth of what stands on them."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
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

_numbers = itertools.count(1)

#: What a test that hangs would cost; none comes near it.
_SECONDS = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the engine and Node, so that `make test-fast` leaves it out."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@dataclass(frozen=True)
class Backend:
    """An empty backend: its URL for the engine, and the variables that the engine needs for it."""

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
    """Each of the three, empty: a folder, a prefix in the bucket, a table of its own."""
    name = f"test{next(_numbers)}"
    if request.param == "file":
        (tmp_path / "states").mkdir()
        return Backend("file", f"file://{tmp_path}/states")
    server: str = request.getfixturevalue(request.param)
    if request.param == "s3":
        return Backend("s3", server % name, ENVIRON)
    return Backend("postgres", f"{server}&table={name}")


@pytest.fixture
def gate(novu: Emulator) -> Iterator[InterceptingProxy]:  # noqa: F811 - the fixture
    """Novu, with a door before it that a test can hold shut."""
    with intercepting_proxy(novu.url) as running:
        yield running


@dataclass(frozen=True)
class Team:
    """Who works on an environment: its Novu, an application, and stacks of one backend."""

    backend: Backend
    novu: Emulator
    gate: InterceptingProxy
    app: App
    folder: Path

    @property
    def environment(self) -> Environment:
        """The environment that all of them share."""
        return Environment(self.novu)

    def stack(self, application: App | None = None, name: str = "test") -> Stack:
        """Make a stack; by default that of the team's application."""
        bound = application or self.app
        variables = {
            "NOVU_SECRET_KEY": bound.key,
            "NOVU_API_URL": self.gate.url,
            "NOVU_BRIDGE_URL": bound.url,
            **self.backend.environ,
        }
        return Stack(self.folder / name, variables, name=name, backend=self.backend.url)

    def colleague(self, stack: Stack) -> Stack:
        """Another checkout of a stack's project, with a home of its own."""
        directory = self.folder / "colleague"
        shutil.copytree(stack.directory, directory, ignore=shutil.ignore_patterns("home", "state"))
        twin = copy(stack)
        twin.directory = directory
        twin.environ = {**stack.environ, "PULUMI_HOME": str(directory / "home")}
        return twin


@pytest.fixture
def team(backend: Backend, novu: Emulator, gate: InterceptingProxy, app: App, tmp_path: Path) -> Team:  # noqa: F811
    return Team(backend, novu, gate, app, tmp_path)


class Running:
    """A command of the engine that runs while a test goes on; ended with everything it started at the block's end."""

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
                # A session of its own, by which what it starts is found: the engine gives its plugins other groups.
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> int:
        """Wait for its end and give its exit status."""
        return self._process.wait(_SECONDS)

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        for directory in Path("/proc").glob("[0-9]*"):
            with suppress(ProcessLookupError):
                if os.getsid(int(directory.name)) == self._process.pid:
                    os.kill(int(directory.name), signal.SIGKILL)
        self._process.wait()


class Door:
    """Requests with one method and path wait before Novu until the door is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def await_request(self) -> None:
        """Wait until a request stands before it."""
        assert self.reached.wait(_SECONDS), "no request came to the door"

    def open(self) -> None:
        """Let through what waits and whatever follows."""
        self._opened.set()

    def respond(self, request: Request, _pass: Callable[[], Response]) -> Response | None:
        if request.method == "POST" and request.path.startswith("/v1/bridge/sync"):
            self.reached.set()
            assert self._opened.wait(_SECONDS), "the door was never opened"
        return None


@contextmanager
def shut(gate: InterceptingProxy) -> Iterator[Door]:
    """Hold back every sync until the door is opened, at the latest at the end of the block."""
    door = Door()
    gate.respond = door.respond
    try:
        yield door
    finally:
        door.open()
        gate.respond = lambda _request, _pass: None
