"""The error of the demo."""

from __future__ import annotations


class DemoError(Exception):
    """A step had another result, or the demo cannot start."""
