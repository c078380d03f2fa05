"""The error of ``make dist``."""

from __future__ import annotations


class DistError(Exception):
    """A distribution that must not be released."""

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(f"{what}\n  Why: {why}\n  Fix: {fix}")
