"""Time that passes only by waiting."""

from __future__ import annotations


class Clock:
    """Stands in for ``clock`` and, by its method, for ``sleep``; ``waits`` are the pauses that were asked for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
