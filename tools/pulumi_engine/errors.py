"""The error of this package: there is no usable engine."""

from __future__ import annotations


class EngineError(Exception):
    """The problem, its likely cause and the fix."""

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  Why:  {self.why}\n  Fix:  {self.fix}"
