"""``docs/troubleshooting.md``: every error that the package can give, read from its source.

``python -m tools.troubleshooting`` writes it anew; a test holds it equal to the code, and fails when an error is made
in a way that cannot be read here.
"""

from __future__ import annotations

from pathlib import Path

from tools.troubleshooting.collection import collect
from tools.troubleshooting.document import render

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "troubleshooting.md"


def build() -> str:
    """Make the document's text.

    :raises Unreadable: an error is made in a way that cannot be read.
    """
    return render(collect(ROOT))
