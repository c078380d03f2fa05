"""The processes that the demo starts, all of which end with it: at its end, on a failure, on Ctrl-C and SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

STOP_SECONDS = 30
"""Bound for a process that was asked to end; the engine finishes the operation that it is at."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asks the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Children:
    """Starts processes and stops them at the end of the context, the last one first."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._previous: dict[signal.Signals, Any] = {}
        self._holding = False
        self._pending: int | None = None

    def __enter__(self) -> Children:
        heard = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]  # `nohup` stays what it is
        self._previous = {one: signal.signal(one, self._interrupt) for one in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held():  # what asks to end now asks for what is being done
            for process in reversed(self._running):
                _end(process, signal.SIGTERM)
            self._pending = None
        for one, previous in self._previous.items():
            signal.signal(one, previous)

    def start(
        self, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], output: int | None = None
    ) -> subprocess.Popen[str]:
        """Start a process in a session of its own: Ctrl-C reaches the demo alone, which ends each in its turn.

        `output` is where it writes, as `subprocess.Popen` takes it; None leaves it the terminal.
        """
        with self._held():  # no interruption between the start and the note of it
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

        Raises `subprocess.TimeoutExpired` when it takes longer; whatever ends this call ends the process too.
        """
        process = self.start(command, cwd=cwd, environ=environ)
        try:
            return process.wait(seconds)
        finally:
            self.stop(process, signal.SIGINT)

    def stop(self, process: subprocess.Popen[str], ask: signal.Signals = signal.SIGTERM) -> None:
        """Ask a process to end and wait until it has ended."""
        with self._held():
            _end(process, ask)
            self._running.remove(process)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if self._holding:
            self._pending = self._pending or number
        else:
            raise Interrupted(number)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep an interruption back until the block has ended."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pending is not None:
            number, self._pending = self._pending, None
            raise Interrupted(number)


def _end(process: subprocess.Popen[str], ask: signal.Signals) -> None:
    with suppress(subprocess.TimeoutExpired):
        if process.poll() is None:
            process.send_signal(ask)
            process.wait(STOP_SECONDS)
    # The group lives on while one of its members does, and its id is not given away before.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
