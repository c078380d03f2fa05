"""Write `examples/ci` again: `python -m tools.pipelines`."""

from __future__ import annotations

from pathlib import Path

from novu_provider.pipelines.files import SCRIPT, SYSTEMS, Project, render

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "ci"


def main() -> None:
    """Write each pipeline and the shared script."""
    for template in (SCRIPT, *(system.template for system in SYSTEMS.values())):
        (FOLDER / template).write_text(render(template, Project()), encoding="utf-8", newline="\n")
    (FOLDER / SCRIPT).chmod(0o755)


if __name__ == "__main__":
    main()
