"""Reports long sentences of the documentation: ``python -m tools.docs.sentences``.

It lists each sentence with more than 25 words, and fails if one has more than 30. It ignores code, tables and headings.
A code span counts as one word, and a link as its text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.docs import ROOT, pages

LONG, TOO_LONG = 25, 30

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
#: A line that is not prose: a table, a heading, HTML, indented code, or a directive of MkDocs.
_NOT_PROSE = re.compile(r"^(?:\||#|<|    \S|:::|\s+:\w+:|!!! )")
_END = re.compile(r"(?<=[.!?:])[*_\")’”]*\s+(?=[*_\"(“]*(?:[A-Z`\[0-9…]|novu_provider))")
_WORD = re.compile(r"[^\W_][\w'’.,/÷×:@%-]*")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a page."""

    page: Path
    line: int
    text: str

    @property
    def words(self) -> int:
        """The number of words. A code span counts as one word."""
        return len(_WORD.findall(_CODE_SPAN.sub("code", self.text)))


def sentences(page: Path, markdown: str) -> Iterator[Sentence]:
    """Split one page into its sentences."""
    for line, paragraph in _paragraphs(_FENCE.sub(lambda block: "\n" * block[0].count("\n"), markdown)):
        for text in _split(_LINK.sub(r"\1", paragraph)):
            yield Sentence(page, line, text)


def _split(paragraph: str) -> Iterator[str]:
    # A full stop inside a code span does not end a sentence, so numbers replace the spans before the split.
    spans: list[str] = []

    def replace_span(span: re.Match[str]) -> str:
        spans.append(span[0])
        return f"`{len(spans) - 1}`"

    for sentence in _END.split(_CODE_SPAN.sub(replace_span, paragraph)):
        yield " ".join(re.sub(r"`(\d+)`", lambda mark: spans[int(mark[1])], sentence).split())


def _paragraphs(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield each paragraph or item of a list, with the number of its first line."""
    first_line, lines = 0, list[str]()
    in_list = False
    for number, line in enumerate([*markdown.split("\n"), ""], start=1):
        item = _ITEM.match(line)
        prose = bool(line.strip()) and (item or in_list or not _NOT_PROSE.match(line)) and not line.startswith("|")
        if lines and (item or not prose):
            yield first_line, "\n".join(lines)
            lines = []
        if line.strip():
            in_list = bool(item) or (in_list and line.startswith(" "))
        if prose:
            first_line = first_line if lines else number
            lines.append(_ITEM.sub("", line))


def long_sentences(files: Iterable[Path], limit: int = LONG) -> list[Sentence]:
    """Return the sentences with more than ``limit`` words."""
    return [
        sentence
        for file in files
        for sentence in sentences(file, file.read_text(encoding="utf-8"))
        if sentence.words > limit
    ]


def main(files: Iterable[Path]) -> int:
    """Print the report. Return 1 if a sentence is too long."""
    long = long_sentences(files)
    for sentence in long:
        level = "error" if sentence.words > TOO_LONG else "long"
        page = sentence.page.relative_to(ROOT) if sentence.page.is_relative_to(ROOT) else sentence.page
        print(f"{level}: {page}:{sentence.line}: {sentence.words} words: {sentence.text}")
    failed = sum(sentence.words > TOO_LONG for sentence in long)
    print(f"sentences: {len(long)} of more than {LONG} words, {failed} of more than {TOO_LONG}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name).resolve() for name in sys.argv[1:]] or pages()))
