"""`novu-provider doctor`: the table, the explanations, JSON, exit statuses, and what a terminal shows beside them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from novu_provider import schemas
from novu_provider.cli import main
from novu_provider.doctor.system import System
from tests.contract.fake_bridge import FakeBridge, html_response, workflow
from tests.engine.novu import Environment
from tests.unit.doctor.examination import Doctor, loopback, names

_COMMAND = [sys.executable, "-c", "from novu_provider.cli import main; main()", "doctor"]
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _variables(doctor: Doctor, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VERCEL_AUTOMATION_BYPASS_SECRET", "NOVU_CA_BUNDLE", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NOVU_SECRET_KEY", doctor.novu.development_key)
    monkeypatch.setenv("NOVU_API_URL", doctor.novu.url)
    monkeypatch.setenv("NOVU_BRIDGE_URL", bridge.url)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["doctor", *arguments], obj=System(network=loopback, resolve=names({}), sleep=lambda _: None)
    )


@pytest.fixture
def well(doctor: Doctor, bridge: FakeBridge) -> FakeBridge:
    """A bridge that was synced and is as the code is."""
    Environment(doctor.novu).sync(bridge.url)
    return bridge


def test_all_well_is_one_line_a_check_and_status_0(well: FakeBridge) -> None:
    done = _run()
    assert done.exit_code == 0, done.output
    lines = [line for line in done.output.splitlines() if re.match(r"(ok|warning|failed|skipped) ", line)]
    ids = [line.split()[1] for line in lines]
    assert len(ids) == len(set(ids)) > 30
    assert "ok       triggering.preview         Novu gets 2 workflows from the bridge" in done.output
    assert "All is well" in done.output
    assert "cause" not in done.output


def test_a_failure_is_explained_and_ends_with_1(well: FakeBridge) -> None:
    well.workflows.append(workflow("payment-failed"))
    done = _run()
    assert done.exit_code == 1
    explained = done.output.partition("failed registration.missing\n")[2]
    for label in ("cause", "fix"):
        assert re.search(rf"^  {label} +\S", explained, re.MULTILINE)
    assert "payment-failed" in explained
    assert "Something is wrong" in done.output


def test_evidence_is_shown(well: FakeBridge) -> None:
    well.workflows[0] = workflow("welcome", tags=["new"])
    assert re.search(r"^  evidence +welcome: tags$", _run().output, re.MULTILINE)


def test_workflows_that_fail_for_one_reason_are_explained_together(well: FakeBridge) -> None:
    well.response = html_response(404)
    output = _run().output
    explained = output.partition("failed triggering.preview\n")[2]
    assert "failed triggering.preview\n" not in explained
    assert explained.startswith("  order-shipped: a trigger would fail")
    assert "  welcome: a trigger would fail" in explained


def test_warnings_alone_end_with_3_unless_they_are_allowed(bridge: FakeBridge) -> None:
    done = _run()
    assert done.exit_code == 3
    assert "It works, with warnings" in done.output
    assert _run("--allow-warnings").exit_code == 0


def test_a_failure_is_never_allowed(well: FakeBridge) -> None:
    well.workflows.append(workflow("payment-failed"))
    assert _run("--allow-warnings").exit_code == 1


def test_json_keeps_to_the_published_schema(well: FakeBridge) -> None:
    well.workflows.append(workflow("payment-failed"))
    done = _run("--json")
    assert done.exit_code == 1
    report: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(schemas.shipped("doctor"))).validate(report)
    assert report["status"] == "failed"
    assert report["environment"] == "Development"
    (missing,) = [one for one in report["findings"] if one["check"] == "registration.missing"]
    assert missing["status"] == "failed"
    assert missing["fix"]
    (check,) = [one for one in report["checks"] if one["id"] == "registration.missing"]
    assert check["subject"] == "registration"


def test_the_schema_is_printed_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVU_SECRET_KEY")
    done = _run("--schema")
    assert done.stdout == schemas.shipped("doctor")


def test_options_go_before_variables(well: FakeBridge) -> None:
    done = _run("--bridge-url", "https://no-such-host.invalid/api/novu")
    assert done.exit_code == 1
    assert "no-such-host.invalid does not resolve" in done.output


def test_the_intended_environment_is_an_option(well: FakeBridge) -> None:
    assert "and 'Production' is meant" in _run("--environment", "Production").output


def test_chosen_workflows_alone_are_tried(well: FakeBridge) -> None:
    done = _run("--workflow", "welcome", "--json")
    tried = [one["workflow"] for one in json.loads(done.stdout)["findings"] if one["check"] == "triggering.preview"]
    assert tried == ["welcome"]


def test_a_name_that_would_steer_a_terminal_is_written_out(well: FakeBridge) -> None:
    well.workflows.append(workflow("bad\x1b[2J\nfailed url.form"))
    output = _run().output
    assert "\x1b" not in output
    assert "bad\\x1b[2J\\nfailed url.form" in output


def test_without_a_key_it_still_looks_at_the_bridge(well: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVU_SECRET_KEY")
    done = _run()
    assert done.exit_code == 1
    assert "there is no secret key" in done.output
    assert re.search(r"^ok +bridge\.health", done.output, re.MULTILINE)


def test_a_region_beside_another_api_url_is_told(well: FakeBridge) -> None:
    done = _run("--region", "eu", "--api-url", "https://novu.example.com")
    assert done.exit_code == 1
    assert "The two name different servers" in done.output


def _in_terminal(variables: Mapping[str, str]) -> tuple[str, str]:
    """Run the command with a terminal for both of its streams, each one of its own."""
    streams = [pty.openpty(), pty.openpty()]
    with subprocess.Popen(
        _COMMAND,
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
        # Linux says so when the other end is closed.
        pass
    os.close(master)
    return b"".join(chunks).decode()


def test_a_terminal_shows_colour_and_which_check_is_made(well: FakeBridge) -> None:
    output, progress = _in_terminal({})
    assert _COLOUR.search(output)
    assert "bridge.discover" in _ESCAPE.sub("", output)
    assert "is it so that" in _ESCAPE.sub("", progress)


def test_no_color_is_kept(well: FakeBridge) -> None:
    output, progress = _in_terminal({"NO_COLOR": "1"})
    assert "bridge.discover" in output
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", output + progress)


def test_a_pipe_gets_neither_colour_nor_progress(well: FakeBridge) -> None:
    done = subprocess.run(_COMMAND, capture_output=True, check=False, env={**os.environ})
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""
