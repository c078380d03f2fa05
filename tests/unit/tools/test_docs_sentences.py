"""The report of long sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs.sentences import LONG, TOO_LONG, long_sentences, main, sentences

_PAGE = Path("page.md")


def _texts(markdown: str) -> list[str]:
    return [sentence.text for sentence in sentences(_PAGE, markdown)]


def test_a_paragraph_is_split_at_its_full_stops() -> None:
    assert _texts("One fact. Another\none! A third?\n\nA new paragraph") == [
        "One fact.",
        "Another one!",
        "A third?",
        "A new paragraph",
    ]


def test_a_dot_inside_a_name_does_not_end_a_sentence() -> None:
    assert _texts("Run `make. Now` with Python 3.10 or a v1.2 of it. Then stop.") == [
        "Run `make. Now` with Python 3.10 or a v1.2 of it.",
        "Then stop.",
    ]


def test_the_items_of_a_list_are_separate_sentences() -> None:
    assert _texts("Three:\n\n- one\n  and its end\n- two\n\n  with a paragraph\n1. three") == [
        "Three:",
        "one and its end",
        "two",
        "with a paragraph",
        "three",
    ]


@pytest.mark.parametrize(
    "markdown",
    [
        "```bash\nsome code. More of it.\n```",
        "# A heading",
        "| a table | of values |\n|---|---|\n| one. | Two. |",
        "    indented code",
        "<b>HTML</b>",
        "- an item\n\n    ```python\n    code\n    ```",
    ],
)
def test_code_headings_and_tables_are_ignored(markdown: str) -> None:
    assert _texts(markdown) in ([], ["an item"])


def test_a_code_span_counts_as_one_word_and_a_link_as_its_text() -> None:
    (sentence,) = sentences(_PAGE, "Set `a b c d` as [the page](https://example.com/a/b) says.")
    assert sentence.words == 6


def test_the_line_of_a_sentence_is_that_of_its_paragraph() -> None:
    assert [sentence.line for sentence in sentences(_PAGE, "# T\n\nOne.\n\n```\ncode\n```\n\nTwo.")] == [3, 9]


@pytest.mark.parametrize(("words", "status", "listed"), [(LONG, 0, 0), (LONG + 1, 0, 1), (TOO_LONG + 1, 1, 1)])
def test_long_sentences_are_listed_and_too_long_ones_fail(
    tmp_path: Path, words: int, status: int, listed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(" ".join(["word"] * words) + ".\n", encoding="utf-8")
    assert len(long_sentences([page])) == listed
    assert main([page]) == status
    assert f"{page}:1: {words} words" in capsys.readouterr().out or not listed
