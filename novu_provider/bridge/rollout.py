"""Waiting for a rollout: repeated requests to a bridge while its error can pass by itself.

A deployment that is not ready yet returns 404, 5xx, a placeholder page or nothing. These errors are retried. A wrong
key, a login, an invalid certificate and an invalid URL are raised at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, ManifestError, ManifestMismatch, NovuError

Result = TypeVar("Result")

#: Seconds between two requests.
INTERVAL = 2.0

#: The faults of a bridge whose deployment is not ready yet.
TEMPORARY: frozenset[Fault] = frozenset(
    {
        "name",
        "refused",
        "unreachable",
        "closed",
        "timeout",
        "not-found",
        "page",
        "empty",
        "not-json",
        "unavailable",
    }
)


def is_temporary(error: NovuError) -> bool:
    """Whether the error can pass by itself while a deployment starts."""
    return isinstance(error, BridgeError) and error.fault in TEMPORARY


def is_temporary_for_manifest(error: NovuError) -> bool:
    """Whether the error can pass by itself while a deployment with a known manifest replaces an older one.

    The older deployment may also serve another manifest, or an invalid one.
    """
    return is_temporary(error) or isinstance(error, (ManifestMismatch, ManifestError))


def wait_for(
    read: Callable[[], Result],
    seconds: float,
    purpose: str,
    *,
    report: Callable[[str], None],
    temporary: Callable[[NovuError], bool] = is_temporary,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Return what ``read`` returns. Repeat it while its error is temporary, for a limited time.

    :param seconds: how long to wait. 0 means a single attempt.
    :param purpose: continues the sentence "waiting up to 60 s for the bridge". It is reported with each new error.
    :param report: shows one line of progress.
    :param sleep, clock: replace the waiting and the time in tests, in seconds.
    :raises NovuError: the last error of ``read``.
    """
    deadline = clock() + seconds
    reported = ""
    while True:
        try:
            return read()
        except NovuError as error:
            remaining = deadline - clock()
            if remaining <= 0 or not temporary(error):
                raise
            if error.what != reported:
                reported = error.what
                report(f"waiting up to {remaining:.0f} s for the bridge{purpose}: {reported}")
            sleep(min(INTERVAL, remaining))
