"""An id in a query string, and in the patterns that match it. No result can end a token of a configuration.

Novu writes a query with JavaScript's ``URLSearchParams``: a space becomes ``+``, and all bytes but letters, digits and
``*-._`` become ``%XX``. Other clients write ``%20`` for a space, and leave more characters as they are.
"""

from __future__ import annotations

import itertools
import re
from urllib.parse import quote_plus

from novu_provider.errors import ManifestError

#: Characters that some clients leave as they are, and others percent-encode.
_LEFT_BY_SOME = frozenset(b"-._~*!'()")
_WORD = re.compile(rb"[0-9A-Za-z_]+")


def in_query(id_: str) -> str:
    """Return an id as Novu writes it in a query: ASCII letters, digits and ``*-._+%``."""
    return quote_plus(id_, safe="*").replace("~", "%7E")


def pattern_in_query(id_: str) -> str:
    """Return a regular expression (PCRE) for every form of an id in a query. It matches no other id.

    It consists of ASCII letters, digits, ``_`` and ``\\ % ( ) ? : |``.
    """
    parts = (
        word.decode() if is_word else "".join(map(_byte_in_query, word))
        for is_word, word in _words(id_.encode("utf-8", "surrogatepass"))
    )
    return "".join(parts)


def pattern(id_: str) -> str:
    """Return a regular expression (RE2) for exactly this id, of ASCII letters, digits, ``_`` and ``\\ { }``."""
    return "".join(
        character if character == "_" or (character.isascii() and character.isalnum()) else f"\\x{{{ord(character):X}}}"
        for character in id_
    )


def expect_length(id_: str, text: str, longest: int, what: str) -> str:
    """Return ``text``, the form of an id in a configuration.

    :raises ManifestError: it is longer than the format allows.
    """
    if len(text) <= longest:
        return text
    raise ManifestError(
        f"the id {id_[:40]!r}… is too long for {what}.",
        why=f"Its form in the configuration has {len(text)} characters; {longest} are allowed.",
        fix="Shorten the id, or use another format.",
        prop="sources",
    )


def _words(data: bytes) -> list[tuple[bool, bytes]]:
    ends = [0, *itertools.chain.from_iterable(match.span() for match in _WORD.finditer(data)), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(ends)]
    return [(_WORD.fullmatch(piece) is not None, piece) for piece in pieces if piece]


def _byte_in_query(byte: int) -> str:
    encoded = f"(?i:%{byte:02X})"
    if byte == 0x20:
        return rf"(?:\x2B|{encoded})"
    return rf"(?:\x{byte:02X}|{encoded})" if byte in _LEFT_BY_SOME else encoded
