"""Generates ``docs/reference/troubleshooting.md``, a list of every error of the package, from its source.

``python -m tools.troubleshooting`` writes the page. A test fails if the page is out of date, or if the code creates an
error in a way that this tool cannot read.
"""

from __future__ import annotations

from pathlib import Path

from tools.troubleshooting.collection import collect
from tools.troubleshooting.document import render

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "reference" / "troubleshooting.md"


def build() -> str:
    """Return the text of the page.

    :raises UnreadableSource: the code creates an error in a way that this tool cannot read.
    """
    return render(collect(ROOT))
