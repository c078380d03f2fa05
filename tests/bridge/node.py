"""A Node server as a child process that cannot outlive the test run."""

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from typing_extensions import Self

from .npm import QUIET, ensure_installed, executable

READY_SECONDS = 60
STOP_SECONDS = 10


class NodeServer:
    """Runs `node server.js` in a folder. `first_line` is the line that the server prints when it is ready."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._env = dict(env or {})
        self._process: subprocess.Popen[str] | None = None
        self.first_line = ""

    def __enter__(self) -> Self:
        ensure_installed(self._folder)
        # The server's errors go to the output of the test, so that pytest shows them for a failed test.
        self._process = subprocess.Popen(
            [executable("node"), "server.js"],
            cwd=self._folder,
            env={**os.environ, **QUIET, **self._env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self.first_line = self._wait_for_line()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("the server is not running; use it as a context manager")
        return self._process

    def stop(self) -> None:
        """Stop the server. Do nothing if it has ended already."""
        process = self.process
        _pipe(process.stdin).close()
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pipe(process.stdout).close()

    def _wait_for_line(self) -> str:
        process = self.process
        # Kills a server that hangs, which also ends the read below.
        watchdog = threading.Timer(READY_SECONDS, process.kill)
        watchdog.start()
        try:
            line = _pipe(process.stdout).readline()
        finally:
            watchdog.cancel()
        if not line:
            raise RuntimeError(f"node server.js in {self._folder} ended with {process.wait()} before it was ready")
        return line.strip()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "both streams are opened as pipes"
    return stream
