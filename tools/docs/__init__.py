"""Builds the documentation site and checks its sentences: see ``make docs`` and ``make prose``."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def pages() -> list[Path]:
    """Return the hand-written Markdown files of the documentation, sorted."""
    written = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("examples/*/*.md"),
        *ROOT.glob("tests/*/*.md"),
    ]
    return sorted(page for page in written if page.name != "troubleshooting.md")
