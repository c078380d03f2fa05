"""The options of `novu-provider promote`, on the embedded Novu's two environments and two stacks without resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from novu_provider import schemas
from novu_provider.cli import main
from novu_provider.emulator.server import Emulator
from tests.contract.fake_bridge import FakeBridge, fake_bridge
from tests.engine.declare import Dashboard
from tests.engine.novu import Environment
from tests.engine.stack import Stack
from tests.shipped_schemas import expect_valid
from tests.unit.documents import entry, schema, step

_CONTROLS = schema(body={"type": "string", "default": "Hello"})


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as server:
        server.workflows = [entry(name, step("mail", controls=_CONTROLS)) for name in ("welcome", "digest")]
        yield server


@pytest.fixture
def dev(novu: Emulator, bridge: FakeBridge) -> Dashboard:
    """The dashboard of Development. Each environment has one workflow that the other one does not have."""
    for key, extra_id in ((novu.development_key, "of dev"), (novu.production_key, "of prod")):
        workflows = list(bridge.workflows)
        bridge.workflows.append(entry(extra_id, name="A name"))
        Environment(novu, key).sync(bridge.url)
        bridge.workflows = workflows
    return Dashboard(novu)


@pytest.fixture
def project(novu: Emulator, tmp_path: Path) -> Stack:
    """The project with two stacks. Their configuration contains the keys as secrets."""
    for name, key in (("dev", novu.development_key), ("prod", novu.production_key)):
        stack = Stack(tmp_path / "project", {}, name=name)
        stack.config(apiUrl=novu.url)
        stack.set_secret("secretKey", key)
    return stack


def _promote(project: Stack, *arguments: str, **variables: str) -> Result:
    unset = dict.fromkeys(("NOVU_SECRET_KEY", "NOVU_API_URL", "NOVU_BRIDGE_URL"), "")
    arguments = ("promote", "--from", "dev", "--to", "prod", "--cwd", str(project.directory), *arguments)
    return CliRunner().invoke(main, list(arguments), env={**project.pulumi_variables, **unset, **variables})


def _edit(dev: Dashboard) -> None:
    dev.set_values("mail", "welcome", body="Welcome!")
    dev.set_values("mail", "digest", body="News")
    dev.patch("digest", active=False)


def test_the_json_is_valid_and_lists_workflows_of_only_one_environment(project: Stack, dev: Dashboard) -> None:
    _edit(dev)
    result = _promote(project, "--json")
    promotion: Any = json.loads(result.stdout)
    expect_valid(promotion, "promotion")
    assert (result.exit_code, promotion["count"], promotion["written"]) == (1, 3, False)
    assert (promotion["source"]["environment"], promotion["target"]["stack"]) == ("Development", "prod")
    assert (promotion["onlyInSource"], promotion["onlyInTarget"]) == (["of dev"], ["of prod"])
    assert _promote(project, "--schema").stdout == schemas.shipped("promotion")


def test_workflows_and_kinds_can_be_selected(project: Stack, dev: Dashboard) -> None:
    _edit(dev)
    result = _promote(project, "--workflow", "digest", "--only", "settings", "--write")
    assert result.exit_code == 0, result.output
    assert "active: true → false" in result.output
    assert "of dev" not in result.output
    text = (project.directory / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert ("digest" in text, "welcome" in text, "News" in text) == (True, False, False)
    remaining: Any = json.loads(_promote(project, "--json").stdout)
    assert [workflow["workflowId"] for workflow in remaining["workflows"]] == ["digest", "welcome"]
    assert not list(project.directory.glob("integrations_*.py"))
    assert _promote(project, "--workflow", "digest", "--only", "settings", "--write").exit_code == 0


def test_a_missing_integration_is_written_as_a_program(project: Stack, dev: Dashboard) -> None:
    credentials = {"apiKey": "made-up-api-key", "from": "shop@example.com", "senderName": "Shop"}
    body = {"providerId": "sendgrid", "channel": "email", "identifier": "mail", "active": True, "check": False}
    dev.environment.call("POST", "/v1/integrations", json=body | {"credentials": credentials})
    result = _promote(project, "--write", "--json")
    promotion: Any = json.loads(result.stdout)
    expect_valid(promotion, "promotion")
    file = project.directory / "integrations_prod.py"
    assert (result.exit_code, promotion["programFile"], promotion["programFileKept"]) == (0, str(file), False)
    text = file.read_text(encoding="utf-8")
    assert 'config.require_secret("mail-apiKey")' in text
    assert "made-up" not in text + result.output
    file.write_text(text + "# Reviewed\n", encoding="utf-8")
    result = _promote(project, "--write")
    assert (result.exit_code, "integrations_prod.py exists with other content" in result.output) == (0, True)
    assert file.read_text(encoding="utf-8").endswith("# Reviewed\n")


def test_differing_registrations_and_invalid_values_are_listed(
    project: Stack, dev: Dashboard, bridge: FakeBridge, novu: Emulator
) -> None:
    other = schema(subject={"type": "string", "default": "Hello"})
    bridge.workflows = [entry("welcome", step("mail", controls=other))]
    Environment(novu, novu.production_key).sync(bridge.url)
    _edit(dev)
    result = _promote(project)
    assert result.exit_code == 0
    assert "controls.mail.body: body: the schema has no such key; it has subject" in result.output
    assert "welcome: steps" in result.output
    assert "nothing to promote" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workflow", "welcom"], "neither environment stores 'welcom'"),
        (["--to", "no-such-stack"], "no-such-stack"),
        (["--to", "dev"], "both keys open the environment 'Development'"),
        (["--to-key", "0123456789abcdef0123456789abcdef"], "A key was passed instead of the name"),
        (["--only", "everything"], "Invalid value for '--only'"),
    ],
)
def test_an_error_has_another_exit_status_than_a_difference(
    project: Stack, dev: Dashboard, arguments: list[str], message: str
) -> None:
    result = _promote(project, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert ("Traceback" in result.output, "0123456789" in result.output) == (False, False)


def test_a_setting_that_is_json_text_is_not_overwritten(project: Stack, dev: Dashboard) -> None:
    project.run("config", "set", "novu:workflows", json.dumps({"welcome": {"validatePayload": True}}))
    _edit(dev)
    file = project.directory / "Pulumi.prod.yaml"
    before = file.read_text(encoding="utf-8")
    result = _promote(project, "--write")
    assert (result.exit_code, "is JSON text" in result.output) == (2, True)
    assert file.read_text(encoding="utf-8") == before


def test_keys_are_read_from_the_stacks_or_from_named_variables(project: Stack, dev: Dashboard, novu: Emulator) -> None:
    source_key, target_key = novu.development_key, novu.production_key
    project.config(secretKey=None)
    # NOVU_SECRET_KEY replaces a key that one stack does not have. It cannot replace both keys.
    assert _promote(project, NOVU_SECRET_KEY=target_key).exit_code == 0
    project.name = "dev"
    project.config(secretKey=None)
    result = _promote(project, NOVU_SECRET_KEY=source_key)
    assert (result.exit_code, "--from-key" in result.output) == (2, True)
    key_options = ("--from-key", "DEV_KEY", "--to-key", "PROD_KEY")
    assert _promote(project, *key_options, DEV_KEY=source_key, PROD_KEY=target_key).exit_code == 0
    result = _promote(project, *key_options, DEV_KEY=source_key, PROD_KEY=source_key)
    assert (result.exit_code, "both keys open the environment 'Development'" in result.output) == (2, True)
    assert source_key not in result.output
    project.config(environment="Production")
    assert _promote(project, *key_options, DEV_KEY=source_key, PROD_KEY=target_key).exit_code == 2


def test_both_stacks_are_required() -> None:
    result = CliRunner().invoke(main, ["promote", "--from", "dev"])
    assert (result.exit_code, "--from dev --to prod" in result.output) == (2, True)
