"""One build at a time on a machine.

The kernel locks an open file. It releases the lock when a build is killed, and an old lock file blocks nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.pulumi_engine.errors import EngineError

try:
    import fcntl
except ImportError:  # Windows, where `build` stops before
    fcntl = None  # type: ignore[assignment]

POLL_SECONDS = 0.5
MESSAGE_SECONDS = 15.0


@contextmanager
def exclusive(
    path: Path,
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock on `path` during the block. While another process holds it, report that every fifteen seconds."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise EngineError(
            f"The directory {path.parent} cannot be written: {error.strerror}.",
            "The engine is stored there. The directory belongs to another user, or the disk is read-only.",
            "Set NOVU_ENGINE_DIR to a directory of your own and run the command again.",
        ) from error
    with file:
        start = next_message = clock()
        while not _try_lock(file.fileno()):
            if clock() >= next_message:
                next_message = clock() + MESSAGE_SECONDS
                say(f"another build is running; waiting for it ({clock() - start:.0f} s)")
            sleep(POLL_SECONDS)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
