"""The servers and the engine of the steps, and the verification of their results."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType

from novu_provider.emulator.config import DEVELOPMENT_KEY as KEY  # a made-up, public key
from tools.demo.children import Children
from tools.demo.engine import Changes, Engine
from tools.demo.errors import DemoError
from tools.demo.novu import Novu
from tools.demo.screen import Screen
from tools.demo.servers import Server, start_bridge, start_novu
from tools.demo.tap import Tap
from tools.demo.workspace import Workspace

SHOW_SECONDS = 60
"""Timeout of `novu-provider show`."""


class Stage:
    """The embedded Novu, a release of the bridge, and the engine. `open` starts them; the context stops them."""

    def __init__(self, workspace: Workspace, children: Children, screen: Screen) -> None:
        self._workspace = workspace
        self._children = children
        self._screen = screen
        self._resources = ExitStack()
        self._servers: dict[str, Server] = {}

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def open(self) -> None:
        """Start Novu and release 1 of the bridge, and create the stack.

        :raises DemoError: one of them does not start.
        """
        server = self._servers["novu"] = start_novu(self._children, self._workspace)
        self.note(f"the embedded Novu (process {server.pid}) at {server.url}")
        self.novu = Novu(server.url, KEY)
        self._tap = self._resources.enter_context(Tap(server.url))
        self.note(f"a proxy that counts Pulumi's requests at {self._tap.url}")
        self.deploy(release=1)
        self._engine = Engine(self._children, self._workspace, self._environ(self._tap.url), self._screen.color)
        self._engine.init()

    def note(self, text: str) -> None:
        """Print a note."""
        self._screen.note(text)

    def deploy(self, release: int) -> None:
        """Deploy a release of the application at the same URL as the previous one."""
        previous = self._servers.get("bridge")
        if previous is not None:
            if previous.ended():
                raise DemoError("the bridge to replace has ended.")
            previous.stop()
        bridge = self._servers["bridge"] = start_bridge(
            self._children, self._workspace, key=KEY, release=release, at=previous.url if previous else None
        )
        self.note(f"release {release} of the bridge (process {bridge.pid}) at {bridge.url}")

    def operate(self, command: str) -> tuple[Changes, list[str]]:
        """Run an engine command and return its changes and its write requests.

        :raises DemoError: the command failed, or it sent no request to Novu.
        """
        self._tap.take()
        changes = self._engine.operate(command)
        requests, writes = self._tap.take()
        if not requests:
            raise DemoError(f"`pulumi {command}` sent no request to Novu.")
        return changes, writes

    def show(self) -> None:
        """Print the table of the environment's workflows.

        :raises DemoError: the command failed.
        """
        status = self._children.run(
            ["novu-provider", "show"],
            cwd=self._workspace.directory,
            environ=self._environ(self.novu.url),
            seconds=SHOW_SECONDS,
        )
        if status != 0:
            raise DemoError(f"`novu-provider show` failed with status {status}; see its output above.")

    def expect_stored(self, expected: frozenset[str]) -> None:
        """Verify that Novu stores the expected workflows, as the bridge declares them.

        :raises DemoError: they differ.
        """
        stored = self.novu.registrations()
        declared = self.novu.declared(self._servers["bridge"].url)
        expect_equal("the workflows in Novu", dict.fromkeys(expected, "stored"), dict.fromkeys(stored, "stored"))
        expect_equal("the registrations in Novu, compared with the bridge,", declared, stored)

    def ended_server(self) -> str | None:
        """Describe the server that ended by itself; None while both run."""
        return next(filter(None, (server.ended() for server in self._servers.values())), None)

    def _environ(self, api_url: str) -> dict[str, str]:
        return self._workspace.environ(
            {"NOVU_SECRET_KEY": KEY, "NOVU_API_URL": api_url, "NOVU_BRIDGE_URL": self._servers["bridge"].url}
        )


def expect_equal(what: str, expected: Mapping[str, str], actual: Mapping[str, str]) -> None:
    """Verify that two mappings are equal.

    :raises DemoError: with every difference.
    """
    differences = [
        f"\n    {key}: expected {expected.get(key, 'nothing')}, but got {actual.get(key, 'nothing')}"
        for key in sorted({*expected, *actual})
        if expected.get(key) != actual.get(key)
    ]
    if differences:
        raise DemoError(f"{what} are not as expected:{''.join(differences)}")
