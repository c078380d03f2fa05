"""The record of syncs, requests and edits that the page shows, and that it sends to browsers as it grows."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeAlias

_KEPT = 200
"""How many entries are kept. A page shows all of them."""


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """One request to the server and the status of its response.

    `environment` is the name of the environment that the request's key opens, or `None` without a valid key.
    `query` is the part of the URL after the question mark.
    """

    method: str
    path: str
    query: str
    status: int
    environment: str | None


@dataclass(kw_only=True)
class SyncRecord:
    """One sync: what it created, changed and deleted, by workflow id.

    `changed` has the properties that differ from what was stored. `error` is the message of a failed sync, which may
    have written some of its workflows.
    """

    environment: str
    bridge_url: str
    created: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One change that somebody made on the page."""

    environment: str
    text: str


Record: TypeAlias = RequestRecord | SyncRecord | EditRecord


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record with its number and its time in seconds since 1970."""

    number: int
    at: float
    record: Record


class ActivityLog:
    """The newest entries, and the readers that wait for the next one. It is thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._readers: set[_Reader] = set()
        self._closed = False

    def add(self, record: Record) -> None:
        """Append a record and wake the readers."""
        with self._lock:
            self._entries.append(Entry(number=next(self._numbers), at=time.time(), record=record))
            readers = list(self._readers)
        for reader in readers:
            reader.wake()

    def entries(self, after: int = 0) -> list[Entry]:
        """Return the kept entries with a higher number, oldest first."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > after]

    def newest(self) -> int:
        """Return the number of the newest entry, or 0."""
        with self._lock:
            return self._entries[-1].number if self._entries else 0

    def close(self) -> None:
        """End all readers, so that an open page does not delay the end of the server."""
        with self._lock:
            self._closed = True
            readers = list(self._readers)
        for reader in readers:
            reader.wake()

    async def follow(self, after: int, *, quiet_seconds: float = 15) -> AsyncIterator[list[Entry]]:
        """Yield new entries as they come, and an empty list after some quiet time, until the log is closed."""
        reader = _Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            while not self._closed:
                # Cleared before the read, so that an entry which comes in between wakes this reader again.
                reader.event.clear()
                entries = self.entries(after)
                if entries:
                    after = entries[-1].number
                    yield entries
                elif not await reader.wait(quiet_seconds):
                    yield []
        finally:
            with self._lock:
                self._readers.discard(reader)


class _Reader:
    """Waits in its own event loop. Any thread may wake it."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.event.set)

    async def wait(self, seconds: float) -> bool:
        """Return whether the reader was woken in time."""
        try:
            await asyncio.wait_for(self.event.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True
