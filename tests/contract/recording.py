"""The recorded exchanges, as data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "recordings"

LEFT_OUT = {
    237: "needs a session token of a signed-in person; the embedded Novu has no users",
    238: "needs a session token of a signed-in person; the embedded Novu has no users",
}
"""Recordings that are not replayed, by number, and why. README.md says the same to people."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One exchange. `text` is the whole file, in which addresses and ids can be replaced at once."""

    number: int
    title: str
    text: str

    @property
    def content(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    @property
    def data(self) -> Any:
        """What the real Novu answered in its `data` envelope."""
        return self.content["body"]["data"]

    def __str__(self) -> str:
        return f"{self.number:03} {self.title}"


def _load(path: Path) -> Recording:
    text = path.read_text(encoding="utf-8")
    return Recording(number=int(path.name[:3]), title=json.loads(text)["title"], text=text)


ALL = {recording.number: recording for recording in map(_load, sorted(_FOLDER.glob("*.json")))}
"""Every recording by its number, in the order in which they were made."""
