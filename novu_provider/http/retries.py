"""Retries of repeatable requests, and pauses that rate limits ask for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import httpx
from httpx_retries import Retry

_RETRIED_STATUSES = (408, 429, 500, 502, 503, 504)


_RETRIED_METHODS = ("GET", "PUT", "PATCH", "DELETE")


class InjectableSleepRetry(Retry):
    """httpx-retries' policy, with a sleep that tests replace.

    :param pause: takes seconds.
    """

    def __init__(self, *, pause: Callable[[float], None] = time.sleep, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before the next try, for as long as the library says."""
        seconds = self._calculate_sleep(response.headers if isinstance(response, httpx.Response) else {})
        self._pause(seconds)
        self.elapsed_sleep += seconds

    def increment(self) -> InjectableSleepRetry:
        """Give the policy of the next try, its pause included."""
        following = cast(InjectableSleepRetry, super().increment())
        following._pause = self._pause
        return following


def retry_policy(total: int = 4, backoff: float = 0.5, pause: Callable[[float], None] = time.sleep) -> Retry:
    """Give the policy of all repeatable requests: ``total`` retries, at most a minute of waiting in all."""
    return InjectableSleepRetry(
        pause=pause,
        total=total,
        allowed_methods=_RETRIED_METHODS,
        status_forcelist=_RETRIED_STATUSES,
        backoff_factor=backoff,
        max_backoff_wait=20.0,
        total_timeout=60.0,
        # An answer that is cut on its way is a lost connection too; the client would read it too late to try again.
        validate_response=_read_whole,
    )


def _read_whole(response: httpx.Response) -> None:
    response.read()


class RateLimitTransport(httpx.BaseTransport):
    """Wait when Novu's ``RateLimit-*`` headers say that the window is used up, rather than be refused.

    :param sleep, clock: replaced in tests.
    """

    #: A window is 5 s on Novu Cloud; no header makes one wait longer than this.
    LONGEST = 30.0

    def __init__(
        self,
        inner: httpx.BaseTransport,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, after the pause that the last answer asked for."""
        with self._lock:
            pause = self._free_at - self._clock()
        if pause > 0:
            self._sleep(pause)
        response = self._inner.handle_request(request)
        if response.headers.get("RateLimit-Remaining", "").strip() == "0":
            try:
                reset = min(float(response.headers.get("RateLimit-Reset", "0")), self.LONGEST)
            except ValueError:
                reset = 0.0
            with self._lock:
                self._free_at = max(self._free_at, self._clock() + reset)
        return response

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()
