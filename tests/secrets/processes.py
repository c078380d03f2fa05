"""Collects the command lines of all processes on Linux, from /proc."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

_PROC = Path("/proc")
_PAUSE_SECONDS = 0.02
_READINGS = 5
"""Readings per process. A process changes its command line only at its start."""


class CommandLines:
    """Records in `seen` the command line of each process that runs inside the context, arguments separated by NUL."""

    def __init__(self) -> None:
        if not (_PROC / "self" / "cmdline").exists():
            raise RuntimeError("the tests need /proc to read the command lines of processes")
        self.seen: set[bytes] = set()
        self._readings: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread: threading.Thread

    def __enter__(self) -> Self:
        self._readings.clear()
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch, name="command-lines")
        self._thread.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            # Not `Path.iterdir`, which takes ten times as long for all processes of a machine.
            for process in os.listdir(_PROC):  # noqa: PTH208
                if process.isdecimal() and self._readings[process] < _READINGS:
                    self._readings[process] += 1
                    self._read(process)

    def _read(self, process: str) -> None:
        try:
            self.seen.add((_PROC / process / "cmdline").read_bytes())
        except OSError:
            return  # the process has ended
