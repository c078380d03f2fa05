"""A clock that advances only by its own `sleep`."""

from __future__ import annotations


class Clock:
    """Replaces `time.monotonic`, and with its method `time.sleep`. `waits` records the requested pauses."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
