"""The one error of this package: an engine could not be had."""

from __future__ import annotations


class EngineError(Exception):
    """What happened, why that is likely, and what to do about it, as three sentences for a user."""

    def __init__(self, what: str, why: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n  Why:  {self.why}\n  Fix:  {self.todo}"
