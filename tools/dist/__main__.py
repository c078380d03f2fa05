"""Build and check the distribution: ``python -m tools.dist [--tag v1.2.3 --notes notes.md]``.

The release workflow runs this with the tag. Without one it does everything but the checks of the release.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tools.dist import package, release
from tools.dist.errors import DistError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> None:
    """Build, check, install and try the distribution."""
    parser = argparse.ArgumentParser(prog="tools.dist", description="Build and check the wheel and the source archive.")
    parser.add_argument("--tag", help="the tag of the release, such as v1.2.3")
    parser.add_argument("--notes", type=Path, help="where to write the changelog's section of this version")
    options = parser.parse_args(arguments)
    made = package.build(ROOT, ROOT / "dist")
    print(f"dist: built {made.archive.name} and {made.wheel.name}")
    metadata = made.metadata()
    if options.tag:
        release.check_tag(options.tag, metadata["Version"])
        release.check_addresses(metadata.get_all("Project-URL", []))
        print(f"dist: the tag {options.tag} names this version, and every address is set")
    if options.notes:
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        options.notes.write_text(release.notes(changelog, metadata["Version"]), encoding="utf-8", newline="\n")
        print(f"dist: wrote the changelog's section to {options.notes}")
    package.check(made)
    print("dist: twine accepts the metadata, and the wheel has the right contents")
    with tempfile.TemporaryDirectory() as folder:
        commands = package.install(made.wheel, Path(folder) / "venv")
        package.try_out(commands, Path(folder), metadata["Version"])
    print(f"dist: the wheel installs into an empty environment, and {len(package.TRIALS)} commands run there")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DistError as error:
        sys.exit(f"error: {error}")
