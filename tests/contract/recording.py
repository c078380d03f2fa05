"""Loads the recorded exchanges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "recordings"

NOT_REPLAYED = {
    237: "needs the session token of a user, and the emulator has no users",
    238: "needs the session token of a user, and the emulator has no users",
}
"""Recordings that are not replayed, by number, with the reason. README.md lists them too."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One exchange. `text` is the whole file, so that addresses and ids can be replaced everywhere."""

    number: int
    title: str
    text: str

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    @property
    def data(self) -> Any:
        """The field `data` of the recorded response."""
        return self.content["body"]["data"]

    def __str__(self) -> str:
        return f"{self.number:03} {self.title}"


def _load(path: Path) -> Recording:
    text = path.read_text(encoding="utf-8")
    return Recording(number=int(path.name[:3]), title=json.loads(text)["title"], text=text)


RECORDINGS = {recording.number: recording for recording in map(_load, sorted(_FOLDER.glob("*.json")))}
"""All recordings by number, in recorded order."""
