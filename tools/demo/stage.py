"""What the steps act on: Novu, the deployed bridge and the engine, and the checks of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType

from novu_provider.emulator.config import DEVELOPMENT_KEY as KEY  # made up, and known to everybody
from tools.demo.children import Children
from tools.demo.engine import Changes, Engine
from tools.demo.errors import DemoError
from tools.demo.novu import Novu
from tools.demo.screen import Screen
from tools.demo.servers import Server, start_bridge, start_novu
from tools.demo.tap import Tap
from tools.demo.workspace import Workspace

SHOW_SECONDS = 60
"""Bound for `novu-provider show`, which takes a second."""


class Stage:
    """The embedded Novu, a release of the bridge and the engine, from `open` to the end of the context."""

    def __init__(self, workspace: Workspace, children: Children, screen: Screen) -> None:
        self._workspace = workspace
        self._children = children
        self._screen = screen
        self._open = ExitStack()
        self._servers: dict[str, Server] = {}

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def open(self) -> None:
        """Start Novu and release 1 of the bridge, and make the stack.

        :raises DemoError: one of them does not start.
        """
        server = self._servers["novu"] = start_novu(self._children, self._workspace)
        self.note(f"the embedded Novu (process {server.pid}) at {server.url}")
        self.novu = Novu(server.url, KEY)
        self._tap = self._open.enter_context(Tap(server.url))
        self.note(f"a counter of what Pulumi asks of it at {self._tap.url}")
        self.deploy(release=1)
        self._engine = Engine(self._children, self._workspace, self._environ(self._tap.url), self._screen.color)
        self._engine.init()

    def note(self, text: str) -> None:
        """Say something on the terminal."""
        self._screen.note(text)

    def deploy(self, release: int) -> None:
        """Serve a release of the application, at the URL of the one before."""
        before = self._servers.get("bridge")
        if before is not None:
            if before.obituary():
                raise DemoError("there is no bridge to replace.")
            before.stop()
        bridge = self._servers["bridge"] = start_bridge(
            self._children, self._workspace, key=KEY, release=release, at=before.url if before else None
        )
        self.note(f"release {release} of the bridge (process {bridge.pid}) at {bridge.url}")

    def operate(self, command: str) -> tuple[Changes, list[str]]:
        """Run a command of the engine; give what it changed and its writing requests.

        :raises DemoError: it failed, or it went past Novu.
        """
        self._tap.take()
        changes = self._engine.operate(command)
        requests, writes = self._tap.take()
        if not requests:
            raise DemoError(f"`pulumi {command}` asked Novu nothing at all.")
        return changes, writes

    def show(self) -> None:
        """Print the table of what the environment holds.

        :raises DemoError: the command failed.
        """
        status = self._children.run(
            ["novu-provider", "show"],
            cwd=self._workspace.directory,
            environ=self._environ(self.novu.url),
            seconds=SHOW_SECONDS,
        )
        if status != 0:
            raise DemoError(f"`novu-provider show` ended with the status {status}; its own words are above.")

    def check_held(self, expected: frozenset[str]) -> None:
        """Compare what Novu holds with the expected ids, and with what the bridge declares.

        :raises DemoError: they differ.
        """
        held = self.novu.registrations()
        declared = self.novu.declared(self._servers["bridge"].url)
        compare("the workflows that Novu holds", dict.fromkeys(expected, "held"), dict.fromkeys(held, "held"))
        compare("the registrations in Novu, against the bridge's,", declared, held)

    def obituary(self) -> str | None:
        """Say which server has ended by itself, and how; None while both run."""
        return next(filter(None, (server.obituary() for server in self._servers.values())), None)

    def _environ(self, api_url: str) -> dict[str, str]:
        return self._workspace.environ(
            {"NOVU_SECRET_KEY": KEY, "NOVU_API_URL": api_url, "NOVU_BRIDGE_URL": self._servers["bridge"].url}
        )


def compare(what: str, expected: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Raise DemoError that names every difference, if there is one."""
    differences = [
        f"\n    {key}: {expected.get(key, 'nothing')} expected, {found.get(key, 'nothing')} found"
        for key in sorted({*expected, *found})
        if expected.get(key) != found.get(key)
    ]
    if differences:
        raise DemoError(f"{what} are not as described:{''.join(differences)}")
