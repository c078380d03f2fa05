"""What the demo itself says on the terminal, apart from the commands that it runs."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass

_WIDTH = 100


@dataclass(frozen=True)
class Screen:
    """The terminal.

    :param color: whether headlines are set off by bold type and colour.
    """

    color: bool

    def headline(self, number: int, of: int, title: str, why: str) -> None:
        """Announce a step: its title, and what it shows."""
        self._say("")
        self._say(f"== {number}/{of}  {title} ".ljust(_WIDTH, "="), "1;36")
        self._say(textwrap.fill(why, _WIDTH))

    def command(self, line: str) -> None:
        """Show a command before it runs."""
        self._say(f"\n$ {line}", "1")

    def note(self, text: str) -> None:
        """Say something on the way."""
        self._say(text)

    def passed(self, text: str) -> None:
        """Say that what had to happen has happened."""
        self._say(f"ok: {text}", "32")

    def failed(self, text: str) -> None:
        """Say on stderr why the demo ends."""
        sys.stdout.flush()
        print(f"\nerror: {text}", file=sys.stderr, flush=True)

    def _say(self, text: str, style: str = "") -> None:
        # Commands write to the same terminal, so nothing may wait in a buffer.
        print(f"\033[{style}m{text}\033[0m" if style and self.color else text, flush=True)
