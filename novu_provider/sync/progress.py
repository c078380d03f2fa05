"""Lines that tell the user what a long step waits for. The engine shows them while it runs, on a terminal and in CI."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds between two lines on the same wait.
_EVERY = 15.0
#: Seconds from which a pause is told.
_LONG = 3.0


@contextmanager
def heartbeat(tell: Callable[[str], None], what: str, every: float = _EVERY) -> Iterator[None]:
    """Say again and again, for as long as the block takes, what is still being done.

    :param what: "reading …", for "still reading … (15 s)".
    :param every: seconds between two lines; none comes before.
    """
    start = time.monotonic()
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(every):
            tell(f"still {what} ({time.monotonic() - start:.0f} s)")

    thread = threading.Thread(target=run, name="novu-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def announced_sleep(
    tell: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Callable[[float], None]:
    """Give a sleep that tells a long wait before a request: Novu asked for it, or did not answer."""

    def pause(seconds: float) -> None:
        if seconds >= _LONG:
            tell(f"waiting {seconds:.0f} s before the next request: Novu limits them, or did not answer")
        sleep(seconds)

    return pause


def report_progress(line: str) -> None:
    """Show one line of progress; the engine passes a provider's standard error on to the user."""
    sys.stderr.write(f"novu: {line}\n")
    sys.stderr.flush()
