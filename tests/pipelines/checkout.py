"""A repository as a CI job finds it: the Pulumi program, the copied script, an end-to-end hook, a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.engine.stack import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
PASSPHRASE = "a passphrase of the tests"
TOKEN = "a-bypass-token-of-the-tests"

#: Stands in for the command of GitHub's runners: it keeps what it is asked, and never asks GitHub.
_GH = '#!/bin/sh\nprintf "%s\\n" "$@" >gh-was-asked\n'
_E2E = '#!/bin/sh\nprintf "%s" "$NOVU_SECRET_KEY" >e2e-ran\n'
_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """How a job ended, and everything that it printed."""

    status: int
    output: str


class Checkout:
    """One clean checkout; its jobs share the state backend, as real ones do."""

    def __init__(self, directory: Path, api_url: str) -> None:
        self.directory = directory
        self.api_url = api_url
        self.state = directory.with_name("state")
        self.state.mkdir()
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text("name: test\nruntime: python\n", encoding="utf-8")
        (directory / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        # What the virtual environment of the tests has already, so pip looks nothing up.
        (directory / "requirements.txt").write_text("novu_provider\n", encoding="utf-8")
        (directory / ".venv").symlink_to(Path(sys.executable).parents[1])
        shutil.copy(EXAMPLES / "novu-ci.sh", directory)
        self._executable("e2e.sh", _E2E)
        self._executable("bin/gh", _GH)

    def run(self, script: str, variables: Mapping[str, str], options: str = "-e") -> Outcome:
        """Run lines as a CI system's shell does."""
        done = subprocess.run(
            ["bash", *options.split(), "-c", script],
            cwd=self.directory,
            env={**self._environ(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout)

    def made(self, name: str) -> str | None:
        """The text of a file that a job made."""
        file = self.directory / name
        return file.read_text("utf-8") if file.exists() else None

    def _environ(self) -> dict[str, str]:
        foreign = ("NOVU_", "PULUMI_", "VERCEL_", "GITHUB_")
        own = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        return own | {
            "PATH": os.pathsep.join([str(self.directory / "bin"), own.get("PATH", "")]),
            "CI": "true",
            "PIP_NO_INDEX": "1",
            "PULUMI_HOME": str(self.state / "home"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GITHUB_STEP_SUMMARY": str(self.directory / "summary.md"),
            "NOVU_API_URL": self.api_url,
            "NOVU_WAIT": "0",
        }

    def _executable(self, name: str, text: str) -> None:
        file = self.directory / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
