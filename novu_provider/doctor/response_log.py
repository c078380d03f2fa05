"""What Novu's answers say beside their bodies: how much of the rate limit is left, and what time it is there."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx

#: Seconds between two clocks that are worth a word. @novu/framework refuses signatures from 300 on.
DRIFT = 60


class HeaderRecorder(httpx.BaseTransport):
    """Passes requests on and keeps what their answers' headers say.

    :param now: seconds since 1970.
    """

    def __init__(self, inner: httpx.BaseTransport, now: Callable[[], float]) -> None:
        self._inner = inner
        self._now = now
        #: The headers of the first answer that has any about the rate limit, before the doctor used it up itself.
        self.rate: httpx.Headers | None = None
        #: How many requests were refused with 429.
        self.limited = 0
        #: Seconds by which the server's clock is ahead of this machine's; None until it is known.
        self.ahead: float | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        response = self._inner.handle_request(request)
        self.limited += response.status_code == 429
        if self.rate is None and "RateLimit-Remaining" in response.headers:
            self.rate = response.headers
        if self.ahead is None:
            self.ahead = clock_skew(response.headers, self._now())
        return response

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()


def clock_skew(headers: httpx.Headers, now: float) -> float | None:
    """Say by how many seconds the clock that wrote the ``Date`` of an answer is ahead; None without one."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, TypeError, ValueError):
        return None


def describe_clock_skew(who: str, seconds: float) -> str:
    """Say how far somebody's clock is ahead of this machine's."""
    if abs(seconds) < DRIFT:
        return f"the clock of {who} agrees with this machine's"
    return f"the clock of {who} is {abs(seconds):,.0f} seconds {'ahead of' if seconds > 0 else 'behind'} this machine's"
