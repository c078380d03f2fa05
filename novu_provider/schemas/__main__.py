"""Write the schemas: ``python -m novu_provider.schemas``."""

from __future__ import annotations

from pathlib import Path

from novu_provider.schemas import build

for name, text in build().items():
    (Path(__file__).parent / f"{name}.schema.json").write_text(text, encoding="utf-8", newline="\n")
