"""Each pipeline, the action and the scripts, by the checkers of their formats. None of them needs the network.

check-jsonschema contains the schemas of six systems. A Groovy parser reads the Jenkinsfile. Only Jenkins itself could
validate it completely. `make check` also runs actionlint.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import tree_sitter
import tree_sitter_groovy
from click.testing import CliRunner, Result

from novu_provider.cli import main
from novu_provider.pipelines.files import SCRIPT, SYSTEMS, Project, render
from tests.pipelines.checkout import EXAMPLES, ROOT
from tests.pipelines.pipelines import SYSTEMS as READERS
from tests.pipelines.pipelines import Part

_BIN = Path(sys.executable).parent
_SCHEMAS = {
    "github": "github-workflows",
    "gitlab": "gitlab-ci",
    "circleci": "circle-ci",
    "bitbucket": "bitbucket-pipelines",
    "azure": "azure-pipelines",
    "travis": "travis",
}
#: These have a transformation of their own for tags and expressions.
_TRANSFORMED = ("gitlab-ci", "azure-pipelines")

#: Another project than that of the examples.
_OPTIONS = ("--dev", "staging", "--prod", "live", "--branch", "release/v2", "--project", "infra/novu")


def _check(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _schema(schema: str, file: Path) -> None:
    # Some of the schemas have expressions that are invalid in ECMAScript's unicode mode.
    command = [str(_BIN / "check-jsonschema"), "--regex-variant", "nonunicode"]
    transform = ["--data-transform", schema] if schema in _TRANSFORMED else []
    _check([*command, "--builtin-schema", f"vendor.{schema}", *transform, str(file)])


def _lint(system: str, file: Path) -> None:
    """Check a pipeline with every checker of its system that this machine has."""
    if system in _SCHEMAS:
        _schema(_SCHEMAS[system], file)
    else:
        assert _groovy_errors(file.read_bytes()) == []
    if system == "github" and (_BIN / "actionlint").exists():
        _check([str(_BIN / "actionlint"), "-shellcheck", str(_BIN / "shellcheck"), "-pyflakes=", str(file)])


def _groovy_errors(source: bytes) -> list[str]:
    """Parse Groovy, and return the places that are not Groovy."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language()))
    pending, errors = [parser.parse(source).root_node], []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            errors.append(f"line {node.start_point[0] + 1}: {source[node.start_byte : node.end_byte][:80]!r}")
        pending += node.children
    return errors


def _ci(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ci", *arguments])


@pytest.mark.parametrize("file", ["application.yml", "platform.yml"])
def test_the_pipelines_of_several_applications_conform_to_the_schema(file: str) -> None:
    _lint("github", ROOT / "examples" / "ci" / "applications" / file)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_example_is_valid(system: str) -> None:
    _lint(system, EXAMPLES / SYSTEMS[system].template)


@pytest.mark.parametrize("template", [SCRIPT, *(system.template for system in SYSTEMS.values())])
def test_the_examples_are_the_output_of_the_command(template: str) -> None:
    """`python -m tools.pipelines` writes them again."""
    assert (EXAMPLES / template).read_text("utf-8") == render(template, Project())


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_command_writes_a_valid_pipeline_for_any_project(system: str, tmp_path: Path) -> None:
    project = tmp_path / "infra" / "novu"
    project.mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: a\nruntime:\n  name: python\n  options: {virtualenv: venv}\n")
    (project / "uv.lock").touch()
    result = _ci(system, *_OPTIONS, "--directory", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Next steps" in result.output
    assert "Add __main__.py to infra/novu" in result.output
    file, script = tmp_path / SYSTEMS[system].path, tmp_path / SCRIPT
    _lint(system, file)
    _check([str(_BIN / "shellcheck"), str(script)])
    assert script.stat().st_mode & 0o111
    text = file.read_text("utf-8")
    for part in (
        "preview staging",
        "preview live",
        "apply live",
        "release/v2",
        "infra/novu/venv",
        "infra/novu/uv.lock",
    ):
        assert (part in text) or (system in ("jenkins", "travis") and part.startswith("infra")), part
    assert not re.search(r"\b(main|dev|prod)$", text, re.MULTILINE)
    assert "[=" not in text + script.read_text("utf-8")
    assert "project=${NOVU_PROJECT:-infra/novu}" in script.read_text("utf-8")


def test_the_output_for_the_usual_project_is_the_example(tmp_path: Path) -> None:
    for name, system in SYSTEMS.items():
        assert _ci(name, "--directory", str(tmp_path)).exit_code == 0
        assert (tmp_path / system.path).read_bytes() == (EXAMPLES / system.template).read_bytes()
    assert (tmp_path / SCRIPT).read_bytes() == (EXAMPLES / SCRIPT).read_bytes()


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    assert _ci("gitlab", "--directory", str(tmp_path)).exit_code == 0
    assert _ci("gitlab", "--directory", str(tmp_path)).exit_code == 0
    for name in (".gitlab-ci.yml", SCRIPT):
        (tmp_path / name).write_text("mine\n", encoding="utf-8")
    refused = _ci("gitlab", "--directory", str(tmp_path))
    assert refused.exit_code == 1
    assert ".gitlab-ci.yml" in refused.output
    assert (tmp_path / ".gitlab-ci.yml").read_text("utf-8") == "mine\n"
    (tmp_path / ".gitlab-ci.yml").unlink()
    assert _ci("gitlab", "--directory", str(tmp_path)).exit_code == 1
    assert not (tmp_path / ".gitlab-ci.yml").exists()
    assert _ci("gitlab", "--directory", str(tmp_path), "--force").exit_code == 0
    assert "mine" not in (tmp_path / SCRIPT).read_text("utf-8")


@pytest.mark.parametrize("value", ["a b", "$(id)", "a'b", "../up", "", "[=x=]", "${{ x }}", "on", "1.0"])
def test_a_name_cannot_inject_into_a_pipeline(tmp_path: Path, value: str) -> None:
    for option in ("--dev", "--prod", "--branch", "--project"):
        assert _ci("github", option, value, "--directory", str(tmp_path)).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_groovy_parser_finds_errors() -> None:
    text = (EXAMPLES / "Jenkinsfile").read_bytes()
    for broken in (text.replace(b"steps {", b"steps ", 1), text[:-3], text.replace(b"e2e'", b"e2e", 1)):
        assert _groovy_errors(broken)


def test_the_action_is_valid() -> None:
    _schema("github-actions", ROOT / "action.yml")


def test_shellcheck() -> None:
    """Of every script in the repository. actionlint also checks the scripts in workflows."""
    command = ["git", "ls-files", "*.sh", ".ci/run"]
    scripts = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {"examples/ci/novu-ci.sh", ".github/action/run.sh", ".ci/run"} <= set(scripts)
    _check([str(_BIN / "shellcheck"), *(str(ROOT / script) for script in scripts)])


def test_no_pipeline_writes_a_secret_on_a_command_line() -> None:
    """The commands name no secret, except for Travis's assignments to other names."""
    names = ("NOVU_SECRET_KEY", "NOVU_BRIDGE_URL", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "GITHUB_TOKEN")
    store = dict.fromkeys((*names, "VERCEL_AUTOMATION_BYPASS_SECRET", "token"), "value")
    for read in READERS.values():
        for part in get_args(Part):
            for step in read(part, store):
                lines = step.script.split("&&")
                words = ("SECRET", "PASSPHRASE", "secrets.", "TOKEN")
                assert not [line for line in lines if any(word in line for word in words) and "export" not in line]
