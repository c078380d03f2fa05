"""The one error of the demo."""

from __future__ import annotations


class DemoError(Exception):
    """A step did not end as described, or the demo cannot begin; the text is for the terminal."""
