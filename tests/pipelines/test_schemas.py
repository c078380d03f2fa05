"""Each pipeline file and the script by the checkers that can be had without the network.

`check-jsonschema` carries the schemas; there is none for a Jenkinsfile, which only a running Jenkins validates.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.checkout import EXAMPLES, ROOT
from tests.pipelines.pipelines import SYSTEMS

_BIN = Path(sys.executable).parent
_SCHEMAS = {
    "github-actions.yml": "github-workflows",
    "gitlab-ci.yml": "gitlab-ci",
    "circleci.yml": "circle-ci",
    "bitbucket-pipelines.yml": "bitbucket-pipelines",
    "azure-pipelines.yml": "azure-pipelines",
    "travis.yml": "travis",
}
#: These have a transformation of their own for tags and expressions.
_TRANSFORMED = ("gitlab-ci", "azure-pipelines")


def _check(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _schema(schema: str, file: Path) -> None:
    # Some of the schemas have expressions that are none in ECMAScript's unicode mode.
    command = [str(_BIN / "check-jsonschema"), "--regex-variant", "nonunicode"]
    transform = ["--data-transform", schema] if schema in _TRANSFORMED else []
    _check([*command, "--builtin-schema", f"vendor.{schema}", *transform, str(file)])


@pytest.mark.parametrize("name", _SCHEMAS)
def test_each_file_holds_to_its_systems_schema(name: str) -> None:
    _schema(_SCHEMAS[name], EXAMPLES / name)


def test_the_action_holds_to_its_schema() -> None:
    _schema("github-actions", ROOT / "action.yml")


def test_shellcheck() -> None:
    """Of every script in the repository. `make check` runs actionlint, which also looks into the workflows' scripts."""
    command = ["git", "ls-files", "*.sh", ".ci/run"]
    scripts = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {"examples/ci/novu-ci.sh", ".github/action/run.sh", ".ci/run"} <= set(scripts)
    _check([str(_BIN / "shellcheck"), *(str(ROOT / script) for script in scripts)])


def test_no_file_writes_a_secret_on_a_command_line() -> None:
    """Each has its own word for a secret; the lines that are run name none of them, but for Travis's renaming."""
    store = dict.fromkeys(
        ("NOVU_SECRET_KEY", "NOVU_BRIDGE_URL", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"), "value"
    ) | {"VERCEL_AUTOMATION_BYPASS_SECRET": "value"}
    for read in SYSTEMS.values():
        for half in ("pull request", "main"):
            for step in read(half, store):
                lines = step.script.split("&&")
                words = ("SECRET", "PASSPHRASE", "secrets.", "TOKEN")
                assert not [line for line in lines if any(word in line for word in words) and "export" not in line]
