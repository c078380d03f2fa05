"""Long waits are told again and again, short ones not at all."""

from __future__ import annotations

import queue
import threading

from novu_provider.sync.progress import announced_sleep, heartbeat

_SECONDS = 30


def test_what_is_waited_for_is_told_until_it_is_there() -> None:
    said: queue.Queue[str] = queue.Queue()
    with heartbeat(said.put, "waiting for Novu to answer the sync", every=0.001):
        lines = [said.get(timeout=_SECONDS) for _ in range(3)]
        assert any(one.name == "novu-progress" for one in threading.enumerate())
    assert lines == ["still waiting for Novu to answer the sync (0 s)"] * 3
    assert not any(one.name == "novu-progress" for one in threading.enumerate())


def test_what_takes_no_time_is_not_told() -> None:
    said: list[str] = []
    with heartbeat(said.append, "waiting", every=_SECONDS):
        pass
    assert said == []


def test_a_long_pause_is_told_and_a_short_one_not() -> None:
    said: list[str] = []
    slept: list[float] = []
    pause = announced_sleep(said.append, slept.append)
    for seconds in (0.5, 1, 12):
        pause(seconds)
    assert slept == [0.5, 1, 12]
    assert said == ["waiting 12 s before the next request (rate limit or no response from Novu)"]
