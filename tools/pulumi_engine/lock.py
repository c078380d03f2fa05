"""One build at a time on a machine.

The lock is the kernel's, on an open file: a build that is killed, however hard, leaves nothing to clean up, and a
file that lies about from yesterday locks nobody out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.pulumi_engine.errors import EngineError

try:
    import fcntl
except ImportError:  # Windows, where `build` refuses before it comes here
    fcntl = None  # type: ignore[assignment]

POLL_SECONDS = 0.5
SAY_EVERY_SECONDS = 15.0


@contextmanager
def exclusive(
    path: Path,
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock on `path` for the block; wait for whoever has it, and say so at once and every fifteen seconds."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise EngineError(
            f"The directory {path.parent} cannot be written: {error.strerror}.",
            "The engine is kept there for the next time, and it belongs to somebody else or is on a read-only disk.",
            "Name a directory of your own in NOVU_ENGINE_DIR and run the command again.",
        ) from error
    with file:
        began = next_word = clock()
        while not _taken(file.fileno()):
            if clock() >= next_word:
                next_word = clock() + SAY_EVERY_SECONDS
                say(f"another build is running; waiting for it ({clock() - began:.0f} s)")
            sleep(POLL_SECONDS)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
