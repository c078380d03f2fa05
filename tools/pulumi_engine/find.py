"""Existing engines on this machine.

An engine is a directory with four executables: the CLI, the Python language host, and the two scripts with which the
host starts a Python program and a Python dynamic provider. A CLI alone is not enough: it would download the host later.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLI = "pulumi"
COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")

# The range of `pulumi` in pyproject.toml, because SDK and engine are released together.
MINIMUM = (3, 200, 0)
NEXT_MAJOR = (4, 0, 0)

VERSION_SECONDS = 60
"""Timeout of `pulumi version`. It usually takes a tenth of a second, but much longer on a cold disk."""

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Engine:
    """A usable engine: the directory for PATH, its version, and its origin for messages."""

    directory: Path
    version: Version
    origin: str


@dataclass(frozen=True)
class UnusableEngine:
    """An existing engine that is not usable, and the reason."""

    reason: str


def text(version: Version) -> str:
    """Format a version as Pulumi does: `3.259.0`."""
    return ".".join(map(str, version))


def parse(version: str) -> Version | None:
    """Parse a version such as `v3.259.0`, with or without `v` and a pre-release suffix; None if it is invalid."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def version_of(cli: Path, environ: Mapping[str, str]) -> Version | None:
    """Return the version of a CLI; None if it does not run or prints no version."""
    try:
        result = subprocess.run(
            [str(cli), "version"],
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(result.stdout) if result.returncode == 0 else None


def on_path(environ: Mapping[str, str]) -> Engine | UnusableEngine | None:
    """Check the first `pulumi` on PATH, which a shell would start."""
    path = environ.get("PATH", "")
    cli = shutil.which(CLI, path=path)
    if cli is None:
        return None
    # Homebrew and others install links on PATH. The engine also searches next to the link's target.
    search_path = os.pathsep.join([str(Path(cli).parent), str(Path(cli).resolve().parent), path])
    return _check(Path(cli), search_path, environ, origin="on PATH")


def earlier_build(directory: Path, environ: Mapping[str, str]) -> Engine | UnusableEngine | None:
    """Check the engine of an earlier build in `directory`; None if there is none."""
    cli = directory / CLI
    if not cli.exists():
        return None
    return _check(cli, str(directory), environ, origin="kept from an earlier build")


def installed(home: Path, environ: Mapping[str, str]) -> Engine | None:
    """Find the newest usable engine that the Automation API's installer installed in `home` (`~/.pulumi/versions`)."""
    versions = sorted(((parse(entry.name) or (0, 0, 0), entry) for entry in home.glob("*")), reverse=True)
    for _, entry in versions:
        directory = entry / "bin"
        engine = _check(directory / CLI, str(directory), environ, origin="kept from Pulumi's installer")
        if isinstance(engine, Engine):
            return engine
    return None


def _check(cli: Path, search_path: str, environ: Mapping[str, str], *, origin: str) -> Engine | UnusableEngine:
    missing = [name for name in COMPANIONS if shutil.which(name, path=search_path) is None]
    if missing:
        return UnusableEngine(f"there is no {' and no '.join(missing)} next to {cli}")
    version = version_of(cli, environ)
    if version is None:
        return UnusableEngine(f"`{cli} version` does not print a version")
    if not MINIMUM <= version < NEXT_MAJOR:
        return UnusableEngine(
            f"{cli} is version {text(version)}; this project needs {text(MINIMUM)} or newer, below {text(NEXT_MAJOR)}"
        )
    return Engine(cli.parent, version, origin)
