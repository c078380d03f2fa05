"""Engines that are on this machine already.

An engine is a directory with four executables: the CLI, the Python language host, and the two scripts with which the
host starts a Python program and a Python dynamic provider. A CLI alone is none: it would download the host in mid-run.
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

# The range of `pulumi` in pyproject.toml, as SDK and engine are released together.
MINIMUM = (3, 200, 0)
NEXT_MAJOR = (4, 0, 0)

VERSION_SECONDS = 60
"""Bound for `pulumi version`: it takes a tenth of a second, but a first start from a cold disk has taken many."""

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Engine:
    """A usable engine: the directory to put on PATH, its version, and where it comes from (for the user's eyes)."""

    directory: Path
    version: Version
    origin: str


@dataclass(frozen=True)
class Refused:
    """An engine that is there and not used, with the reason in one sentence."""

    reason: str


def text(version: Version) -> str:
    """Write a version as Pulumi does, `3.259.0`."""
    return ".".join(map(str, version))


def parse(version: str) -> Version | None:
    """Read `v3.259.0`, with or without the v and a pre-release suffix; None when it is something else."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def version_of(cli: Path, environ: Mapping[str, str]) -> Version | None:
    """Ask the CLI for its version; None when it does not run or says nothing that is a version."""
    try:
        answer = subprocess.run(
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
    return parse(answer.stdout) if answer.returncode == 0 else None


def on_path(environ: Mapping[str, str]) -> Engine | Refused | None:
    """Judge the first `pulumi` on PATH, the only one that a shell would start."""
    path = environ.get("PATH", "")
    found = shutil.which(CLI, path=path)
    if found is None:
        return None
    # Homebrew and others put links on PATH; the engine looks for its companions beside the link's target, too.
    where = os.pathsep.join([str(Path(found).parent), str(Path(found).resolve().parent), path])
    return _judge(Path(found), where, environ, origin="on PATH")


def kept(directory: Path, environ: Mapping[str, str]) -> Engine | Refused | None:
    """Judge the engine that an earlier build kept in `directory`, None when there is none."""
    cli = directory / CLI
    if not cli.exists():
        return None
    return _judge(cli, str(directory), environ, origin="kept from an earlier build")


def installed(home: Path, environ: Mapping[str, str]) -> Engine | None:
    """Find the newest usable engine that the Automation API's installer left in `home` (`~/.pulumi/versions`)."""
    versions = sorted(((parse(entry.name) or (0, 0, 0), entry) for entry in home.glob("*")), reverse=True)
    for _, entry in versions:
        directory = entry / "bin"
        engine = _judge(directory / CLI, str(directory), environ, origin="kept from Pulumi's installer")
        if isinstance(engine, Engine):
            return engine
    return None


def _judge(cli: Path, where: str, environ: Mapping[str, str], *, origin: str) -> Engine | Refused:
    missing = [name for name in COMPANIONS if shutil.which(name, path=where) is None]
    if missing:
        return Refused(f"{cli} has no {' and no '.join(missing)} beside it")
    version = version_of(cli, environ)
    if version is None:
        return Refused(f"{cli} does not answer `pulumi version`")
    if not MINIMUM <= version < NEXT_MAJOR:
        return Refused(
            f"{cli} is {text(version)}; this project needs {text(MINIMUM)} or newer, below {text(NEXT_MAJOR)}"
        )
    return Engine(cli.parent, version, origin)
