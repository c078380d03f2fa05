"""Lines of progress during a long step. The engine shows them while it runs, on a terminal and in CI."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from novu_provider.text.untrusted import make_visible

#: Seconds between two lines about the same wait.
_INTERVAL = 15.0
#: The most characters of a line.
_MAX_LENGTH = 2000
#: The shortest pause that is reported, in seconds.
_SHORTEST_REPORTED = 3.0


@contextmanager
def heartbeat(report: Callable[[str], None], activity: str, every: float = _INTERVAL) -> Iterator[None]:
    """Report an activity repeatedly while the block runs.

    :param activity: for example "reading …", which is reported as "still reading … (15 s)".
    :param every: seconds between two lines. The first line comes after this time.
    """
    start = time.monotonic()
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(every):
            report(f"still {activity} ({time.monotonic() - start:.0f} s)")

    thread = threading.Thread(target=run, name="novu-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def announced_sleep(
    report: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Callable[[float], None]:
    """Return a sleep function that reports long pauses before a request."""

    def pause(seconds: float) -> None:
        if seconds >= _SHORTEST_REPORTED:
            report(f"waiting {seconds:.0f} s before the next request (rate limit or no response from Novu)")
        sleep(seconds)

    return pause


def report_progress(line: str) -> None:
    """Show one line of progress. The engine passes a provider's standard error on to the user.

    The line may contain text from a server, so it is made visible.
    """
    sys.stderr.write(f"novu: {make_visible(line, _MAX_LENGTH)}\n")
    sys.stderr.flush()
