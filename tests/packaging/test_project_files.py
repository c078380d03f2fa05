"""The configuration files of GitHub, Dependabot and pre-commit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.docs.hooks import source_address

_ROOT = Path(__file__).resolve().parents[2]
_GITHUB = _ROOT / ".github"
_BIN = Path(sys.executable).parent
_WORKFLOWS = sorted((_GITHUB / "workflows").glob("*.yml"))
_SCHEMAS = {
    "dependabot.yml": "vendor.dependabot",
    "ISSUE_TEMPLATE/bug.yml": "vendor.github-issue-forms",
    "ISSUE_TEMPLATE/feature.yml": "vendor.github-issue-forms",
    "ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    **{f"workflows/{file.name}": "vendor.github-workflows" for file in _WORKFLOWS},
}
_PINNED = re.compile(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run(
        [str(_BIN / program), *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", _SCHEMAS)
def test_each_file_follows_its_schema(name: str) -> None:
    result = _run("check-jsonschema", "--builtin-schema", _SCHEMAS[name], str(_GITHUB / name))
    assert result.returncode == 0, result.stdout


def test_every_job_has_a_timeout() -> None:
    """A job that calls another workflow is the exception: GitHub allows no timeout there."""
    for file in _WORKFLOWS:
        for name, job in _load(file)["jobs"].items():
            assert "uses" in job or "timeout-minutes" in job, f"{file.name}: {name}"


@pytest.mark.parametrize("file", [*_WORKFLOWS, _ROOT / "action.yml"], ids=lambda file: file.name)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    actions = re.findall(r"uses: (\S.*)", file.read_text(encoding="utf-8"))
    assert actions
    assert [action for action in actions if not action.startswith("./") and not _PINNED.fullmatch(action)] == []


def test_pre_commit_accepts_its_configuration() -> None:
    result = _run("pre-commit", "validate-config", ".pre-commit-config.yaml")
    assert result.returncode == 0, result.stdout


def test_no_hook_downloads_anything() -> None:
    for repository in _load(_ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repository["repo"] == "local"
        assert {hook["language"] for hook in repository["hooks"]} == {"system"}


def test_the_jobs_of_a_release_have_minimal_permissions() -> None:
    workflow = _load(_GITHUB / "workflows" / "release.yml")
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "github-release": {"contents": "write"},
    }
    assert workflow["jobs"]["publish"]["environment"] == "release"


def test_dependabot_watches_every_folder_that_exists() -> None:
    for update in _load(_GITHUB / "dependabot.yml")["updates"]:
        for folder in update.get("directories") or [update["directory"]]:
            assert (_ROOT / folder.lstrip("/")).is_dir(), folder


def test_only_the_install_commands_repeat_the_address_of_the_repository() -> None:
    source = source_address(_ROOT)
    matches = subprocess.run(
        ["git", "grep", "--only-matching", "--extended-regexp", rf"[a-z+]*{re.escape(source)}[^ `)\"]*"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    in_pages = [line for line in matches if not line.startswith(("tests/packaging/", "pyproject.toml:"))]
    # `novu-provider init` writes the line of `project_files`, and a test holds the template equal to it.
    pages = ("README.md", "docs/get-started.md", "examples/template/requirements.txt")
    assert in_pages == [f"{page}:git+{source}" for page in (*pages, "novu_provider/cli/project_files.py")]
