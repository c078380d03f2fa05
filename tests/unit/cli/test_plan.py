"""`novu-provider plan` in a pipeline: files, standard input, and exit statuses."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from novu_provider.cli import main
from tests.unit.previews import diagnostic, preview, registration, workflow

_CREATES = preview(workflow("create", None, registration("a")))
_DELETES = preview(workflow("delete", registration("a")))
_REFUSED = preview(diagnostics=[diagnostic("error: the sync would delete 'a'\n")])
_SAME = preview()


def _plan(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments], **options)


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fake `pulumi` that prints the files `out` and `err` of its directory and records its arguments."""
    script = tmp_path / "bin" / "pulumi"
    script.parent.mkdir()
    script.write_text(
        '#!/bin/sh\nhere=$(dirname "$0")\necho "$@" > "$here/arguments"\n'
        'cat "$here/out" 2>/dev/null\ncat "$here/err" >&2 2>/dev/null\nexit "$(cat "$here/status")"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    (script.parent / "status").write_text("0")
    return script.parent


@pytest.mark.parametrize(("text", "status"), [(_SAME, 0), (_REFUSED, 1), (_CREATES, 2), (_DELETES, 3)])
def test_the_exit_status_depends_on_the_plan(tmp_path: Path, text: str, status: int) -> None:
    file = tmp_path / "preview.json"
    file.write_text(text)
    assert _plan(str(file)).exit_code == status
    assert _plan("-", input=text).exit_code == status


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["--max-bytes", "1"], ["a", "b"], ["a", "--", "--stack"]])
def test_a_usage_error_differs_from_changes(arguments: list[str]) -> None:
    result = _plan(*arguments)
    assert result.exit_code == 1
    assert "Usage" in result.output


@pytest.mark.parametrize("text", ["", "no JSON", "{}"])
def test_other_input_is_an_error_with_a_fix(text: str) -> None:
    result = _plan("-", input=text)
    assert result.exit_code == 1
    assert "pulumi preview --json" in result.output


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    result = _plan(str(tmp_path / "missing.json"))
    assert result.exit_code == 1
    assert "missing.json cannot be read" in result.output


def test_one_run_prints_text_and_writes_markdown_and_json(tmp_path: Path) -> None:
    comment, document = tmp_path / "comment.md", tmp_path / "plan.json"
    result = _plan("-", "--markdown", str(comment), "--json", str(document), input=_DELETES)
    assert "1 workflow deleted" in result.output
    assert "[!CAUTION]" in comment.read_text()
    assert json.loads(document.read_text())["status"] == "deletions"
    assert _plan("-", "--format", "markdown", input=_DELETES).output == comment.read_text()
    assert _plan("-", "--format", "json", input=_DELETES).output == document.read_text()


def test_the_schema_is_printed() -> None:
    result = _plan("--schema")
    assert (result.exit_code, json.loads(result.output)["title"]) == (0, "Novu plan")


def test_without_a_file_pulumi_runs_with_the_arguments_after_the_dashes(pulumi: Path) -> None:
    (pulumi / "out").write_text(_CREATES)
    assert _plan("--format", "json", "--", "--stack", "prod", "--refresh").exit_code == 2
    assert (pulumi / "arguments").read_text() == "preview --json --non-interactive --stack prod --refresh\n"


def test_a_failed_preview_fails_even_with_output(pulumi: Path) -> None:
    (pulumi / "out").write_text(_CREATES)
    (pulumi / "status").write_text("255")
    assert _plan().exit_code == 1


def test_an_error_of_pulumi_without_output_is_shown(pulumi: Path, tmp_path: Path) -> None:
    (pulumi / "err").write_text("error: no stack named 'prod' found\n")
    (pulumi / "status").write_text("6")
    result = _plan("--markdown", str(tmp_path / "comment.md"))
    assert result.exit_code == 1
    assert "no stack named 'prod' found" in result.output
    assert "no stack named 'prod' found" in (tmp_path / "comment.md").read_text()


@pytest.mark.parametrize("stream", ["out", "err"])
def test_the_reason_of_a_preview_that_did_not_start_is_shown_from_either_stream(
    pulumi: Path, tmp_path: Path, stream: str
) -> None:
    (pulumi / stream).write_text("error: run `pulumi install` first\n")
    (pulumi / "status").write_text("1")
    result = _plan("--markdown", str(tmp_path / "comment.md"))
    assert result.exit_code == 1
    assert "run `pulumi install` first" in (tmp_path / "comment.md").read_text()


@pytest.mark.parametrize("project", ["Pulumi.yaml", "Pulumi.json"])
def test_a_failed_plan_has_the_marker_of_its_stack(
    pulumi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str
) -> None:
    text = {"Pulumi.yaml": "runtime:\n  name: python\nname: 'shop'\n", "Pulumi.json": '{\n  "name": "shop"\n}'}
    (tmp_path / project).write_text(text[project])
    (pulumi / "out").write_text(_CREATES)
    expected = _plan("--format", "markdown", "--", "--stack", "prod").output.splitlines()[0]
    assert expected == "<!-- novu-provider plan shop/prod -->"
    (pulumi / "out").write_text("")
    (pulumi / "err").write_text("error: no such stack\n")
    (pulumi / "status").write_text("1")
    for arguments in (["--stack=prod", "-C", str(tmp_path)], ["-s", "acme/shop/prod"]):
        assert _plan("--format", "markdown", "--", *arguments).stdout.splitlines()[0] == expected
    monkeypatch.chdir(pulumi)
    assert _plan("--format", "markdown", "--", "-s", "acme/prod").stdout.splitlines()[0] == expected


@pytest.mark.parametrize(("operation", "command"), [("refresh", "refresh --preview-only"), ("destroy", "destroy")])
def test_the_plan_of_another_operation(pulumi: Path, operation: str, command: str) -> None:
    (pulumi / "out").write_text(_DELETES)
    assert _plan("--operation", operation, "--", "--stack", "prod").exit_code == 3
    assert (pulumi / "arguments").read_text().startswith(command)
    assert "--preview-only --json" in (pulumi / "arguments").read_text()


def test_the_json_escapes_characters_that_a_terminal_obeys() -> None:
    name = "a\x9b2J\u202egnp\u2028\U000e0041 é 東京"
    result = _plan("-", "--format", "json", input=preview(workflow("create", None, registration("a", name=name))))
    assert all(character.isprintable() or character == "\n" for character in result.stdout)
    assert json.loads(result.stdout)["workflows"]["created"][0]["registration"]["name"] == name
    assert "é 東京" in result.stdout


def test_a_missing_pulumi_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = _plan()
    assert result.exit_code == 1
    assert "the command `pulumi` was not found" in result.output


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"pulumi", "httpx", "pydantic", "rich"}),
        (["plan", "-", "--format", "markdown"], {"pulumi", "httpx", "rich"}),
    ],
)
def test_a_command_imports_no_more_than_it_needs(arguments: list[str], unwanted: set[str]) -> None:
    program = (
        "import sys\nfrom novu_provider.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], input=_CREATES, capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout
    assert not unwanted & set(result.stderr.split())
