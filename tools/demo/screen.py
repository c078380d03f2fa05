"""The output of the demo itself, without that of its commands."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass

_WIDTH = 100


@dataclass(frozen=True)
class Screen:
    """The terminal.

    :param color: whether headlines are bold and colored.
    """

    color: bool

    def headline(self, number: int, of: int, title: str, why: str) -> None:
        """Print the title and the explanation of a step."""
        self._print("")
        self._print(f"== {number}/{of}  {title} ".ljust(_WIDTH, "="), "1;36")
        self._print(textwrap.fill(why, _WIDTH))

    def command(self, line: str) -> None:
        """Print a command before it runs."""
        self._print(f"\n$ {line}", "1")

    def note(self, text: str) -> None:
        """Print a note."""
        self._print(text)

    def passed(self, text: str) -> None:
        """Print the verified result of a step."""
        self._print(f"ok: {text}", "32")

    def failed(self, text: str) -> None:
        """Print to stderr why the demo ends."""
        sys.stdout.flush()
        print(f"\nerror: {text}", file=sys.stderr, flush=True)

    def _print(self, text: str, style: str = "") -> None:
        # Flush, because commands write to the same terminal.
        print(f"\033[{style}m{text}\033[0m" if style and self.color else text, flush=True)
