"""Settings from a stack's configuration, read by the real Pulumi CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from novu_provider.cli import main
from novu_provider.model.manifest import Manifest
from tests.contract.fake_bridge import FakeBridge
from tests.engine.stack import Stack
from tests.unit.doctor.harness import Doctor

pytestmark = pytest.mark.engine


@pytest.fixture
def stack(doctor: Doctor, bridge: FakeBridge, tmp_path: Path) -> Stack:
    """A stack with all settings in its configuration, and the key as a secret."""
    stack = Stack(tmp_path / "project", {}, name="doctored")
    stack.run("stack", "select")
    stack.config(apiUrl=doctor.novu.url, bridgeUrl=bridge.url, environment="Production", manifest="no.json")
    stack.set_secret("secretKey", doctor.novu.development_key)
    return stack


def _run(stack: Stack, *arguments: str, variables: Mapping[str, str] | None = None) -> Result:
    missing = dict.fromkeys(("NOVU_SECRET_KEY", "NOVU_API_URL", "NOVU_BRIDGE_URL"), "")
    return CliRunner().invoke(
        main, ["doctor", *arguments], env={**stack.pulumi_variables, **missing, **(variables or {})}
    )


def test_a_stacks_settings_are_read_with_its_secrets(stack: Stack, doctor: Doctor, bridge: FakeBridge) -> None:
    result = _run(stack, "--cwd", str(stack.directory), "--stack", stack.name, "--json")
    report = json.loads(result.stdout)
    assert report["apiUrl"] == doctor.novu.url
    assert report["bridgeUrl"] == bridge.url
    assert report["environment"] == "Development", "the key was decrypted and used"
    (environment,) = [finding for finding in report["findings"] if finding["check"] == "key.environment"]
    assert environment["status"] == "failed", "the stack expects Production"
    assert doctor.novu.development_key not in result.output
    (settings,) = [finding for finding in report["findings"] if finding["check"] == "settings.read"]
    assert str(stack.directory / "no.json") in settings["title"], "a path is relative to the project directory"


def test_options_override_the_stack_and_the_stack_overrides_variables(
    stack: Stack, bridge: FakeBridge, tmp_path: Path
) -> None:
    file = tmp_path / "novu.manifest.json"
    file.write_text(Manifest.discovered({"workflows": bridge.workflows}, "a bridge").dump(), encoding="utf-8")
    result = _run(
        stack,
        *("--cwd", str(stack.directory), "--environment", "Development", "--manifest", str(file), "--json"),
        variables={"NOVU_BRIDGE_URL": "https://no-such-host.invalid/api/novu"},
    )
    assert json.loads(result.stdout)["status"] == "warning", "the only problem is that it was never synced"
    assert "no-such-host" not in result.output


def test_a_missing_stack_is_reported_with_pulumis_message(stack: Stack) -> None:
    result = _run(stack, "--cwd", str(stack.directory), "--stack", "no-such-stack")
    assert result.exit_code == 1
    assert "no-such-stack" in result.output
    assert "Traceback" not in result.output
