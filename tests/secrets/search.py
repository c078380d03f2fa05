"""Looks for secrets in whatever was written, however it was encoded on its way."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Length of the pieces that are looked for: a secret that is cut for display is a leak too.
_PIECE = 8
_CORE = 24
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Trace:
    """A secret that was found: where, which one, as text or encoded, and what stands around it."""

    place: str
    secret: str
    form: str
    excerpt: str


def made_up(name: str) -> str:
    """A secret that cannot be mistaken: letters and digits between characters that encodings change.

    A key goes into a header and a token into a URL, so neither has a space.
    """
    digest = base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return f'&"{_letters(digest)}"+/=\\%s<>'


def needles(secret: str) -> dict[bytes, str]:
    """What betrays a secret that :func:`made_up` made, each with the name of the form.

    No encoding of text changes letters and digits: a piece of them shows the plain secret, the URL-encoded, the
    JSON- and the HTML-escaped one, also one in the other, and one that was cut.
    """
    core = _letters(secret)
    text = {core[start : start + _PIECE].encode(): "text" for start in range(0, len(core), _PIECE)}
    digits = core.encode().hex()
    hexadecimal = dict.fromkeys((digits.encode(), digits.upper().encode()), "hexadecimal")
    return {**text, **hexadecimal, **dict.fromkeys(_base64(core.encode()), "base64")}


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalnum())[:_CORE]


def _base64(data: bytes) -> Iterator[bytes]:
    """The characters that stand for the data whatever stands before it: base64 has three alignments."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data)
        inner = text[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


@dataclass
class Search:
    """Searches texts and files for secrets, and counts what it has read.

    :param secrets: the values by the names that they are reported under.
    :param forgive: takes out of a content what somebody else answers for, and gives the rest.
    """

    secrets: Mapping[str, str]
    forgive: Callable[[bytes], bytes] = lambda data: data
    files: int = 0
    size: int = 0
    traces: list[Trace] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._needles = [
            (needle, name, form) for name, value in self.secrets.items() for needle, form in needles(value).items()
        ]
        self._seen: dict[Path, tuple[int, int, int]] = {}

    def data(self, place: str, data: bytes) -> None:
        """Search one content."""
        self.size += len(data)
        rest = self.forgive(data)
        for needle, name, form in self._needles:
            at = rest.find(needle)
            if at >= 0:
                excerpt = rest[max(0, at - 120) : at + len(needle) + 40].decode(errors="replace")
                self.traces.append(Trace(place, name, form, excerpt))

    def tree(self, *roots: Path) -> None:
        """Search every file below these folders that is new or has changed since the last time."""
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
