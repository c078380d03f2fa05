"""Creates a virtual environment that contains only the dependencies of a wheel, without network access.

It links each file of a dependency from the environment of the tests.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def required(requirements: Iterable[str]) -> dict[str, Distribution]:
    """Return the direct and indirect dependencies by name."""
    distributions: dict[str, Distribution] = {}
    pending = [(Requirement(text), "") for text in requirements]
    visited: set[tuple[str, str]] = set()
    while pending:
        requirement, extra = pending.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for requested_extra in ("", *requirement.extras):
            if (name, requested_extra) in visited:
                continue
            visited.add((name, requested_extra))
            distributions[name] = distribution(name)
            pending += [(Requirement(text), requested_extra) for text in distributions[name].requires or ()]
    return distributions


def make(folder: Path, requirements: Iterable[str]) -> Path:
    """Create the environment in `folder` and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for dependency in required(requirements).values():
        for file in dependency.files or ():
            if ".." in file.parts or "__pycache__" in file.parts:
                continue
            link = site_packages / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(str(file.locate())))
    return folder / "bin" / "python"
