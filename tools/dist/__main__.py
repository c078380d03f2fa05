"""Build and check the distribution: ``python -m tools.dist [--tag v1.2.3 --notes notes.md]``.

The release workflow runs it with the tag. Without a tag it skips the checks of a release.
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
    parser.add_argument("--notes", type=Path, help="the file for the changelog's section of this version")
    options = parser.parse_args(arguments)
    distribution = package.build(ROOT, ROOT / "dist")
    print(f"dist: built {distribution.archive.name} and {distribution.wheel.name}")
    metadata = distribution.metadata()
    if options.tag:
        release.check_tag(options.tag, metadata["Version"])
        release.check_addresses(metadata.get_all("Project-URL", []))
        print(f"dist: the tag {options.tag} names this version, and every address is set")
    if options.notes:
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        options.notes.write_text(release.notes(changelog, metadata["Version"]), encoding="utf-8", newline="\n")
        print(f"dist: wrote the changelog's section to {options.notes}")
    package.check(distribution)
    print("dist: twine accepts the metadata, and the wheel has the right contents")
    with tempfile.TemporaryDirectory() as folder:
        commands = package.install(distribution.wheel, Path(folder) / "venv")
        package.try_out(commands, Path(folder), metadata["Version"])
    print(f"dist: the wheel installs into an empty environment, and {len(package.TRIALS)} commands run there")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DistError as error:
        sys.exit(f"error: {error}")
