"""A virtual environment with the distributions that a wheel requires and no others, made without the network.

Each required distribution is linked, file by file, from the environment of the tests.
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
    """Return the distributions that the requirements need, directly and indirectly, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(Requirement(text), "") for text in requirements]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) in seen:
                continue
            seen.add((name, wanted))
            found[name] = distribution(name)
            waiting += [(Requirement(text), wanted) for text in found[name].requires or ()]
    return found


def make(folder: Path, requirements: Iterable[str]) -> Path:
    """Make the environment in `folder`; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for found in required(requirements).values():
        for file in found.files or ():
            if ".." in file.parts or "__pycache__" in file.parts:
                continue
            link = own / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(str(file.locate())))
    return folder / "bin" / "python"
