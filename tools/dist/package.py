"""Builds, checks and tries the distribution files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from tools.dist.errors import DistError

#: Commands that together import all libraries of the command line, each with a word that it prints.
TRIALS: dict[tuple[str, ...], str] = {
    ("--version",): "version",
    ("--help",): "doctor",
    ("adopt", "--help"): "Usage",
    ("doctor", "--help"): "Usage",
    ("local", "--help"): "--port",
    ("manifest", "--help"): "export",
    ("plan", "--schema"): '"$schema"',
    ("promote", "--help"): "Usage",
    ("show", "--help"): "Usage",
}


@dataclass(frozen=True)
class Distribution:
    """The two files of one version."""

    wheel: Path
    archive: Path

    def metadata(self) -> Message:
        """Return the metadata of the wheel."""
        with zipfile.ZipFile(self.wheel) as files:
            (name,) = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
            return BytesParser().parsebytes(files.read(name))


def build(root: Path, output: Path) -> Distribution:
    """Build the source archive, and the wheel from it, with the build back end of this virtual environment."""
    shutil.rmtree(output, ignore_errors=True)
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), str(root)], "the build failed")
    (wheel,) = output.glob("*.whl")
    (archive,) = output.glob("*.tar.gz")
    return Distribution(wheel, archive)


def check(distribution: Distribution) -> None:
    """Check the metadata as a registry does, and the list of files in the wheel."""
    files = [str(distribution.wheel), str(distribution.archive)]
    run([sys.executable, "-m", "twine", "check", "--strict", *files], "twine refuses the metadata")
    run([sys.executable, "-m", "check_wheel_contents", str(distribution.wheel)], "the wheel has wrong contents")


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel with its dependencies into a new virtual environment. Return the folder of its commands."""
    run([sys.executable, "-m", "venv", str(folder)], "the virtual environment could not be made")
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    run([str(commands / "python"), "-m", "pip", "install", "--quiet", str(wheel)], "pip could not install the wheel")
    return commands


def try_out(commands: Path, folder: Path, version: str) -> None:
    """Run the installed command outside the checkout, so that Python imports only the installed package."""
    program = str(commands / "novu-provider")
    for arguments, word in TRIALS.items():
        output = run([program, *arguments], "the installed command failed", folder)
        expected = version if arguments == ("--version",) else word
        if expected not in output:
            raise DistError(
                f"`novu-provider {' '.join(arguments)}` does not print {expected!r}.",
                f"It printed: {output.strip()[:200]}",
                "Correct the command, or the trial in tools/dist/package.py.",
            )


def run(command: Sequence[str], failure: str, folder: Path | None = None) -> str:
    """Run a command and return its output.

    :raises DistError: the command failed. The error contains the output.
    """
    # Neither a variable nor the current folder may add an import path.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    result = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode:
        raise DistError(
            f"{failure}: {Path(command[0]).name} returned {result.returncode}.",
            result.stdout.strip(),
            f"Correct the fault, then run the command again: {' '.join(command)}",
        )
    return result.stdout
