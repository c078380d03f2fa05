"""Long waits are reported repeatedly, short ones not at all."""

from __future__ import annotations

import queue
import threading

from novu_provider.sync.progress import announced_sleep, heartbeat

_SECONDS = 30


def test_a_long_activity_is_reported_until_it_ends() -> None:
    reported: queue.Queue[str] = queue.Queue()
    with heartbeat(reported.put, "waiting for Novu to answer the sync", every=0.001):
        lines = [reported.get(timeout=_SECONDS) for _ in range(3)]
        assert any(thread.name == "novu-progress" for thread in threading.enumerate())
    assert lines == ["still waiting for Novu to answer the sync (0 s)"] * 3
    assert not any(thread.name == "novu-progress" for thread in threading.enumerate())


def test_a_short_activity_is_not_reported() -> None:
    reported: list[str] = []
    with heartbeat(reported.append, "waiting", every=_SECONDS):
        pass
    assert reported == []


def test_only_long_pauses_are_reported() -> None:
    reported: list[str] = []
    pauses: list[float] = []
    pause = announced_sleep(reported.append, pauses.append)
    for seconds in (0.5, 1, 12):
        pause(seconds)
    assert pauses == [0.5, 1, 12]
    assert reported == ["waiting 12 s before the next request (rate limit or no response from Novu)"]
