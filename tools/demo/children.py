"""The processes of the demo. All of them end with it: at its end, after a failure, on Ctrl-C and on SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from tools import sessions

STOP_SECONDS = 30
"""Timeout for a process to end. The engine finishes its current operation first."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption(BaseException):
    """A signal requests the end of the demo."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Children:
    """Starts processes and stops them at the end of the context, in reverse order."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._previous: dict[signal.Signals, Any] = {}
        self._deferring = False
        self._pending: int | None = None

    def __enter__(self) -> Children:
        handled = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # keeps `nohup`
        self._previous = {number: signal.signal(number, self._interrupt) for number in handled}
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._defer_interrupts():  # the end is already in progress
            for process in reversed(self._running):
                _end(process, signal.SIGTERM)
            self._pending = None
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def start(
        self, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], output: int | None = None
    ) -> subprocess.Popen[str]:
        """Start a process in its own session: Ctrl-C reaches only the demo, which ends each process.

        `output` is its standard output, as in `subprocess.Popen`. With None it writes to the terminal.
        """
        with self._defer_interrupts():  # no interruption between the start and its registration
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.append(process)
        return process

    def run(self, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], seconds: float) -> int:
        """Run a command with its output on the terminal, and return its status.

        The process ends when this call ends.

        :raises subprocess.TimeoutExpired: it takes longer than `seconds`.
        """
        process = self.start(command, cwd=cwd, environ=environ)
        try:
            return process.wait(seconds)
        finally:
            self.stop(process, signal.SIGINT)

    def stop(self, process: subprocess.Popen[str], with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to a process and wait for its end."""
        with self._defer_interrupts():
            _end(process, with_signal)
            self._running.remove(process)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if self._deferring:
            self._pending = self._pending or number
        else:
            raise Interruption(number)

    @contextmanager
    def _defer_interrupts(self) -> Iterator[None]:
        """Defer an interruption until the end of the block."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        if self._pending is not None:
            number, self._pending = self._pending, None
            raise Interruption(number)


def _end(process: subprocess.Popen[str], with_signal: signal.Signals) -> None:
    with suppress(subprocess.TimeoutExpired):
        if process.poll() is None:
            process.send_signal(with_signal)
            process.wait(STOP_SECONDS)
    # The process group exists while one of its members runs. Its id is not reused before.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # An engine that is interrupted while it starts its language host leaves it behind, in a group of its own.
    for pid in sessions.members(process.pid):
        sessions.kill(pid)
    process.wait()
