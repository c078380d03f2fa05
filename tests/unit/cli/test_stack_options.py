"""`--stack` and `--cwd` of each command that reads settings: from a stack's configuration, by the real Pulumi CLI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from novu_provider.cli import main
from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.fake_bridge import FakeBridge, fake_bridge
from tests.engine.stack import Stack
from tests.unit.documents import entry

pytestmark = pytest.mark.engine

_OTHER_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def novu() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig(bridge_retry_delay=0)) as server:
        yield server


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as server:
        server.workflows = [entry("welcome"), entry("digest")]
        yield server


@pytest.fixture
def project(novu: Emulator, bridge: FakeBridge, tmp_path: Path) -> Stack:
    """A stack with the key, the URL of a self-hosted Novu and the bridge in its configuration."""
    novu.reset()
    httpx.post(
        f"{novu.url}/v1/bridge/sync",
        json={"bridgeUrl": bridge.url},
        headers={"Authorization": f"ApiKey {novu.development_key}"},
        trust_env=False,
    ).raise_for_status()
    stack = Stack(tmp_path / "project", {}, name="dev")
    stack.config(apiUrl=novu.url, bridgeUrl=bridge.url, environment="Development")
    stack.set_secret("secretKey", novu.development_key)
    return stack


def _run(project: Stack, *arguments: str) -> Result:
    # The configuration of the stack overrides these variables.
    other_variables = {
        "NOVU_SECRET_KEY": _OTHER_KEY,
        "NOVU_API_URL": "http://127.0.0.1:9",
        "NOVU_BRIDGE_URL": "http://127.0.0.1:9",
    }
    selection = ["--stack", "dev", "--cwd", str(project.directory)]
    return CliRunner().invoke(main, [*arguments, *selection], env={**project.pulumi_variables, **other_variables})


def test_each_command_reads_the_settings_of_a_stack(project: Stack, bridge: FakeBridge, tmp_path: Path) -> None:
    file = tmp_path / "novu.manifest.json"
    export = _run(project, "manifest", "export", "-o", str(file))
    assert export.exit_code == 0, export.output
    assert _run(project, "manifest", "check", str(file)).exit_code == 0
    show = _run(project, "show")
    assert (show.exit_code, "welcome" in show.output) == (0, True), show.output
    adopt = _run(project, "adopt")
    assert adopt.exit_code == 0, adopt.output
    assert "Adopted without changes: 2 workflows" in adopt.output
    assert "bridge URL configured: the same" in adopt.output
    doctor = _run(project, "doctor", "--all")
    assert "Development" in doctor.output

    bridge.workflows = [entry("welcome")]
    assert _run(project, "manifest", "check", str(file)).exit_code == 1
    project.config(manifest=str(file))
    adopt_from_file = _run(project, "adopt")
    assert "Adopted without changes: 2 workflows" in adopt_from_file.output


def test_an_option_overrides_the_stack_and_errors_name_the_setting(project: Stack) -> None:
    unreachable = _run(project, "manifest", "export", "--bridge-url", "http://127.0.0.1:9/api/novu")
    assert unreachable.exit_code == 1
    assert "http://127.0.0.1:9/api/novu is not reachable" in unreachable.output
    assert "127.0.0.1:9" in _run(project, "show", "--api-url", "http://127.0.0.1:9").output
    project.config(environment="Production")
    refused = _run(project, "adopt")
    assert refused.exit_code == 1
    assert "Production" in refused.output
    project.config(protct="welcome")
    assert "novu:protect" in _run(project, "show").output
    missing = CliRunner().invoke(main, ["show", "--stack", "no-such", "--cwd", str(project.directory)])
    assert missing.exit_code == 1
    assert "no-such" in missing.output
