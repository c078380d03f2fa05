"""Write the page: ``python -m tools.troubleshooting``."""

from __future__ import annotations

from tools.troubleshooting import DOCUMENT, build

DOCUMENT.write_text(build(), encoding="utf-8", newline="\n")
