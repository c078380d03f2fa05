"""Searches files and texts for secrets, in several encodings."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PIECE = 8
"""Length of the pieces to search for, because a truncated secret is a leak too."""

_CORE = 24
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Match:
    """A secret that was found: the place, its name, its encoding, and the text around it."""

    place: str
    secret: str
    form: str
    excerpt: str


def made_up(name: str) -> str:
    """Return a made-up secret: letters and digits between characters that encodings change.

    It contains no space, because a key is part of a header and a token is part of a URL.
    """
    digest = base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return f'&"{_letters(digest)}"+/=\\%s<>'


def needles(secret: str) -> dict[bytes, str]:
    """Return the byte strings that reveal a secret of `made_up`, each with the name of its encoding.

    Text encodings do not change letters and digits. A piece of them therefore finds the plain secret, and one with URL,
    JSON or HTML escapes, nested or truncated.
    """
    core = _letters(secret)
    text = {core[start : start + _PIECE].encode(): "text" for start in range(0, len(core), _PIECE)}
    digits = core.encode().hex()
    hexadecimal = dict.fromkeys((digits.encode(), digits.upper().encode()), "hexadecimal")
    return {**text, **hexadecimal, **dict.fromkeys(_base64(core.encode()), "base64")}


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())[:_CORE]


def _base64(data: bytes) -> Iterator[bytes]:
    """Yield the base64 characters of the data for each of the three possible alignments."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data)
        inner = text[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


@dataclass
class Search:
    """Searches texts and files for secrets, and counts the files and bytes.

    :param secrets: the secrets by name.
    :param without_known_leaks: removes known leaks of other software from a content.
    """

    secrets: Mapping[str, str]
    without_known_leaks: Callable[[bytes], bytes] = lambda data: data
    files: int = 0
    size: int = 0
    matches: list[Match] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._needles = [
            (needle, name, form) for name, value in self.secrets.items() for needle, form in needles(value).items()
        ]
        self._seen: dict[Path, tuple[int, int, int]] = {}

    def data(self, place: str, data: bytes) -> None:
        """Search one text."""
        self.size += len(data)
        rest = self.without_known_leaks(data)
        for needle, name, form in self._needles:
            at = rest.find(needle)
            if at >= 0:
                excerpt = rest[max(0, at - 120) : at + len(needle) + 40].decode(errors="replace")
                self.matches.append(Match(place, name, form, excerpt))

    def tree(self, *roots: Path) -> None:
        """Search each file in these folders that is new or has changed since the last call."""
        for path in _files(roots):
            about = path.stat()
            version = (about.st_ino, about.st_size, about.st_mtime_ns)
            if self._seen.get(path) == version:
                continue
            self._seen[path] = version
            self.files += 1
            content = path.read_bytes()
            self.data(str(path), content)
            if content.startswith(_GZIP):
                self.data(f"{path} (unpacked)", gzip.decompress(content))


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        yield from (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
