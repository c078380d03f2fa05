"""The time that a whole response may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx


class Deadline(threading.local):
    """The deadline of the request that the current thread sends. Without seconds there is no limit."""

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._at: float | None = None
        self._clock: Callable[[], float] = time.monotonic

    @contextmanager
    def limited(self, seconds: float | None, clock: Callable[[], float]) -> Iterator[None]:
        """Limit the time of the request inside. Its first use of the network starts the time."""
        self._seconds, self._at, self._clock = seconds, None, clock
        try:
            yield
        finally:
            self._seconds = self._at = None

    def start(self) -> None:
        """Start the time, if it has not started."""
        self.remaining()

    def remaining(self) -> float | None:
        """Return the remaining seconds, at least 0. The first call starts the time."""
        if self._seconds is None:
            return None
        now = self._clock()
        if self._at is None:
            self._at = now + self._seconds
        return max(0.0, self._at - now)

    def check(self, request: httpx.Request) -> None:
        """Raise `httpx.ReadTimeout` if no time remains."""
        if self.remaining() == 0.0:
            raise httpx.ReadTimeout("the response was not complete in time", request=request)


#: The deadline of each thread. Its transport sets it, and the connections enforce it.
DEADLINE = Deadline()
