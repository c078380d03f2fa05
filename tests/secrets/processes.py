"""Collects the command lines of all processes while something runs. Linux, by /proc."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

_PROC = Path("/proc")
_PAUSE_SECONDS = 0.005
#: A process changes its command line only at its start, from its parent's to its own.
_READINGS = 20


class CommandLines:
    """``seen`` holds each command line, arguments separated by NUL, of any process that ran in one of the blocks."""

    def __init__(self) -> None:
        if not (_PROC / "self" / "cmdline").exists():
            raise RuntimeError("there is no /proc: the command lines of processes cannot be watched on this system")
        self.seen: set[bytes] = set()
        self._readings: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread: threading.Thread

    def __enter__(self) -> Self:
        self._readings.clear()
        self._over.clear()
        self._thread = threading.Thread(target=self._watch, name="command-lines")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            for process in _PROC.iterdir():
                if process.name.isdecimal() and self._readings[process.name] < _READINGS:
                    self._readings[process.name] += 1
                    self._read(process)

    def _read(self, process: Path) -> None:
        try:
            self.seen.add((process / "cmdline").read_bytes())
        except OSError:
            return  # it has ended
