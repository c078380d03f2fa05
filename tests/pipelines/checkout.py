"""A repository as a CI job finds it: the Pulumi program, the script of the pipelines, an end-to-end test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.engine import interpreter
from tests.engine.stack import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
PASSPHRASE = "a passphrase of the tests"
TOKEN = "a-bypass-token-of-the-tests"

#: A project without a virtual environment, as `runtime: python` declares it.
PROJECT = "name: test\nruntime: python\n"

#: The Python language host that can be built from Go modules is older than `pulumi install` of the CLI. This script
#: makes the virtual environment of Pulumi.yaml instead, from that of the tests. All other commands are the real CLI.
_PULUMI = """\
#!/bin/sh
if [ "$1" = install ]; then
    echo "$PWD" >>"{log}"
    for folder in {folders}; do [ -e "$folder" ] || ln -s "{prefix}" "$folder"; done
    exit 0
fi
exec "{pulumi}" "$@"
"""
_E2E = '#!/bin/sh\nprintf "%s" "$NOVU_SECRET_KEY" >e2e-ran\n'
_SECONDS = 120
#: The variables of CI systems and of this package, which the machine of the tests may have too.
_FOREIGN = (
    "NOVU_",
    "PULUMI_",
    "VERCEL_",
    "GITHUB_",
    "GITLAB_",
    "GH_",
    "CI_",
    "BITBUCKET_",
    "TRAVIS",
    "CIRCLE",
    "CHANGE_",
)


@dataclass(frozen=True)
class Outcome:
    """The exit status of a job, and everything that it printed."""

    status: int
    output: str


class Checkout:
    """One clean checkout. The jobs of all checkouts of a repository share the state backend."""

    def __init__(self, directory: Path, api_url: str, project: str = PROJECT) -> None:
        self.directory = directory
        self.api_url = api_url
        self.project = project
        self.state = directory.with_name("state")
        self.state.mkdir(exist_ok=True)
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text(project, encoding="utf-8")
        (directory / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        (directory / "requirements.txt").write_text("novu_provider\n", encoding="utf-8")
        installed = directory.with_name("installed")
        if not installed.exists():
            interpreter.virtual_environment(installed)
        if project == PROJECT:
            (directory / ".venv").symlink_to(installed)
        shutil.copy(EXAMPLES / "novu-ci.sh", directory)
        self._executable("e2e.sh", _E2E)
        self.install_log = directory / "pulumi-install"
        folders = "venv" if "virtualenv: venv" in project else ".venv"
        text = _PULUMI.format(
            log=self.install_log, folders=folders, prefix=installed, pulumi=shutil.which("pulumi") or "pulumi"
        )
        self._executable("bin/pulumi", text)
        for tool in ("uv", "poetry"):
            self._executable(f"bin/{tool}", "#!/bin/sh\n")

    def again(self, carried: Iterable[str] = ()) -> Checkout:
        """Make a clean checkout of the same repository for another job.

        :param carried: patterns of the files that the pipeline passes on to that job.
        """
        other = Checkout(self.directory.with_name(f"{self.directory.name}-again"), self.api_url, self.project)
        for pattern in carried:
            for file in self.directory.glob(pattern):
                shutil.copy(file, other.directory)
        return other

    def run(self, script: str, variables: Mapping[str, str], options: str = "-e") -> Outcome:
        """Run lines as the shell of a CI system does."""
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
        """Return the text of a file that a job made."""
        file = self.directory / name
        return file.read_text("utf-8") if file.exists() else None

    def _environ(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        return own | {
            "PATH": os.pathsep.join([str(self.directory / "bin"), own.get("PATH", "")]),
            "CI": "true",
            "PIP_NO_INDEX": "1",
            "PULUMI_HOME": str(self.state / "home"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "NOVU_API_URL": self.api_url,
            "NOVU_WAIT": "0",
        }

    def _executable(self, name: str, text: str) -> None:
        file = self.directory / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
