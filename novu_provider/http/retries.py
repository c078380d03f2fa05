"""Retries of idempotent requests, and pauses for rate limits."""

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
    """The retry policy of httpx-retries with an injectable sleep function, for tests.

    :param pause: sleeps for a number of seconds.
    """

    def __init__(self, *, pause: Callable[[float], None] = time.sleep, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before the next attempt, as long as the library calculates."""
        seconds = self._calculate_sleep(response.headers if isinstance(response, httpx.Response) else {})
        self._pause(seconds)
        self.elapsed_sleep += seconds

    def increment(self) -> InjectableSleepRetry:
        """Return the policy for the next attempt, with the same sleep function."""
        next_policy = cast(InjectableSleepRetry, super().increment())
        next_policy._pause = self._pause
        return next_policy


def retry_policy(total: int = 4, backoff: float = 0.5, pause: Callable[[float], None] = time.sleep) -> Retry:
    """Return the policy of all idempotent requests: ``total`` retries, with at most 60 s of waiting in total."""
    return InjectableSleepRetry(
        pause=pause,
        total=total,
        allowed_methods=_RETRIED_METHODS,
        status_forcelist=_RETRIED_STATUSES,
        backoff_factor=backoff,
        max_backoff_wait=20.0,
        total_timeout=60.0,
        # A response that ends early is a lost connection too. The client itself would read it too late for a retry.
        validate_response=_read_whole,
    )


def _read_whole(response: httpx.Response) -> None:
    response.read()


class RateLimitTransport(httpx.BaseTransport):
    """Delay the next request while Novu's ``RateLimit-*`` headers report a used-up window, to avoid a 429.

    :param sleep, clock: replace the waiting and the time in tests.
    """

    #: The maximum delay in seconds, whatever a header says. Novu Cloud has windows of 5 s.
    MAX_DELAY = 30.0

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
        self._next_allowed = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, after the delay that the previous response asked for."""
        with self._lock:
            pause = self._next_allowed - self._clock()
        if pause > 0:
            self._sleep(pause)
        response = self._inner.handle_request(request)
        if response.headers.get("RateLimit-Remaining", "").strip() == "0":
            try:
                reset = min(float(response.headers.get("RateLimit-Reset", "0")), self.MAX_DELAY)
            except ValueError:
                reset = 0.0
            with self._lock:
                self._next_allowed = max(self._next_allowed, self._clock() + reset)
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
