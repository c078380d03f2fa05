"""Processes that tests start and kill, by their ids. Linux, by /proc."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from novu_provider.emulator.config import DEVELOPMENT_KEY
from tests.engine.stack import Stack
from tools import sessions

_PROC = Path("/proc")
_READY_SECONDS = 60
_UP_SECONDS = 300


class EngineRun:
    """One `pulumi up` in a session of its own, so that everything that it starts can be found, also as an orphan.

    Its Python processes are stand-ins of forks (`tests/engine/warm_client.py`). A fork is killed with its stand-in.
    """

    def __init__(self, stack: Stack) -> None:
        self._log = (stack.directory / "killed.log").open("wb")
        command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name, "--non-interactive"]
        self._engine = subprocess.Popen(
            command,
            cwd=stack.directory,
            env=stack.environ,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The engine's children outlive it when it is killed.
        for pid in sessions.members(self._engine.pid):
            sessions.kill(pid)
        self._engine.wait()
        self._log.close()

    def kill_engine(self) -> None:
        """Kill the engine itself; what it started lives on."""
        sessions.kill(self._engine.pid)
        self._engine.wait()

    def kill_provider(self) -> None:
        """Kill the process that runs the dynamic providers, if there is one."""
        for pid in sessions.members(self._engine.pid):
            if _is_provider(pid):
                sessions.kill(pid)

    def wait_for_provider(self) -> None:
        """Wait until the providers' process runs, or the engine has ended."""
        while self._engine.poll() is None and not any(map(_is_provider, sessions.members(self._engine.pid))):
            time.sleep(0.01)

    def wait(self, seconds: float = _UP_SECONDS) -> int | None:
        """Wait for the engine's end and give its exit status; None when it still runs."""
        with suppress(subprocess.TimeoutExpired):
            return self._engine.wait(seconds)
        return None


class NovuProcess:
    """An embedded Novu in a process of its own: `novu-provider local` with a database file."""

    def __init__(self, database: Path, sync_cost_ms: float) -> None:
        self._database = database
        self._cost = sync_cost_ms
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens, also after a restart."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def development_key(self) -> str:
        """The key of Development."""
        return DEVELOPMENT_KEY

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, at the port of its first start, and wait until it listens."""
        options = ["--port", str(self._port), "--database", str(self._database), "--sync-cost", str(self._cost)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from novu_provider.cli import main; main()", "local", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stream = self._process.stdout
        assert stream is not None, "its output is a pipe"
        watchdog = threading.Timer(_READY_SECONDS, self._process.kill)
        watchdog.start()
        try:
            match = re.search(r"http://127\.0\.0\.1:(\d+)", stream.readline())
        finally:
            watchdog.cancel()
        if match is None:
            raise RuntimeError(f"the embedded Novu ended with {self._process.wait()} before it listened")
        self._port = int(match[1])

    def kill(self) -> None:
        """Kill it at once."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()


def _is_provider(pid: int) -> bool:
    try:
        return b"pulumi.dynamic" in (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
