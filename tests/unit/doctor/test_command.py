"""`novu-provider doctor`: the table, the explanations, JSON, exit statuses, and the terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from novu_provider import schemas
from novu_provider.cli import main
from novu_provider.doctor.system import System
from tests.contract.fake_bridge import FakeBridge, html_response, json_response, workflow
from tests.engine.novu import Environment
from tests.shipped_schemas import expect_valid
from tests.unit.doctor.harness import Doctor, loopback, resolver

_COMMAND = [sys.executable, "-c", "from novu_provider.cli import main; main()", "doctor"]
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _variables(doctor: Doctor, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VERCEL_AUTOMATION_BYPASS_SECRET", "NOVU_CA_BUNDLE", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NOVU_SECRET_KEY", doctor.novu.development_key)
    monkeypatch.setenv("NOVU_API_URL", doctor.novu.url)
    monkeypatch.setenv("NOVU_BRIDGE_URL", bridge.url)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["doctor", *arguments], obj=System(network=loopback, resolve=resolver({}), sleep=lambda _: None)
    )


@pytest.fixture
def synced_bridge(doctor: Doctor, bridge: FakeBridge) -> FakeBridge:
    """A bridge that was synced and has not changed."""
    Environment(doctor.novu).sync(bridge.url)
    return bridge


def test_without_problems_the_report_is_short_and_the_status_0(synced_bridge: FakeBridge) -> None:
    result = _run()
    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()) <= 6
    assert "No problems found" in result.output
    assert "--all" in result.output


@pytest.mark.parametrize("option", ["--all", "--verbose"])
def test_all_checks_are_listed_on_request(synced_bridge: FakeBridge, option: str) -> None:
    result = _run(option)
    lines = [line for line in result.output.splitlines() if re.match(r"(ok|warning|failed|skipped) ", line)]
    ids = [line.split()[1] for line in lines]
    assert len(ids) == len(set(ids)) > 30
    assert "ok       triggering.preview         Novu can get 2 workflows from the bridge" in result.output
    assert "cause" not in result.output


def test_a_failure_is_explained_and_exits_with_1(synced_bridge: FakeBridge) -> None:
    synced_bridge.workflows.append(workflow("payment-failed"))
    result = _run()
    assert result.exit_code == 1
    explanation = result.output.partition("failed registration.missing\n")[2]
    for label in ("cause", "fix"):
        assert re.search(rf"^  {label} +\S", explanation, re.MULTILINE)
    assert "payment-failed" in explanation
    assert "Problems found" in result.output


def _close(bridge: FakeBridge) -> str:
    bridge.close()
    return "url.connection"


def _lose_path(bridge: FakeBridge) -> str:
    bridge.response = html_response(404)
    return "url.path"


def _crash(bridge: FakeBridge) -> str:
    bridge.response = json_response({"message": "no database"}, 500)
    return "bridge.health"


@pytest.mark.parametrize("break_bridge", [_close, _lose_path, _crash])
def test_the_root_cause_is_on_top_and_only_problems_are_shown(
    synced_bridge: FakeBridge, break_bridge: Callable[[FakeBridge], str]
) -> None:
    root = break_bridge(synced_bridge)
    output = _run().output
    headings = re.findall(r"^(ok|warning|failed|skipped) +(\S+)(.*)$", output, re.MULTILINE)
    assert headings[0] == ("failed", root, "  <- root cause, fix this first")
    assert {status for status, _, _ in headings} <= {"failed", "warning"}
    assert output.count("root cause, fix this first") == 1
    assert len(output.splitlines()) < 30
    assert json.loads(_run("--json").stdout)["rootCause"] == root


def test_without_a_problem_there_is_no_root_cause(synced_bridge: FakeBridge) -> None:
    assert json.loads(_run("--json").stdout)["rootCause"] is None


def test_evidence_is_shown(synced_bridge: FakeBridge) -> None:
    synced_bridge.workflows[0] = workflow("welcome", tags=["new"])
    assert re.search(r"^  evidence +welcome: tags$", _run().output, re.MULTILINE)


def test_workflows_that_fail_for_the_same_reason_are_explained_together(synced_bridge: FakeBridge) -> None:
    synced_bridge.response = html_response(404)
    output = _run().output
    explanation = output.partition("failed triggering.preview\n")[2]
    assert "failed triggering.preview" not in explanation
    assert explanation.startswith("  order-shipped: a trigger would fail")
    assert "  welcome: a trigger would fail" in explanation


def test_only_warnings_exit_with_3_unless_they_are_allowed(bridge: FakeBridge) -> None:
    result = _run()
    assert result.exit_code == 3
    assert "It works, with warnings" in result.output
    assert _run("--allow-warnings").exit_code == 0


def test_a_failure_is_never_allowed(synced_bridge: FakeBridge) -> None:
    synced_bridge.workflows.append(workflow("payment-failed"))
    assert _run("--allow-warnings").exit_code == 1


def test_json_is_valid_against_the_published_schema(synced_bridge: FakeBridge) -> None:
    synced_bridge.workflows.append(workflow("payment-failed"))
    result = _run("--json")
    assert result.exit_code == 1
    report: dict[str, Any] = json.loads(result.stdout)
    expect_valid(report, "doctor")
    assert report["status"] == "failed"
    assert report["environment"] == "Development"
    (missing,) = [finding for finding in report["findings"] if finding["check"] == "registration.missing"]
    assert missing["status"] == "failed"
    assert missing["fix"]
    (check,) = [info for info in report["checks"] if info["id"] == "registration.missing"]
    assert check["subject"] == "registration"


def test_the_schema_is_printed_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVU_SECRET_KEY")
    result = _run("--schema")
    assert result.stdout == schemas.shipped("doctor")


def test_options_override_variables(synced_bridge: FakeBridge) -> None:
    result = _run("--bridge-url", "https://no-such-host.invalid/api/novu")
    assert result.exit_code == 1
    assert "no-such-host.invalid does not resolve" in result.output


def test_the_expected_environment_is_an_option(synced_bridge: FakeBridge) -> None:
    assert "but 'Production' is configured" in _run("--environment", "Production").output


def test_only_selected_workflows_are_tried(synced_bridge: FakeBridge) -> None:
    result = _run("--workflow", "welcome", "--json")
    previewed_ids = [
        finding["workflow"]
        for finding in json.loads(result.stdout)["findings"]
        if finding["check"] == "triggering.preview"
    ]
    assert previewed_ids == ["welcome"]


def test_control_characters_are_escaped(synced_bridge: FakeBridge) -> None:
    synced_bridge.workflows.append(workflow("bad\x1b[2J\nfailed url.form"))
    output = _run().output
    assert "\x1b" not in output
    assert "bad\\x1b[2J\\nfailed url.form" in output


def test_without_a_key_the_bridge_is_still_checked(synced_bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVU_SECRET_KEY")
    result = _run("--all")
    assert result.exit_code == 1
    assert "there is no secret key" in result.output
    assert re.search(r"^ok +bridge\.health", result.output, re.MULTILINE)


def test_a_region_that_contradicts_the_api_url_is_reported(synced_bridge: FakeBridge) -> None:
    result = _run("--region", "eu", "--api-url", "https://novu.example.com")
    assert result.exit_code == 1
    assert "The two settings name different servers" in result.output


def _in_terminal(variables: Mapping[str, str], *arguments: str) -> tuple[str, str]:
    """Run the command with one terminal for each of its two output streams."""
    streams = [pty.openpty(), pty.openpty()]
    with subprocess.Popen(
        [*_COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=streams[0][1],
        stderr=streams[1][1],
        env={**os.environ, "TERM": "xterm-256color", **variables},
    ) as process:
        for _, slave in streams:
            os.close(slave)
        shown = [_read(master) for master, _ in streams]
        process.wait()
    return shown[0], shown[1]


def _read(master: int) -> str:
    chunks = []
    try:
        while chunk := os.read(master, 65536):
            chunks.append(chunk)
    except OSError:
        # Linux raises this error when the other end is closed.
        pass
    os.close(master)
    return b"".join(chunks).decode()


def test_a_terminal_shows_color_and_the_current_check(synced_bridge: FakeBridge) -> None:
    output, progress = _in_terminal({}, "--all")
    assert _COLOR.search(output)
    assert "bridge.discover" in _ESCAPE.sub("", output)
    assert "checking that" in _ESCAPE.sub("", progress)


def test_no_color_is_respected(synced_bridge: FakeBridge) -> None:
    output, progress = _in_terminal({"NO_COLOR": "1"}, "--all")
    assert "bridge.discover" in output
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", output + progress)


def test_a_pipe_gets_neither_color_nor_progress(synced_bridge: FakeBridge) -> None:
    result = subprocess.run(_COMMAND, capture_output=True, check=False, env={**os.environ})
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert result.stderr == b""
