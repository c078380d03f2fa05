"""The headers of Novu's responses: the rest of the rate limit, and the server's clock."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx

#: A smaller clock skew, in seconds, is not reported. @novu/framework refuses signatures from 300 seconds on.
WORTH_REPORTING_SECONDS = 60


class HeaderRecorder(httpx.BaseTransport):
    """A transport that records headers of the responses.

    :param now: seconds since 1970.
    """

    def __init__(self, inner: httpx.BaseTransport, now: Callable[[], float]) -> None:
        self._inner = inner
        self._now = now
        #: The first response headers with a rate limit. Later ones include the doctor's own requests.
        self.rate_limit_headers: httpx.Headers | None = None
        #: Number of requests rejected with 429.
        self.rejected_requests = 0
        #: Seconds by which the server's clock is ahead of this machine's; None if unknown.
        self.clock_skew: float | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and record the response headers."""
        response = self._inner.handle_request(request)
        self.rejected_requests += response.status_code == 429
        if self.rate_limit_headers is None and "RateLimit-Remaining" in response.headers:
            self.rate_limit_headers = response.headers
        if self.clock_skew is None:
            self.clock_skew = clock_skew(response.headers, self._now())
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


def clock_skew(headers: httpx.Headers, now: float) -> float | None:
    """Return by how many seconds the server's clock is ahead, from the ``Date`` header; None without that header."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, TypeError, ValueError):
        return None


def describe_clock_skew(owner: str, seconds: float) -> str:
    """Describe how far a clock is ahead of this machine's."""
    if abs(seconds) < WORTH_REPORTING_SECONDS:
        return f"the clock of {owner} agrees with this machine's"
    direction = "ahead of" if seconds > 0 else "behind"
    return f"the clock of {owner} is {abs(seconds):,.0f} seconds {direction} this machine's"
