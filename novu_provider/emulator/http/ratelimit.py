"""Rate limits: a token bucket per environment and category, with Novu's headers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.http.errors import NovuError

Category: TypeAlias = Literal["global", "configuration", "trigger"]

_BURST = 1.1
"""Size of a full bucket, relative to the requests of one window."""


@dataclass
class _Bucket:
    tokens: float
    updated_at: float


class RateLimiter:
    """Counts requests if the configuration sets a rate limit.

    Observed on Novu 3.19.0 in the free tier: 150 requests per 5 s and a burst of 165 on most endpoints. Each response
    to a request with a valid key has the headers. Status 429 comes with `Retry-After: 1`.
    """

    def __init__(self, config: EmulatorConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = config.rate_limit_window
        self._clock = clock
        self._buckets: dict[tuple[str, Category], _Bucket] = {}
        self._rates: dict[Category, int] = {}
        if config.rate_limit is not None:
            self._rates = {
                "global": config.rate_limit,
                "configuration": config.rate_limit_configuration or max(1, config.rate_limit * 2 // 3),
                "trigger": config.rate_limit_trigger or config.rate_limit * 2,
            }

    def take(self, environment: str, category: Category) -> dict[str, str]:
        """Count one request and return the headers for its response. Raise 429 if the bucket is empty."""
        rate = self._rates.get(category)
        if rate is None:
            return {}
        limit = rate * self._window
        burst = int(limit * _BURST)
        now = self._clock()
        bucket = self._buckets.setdefault((environment, category), _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.updated_at) * rate)
        bucket.updated_at = now
        allowed = bucket.tokens >= 1
        if allowed:
            bucket.tokens -= 1
        reset = max(1, math.ceil((1 - bucket.tokens) / rate))
        headers = {
            "RateLimit-Remaining": str(int(bucket.tokens)),
            "RateLimit-Limit": str(limit),
            "RateLimit-Reset": str(reset),
            "RateLimit-Policy": f'{limit};w={self._window};burst={burst};comment="token bucket";'
            f'category="{category}";cost="single";serviceLevel="free"',
        }
        if not allowed:
            raise NovuError(429, "API rate limit exceeded", headers={**headers, "Retry-After": str(reset)})
        return headers
