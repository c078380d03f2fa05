"""The two servers of the demo, each in its own process: the embedded Novu and the bridge."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tools.demo.children import Children
from tools.demo.errors import DemoError
from tools.demo.workspace import ROOT, Workspace

READY_SECONDS = 60
"""Timeout of a server's start. Both take about a second."""

_KEPT_LINES = 8
_URL = re.compile(r"http://127\.0\.0\.1:\d+[\w/]*")


class Server:
    """A process that prints its URL when it is ready. Its output is written to a log."""

    def __init__(
        self,
        name: str,
        children: Children,
        command: Sequence[str],
        *,
        cwd: Path,
        environ: Mapping[str, str],
        log: Path,
    ) -> None:
        self.name = name
        self._children = children
        self._log = log
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._urls: queue.Queue[str | None] = queue.Queue()
        try:
            self._process = children.start(command, cwd=cwd, environ=environ, output=subprocess.PIPE)
        except FileNotFoundError:
            raise DemoError(f"`{command[0]}`, which starts {name}, is not on PATH.") from None
        # A full pipe would block the server.
        self._reader = threading.Thread(target=self._read, name=f"output of {name}", daemon=True)
        self._reader.start()
        self.url = self._wait()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the process and free its port."""
        self._children.stop(self._process)
        self._reader.join()

    def ended(self) -> str | None:
        """Return the exit status and the last output if the process ended by itself; None while it runs."""
        if self._process.poll() is None:
            return None
        self._reader.join()
        output = "".join(f"\n    {line}" for line in self._last_lines)
        return f"{self.name} ended with status {self._process.returncode}. Its last output ({self._log}):{output}"

    def _wait(self) -> str:
        try:
            url = self._urls.get(timeout=READY_SECONDS)
        except queue.Empty:
            raise DemoError(f"{self.name} was not ready within {READY_SECONDS} seconds; see {self._log}.") from None
        if url is None:
            self._process.wait()
            raise DemoError(self.ended() or f"{self.name} ended before it was ready.")
        return url

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._log.open("a", encoding="utf-8") as log, self._process.stdout as output:
            for line in output:
                log.write(line)
                log.flush()
                self._last_lines.append(line.rstrip())
                match = _URL.search(line)
                if match:
                    self._urls.put(match.group())
        self._urls.put(None)


def start_novu(children: Children, workspace: Workspace) -> Server:
    """Start the embedded Novu on a free port, with an empty database."""
    command = ["novu-provider", "local", "--port", "0", "--database", str(workspace.database), "--reset"]
    return Server(
        "the embedded Novu", children, command, cwd=ROOT, environ=workspace.environ({}), log=workspace.log("novu")
    )


def start_bridge(children: Children, workspace: Workspace, *, key: str, release: int, at: str | None = None) -> Server:
    """Start a release of the example application, on a free port or on the port of the URL `at`."""
    folder = ROOT / "examples" / "bridge"
    if not (folder / "node_modules").is_dir():
        raise DemoError(f"the packages of {folder} are not installed; `make node` installs them.")
    variables = {
        "NOVU_SECRET_KEY": key,
        "HOST": "127.0.0.1",
        "PORT": str(urlsplit(at).port if at else 0),
        "BRIDGE_RELEASE": str(release),
    }
    return Server(
        "the bridge",
        children,
        ["node", "server.js"],
        cwd=folder,
        environ=workspace.environ(variables),
        log=workspace.log("bridge"),
    )
