"""The options of `novu-provider promote`, on the embedded Novu's two environments and two stacks without resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from novu_provider import schemas
from novu_provider.cli import main
from novu_provider.emulator.server import Emulator
from tests.contract.fake_bridge import FakeBridge, fake_bridge
from tests.engine.declare import Dashboard
from tests.engine.novu import Environment
from tests.engine.stack import Stack
from tests.unit.documents import entry, schema, step

_CONTROLS = schema(body={"type": "string", "default": "Hello"})


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    with fake_bridge() as running:
        running.workflows = [entry(name, step("mail", controls=_CONTROLS)) for name in ("welcome", "digest")]
        yield running


@pytest.fixture
def dev(novu: Emulator, bridge: FakeBridge) -> Dashboard:
    """Development's dashboard; Production lacks a workflow and has another one."""
    for key, extra in ((novu.development_key, "of dev"), (novu.production_key, "of prod")):
        found = list(bridge.workflows)
        bridge.workflows.append(entry(extra, name="A name"))
        Environment(novu, key).sync(bridge.url)
        bridge.workflows = found
    return Dashboard(novu)


@pytest.fixture
def project(novu: Emulator, tmp_path: Path) -> Stack:
    """The project with its two stacks; the keys are in the configuration as secrets."""
    for name, key in (("dev", novu.development_key), ("prod", novu.production_key)):
        stack = Stack(tmp_path / "project", {}, name=name)
        stack.config(apiUrl=novu.url)
        stack.run("config", "set", "--secret", "novu:secretKey", key)
    return stack


def _promote(project: Stack, *arguments: str, **variables: str) -> Result:
    pulumi = {name: value for name, value in project.environ.items() if name.startswith("PULUMI_")}
    missing = dict.fromkeys(("NOVU_SECRET_KEY", "NOVU_API_URL", "NOVU_BRIDGE_URL"), "")
    arguments = ("promote", "--from", "dev", "--to", "prod", "--cwd", str(project.directory), *arguments)
    return CliRunner().invoke(main, list(arguments), env={**pulumi, **missing, **variables})


def _edit(dev: Dashboard) -> None:
    dev.set_values("mail", "welcome", body="Welcome!")
    dev.set_values("mail", "digest", body="News")
    dev.patch("digest", active=False)


def test_the_json_keeps_to_its_schema_and_names_what_only_one_environment_has(project: Stack, dev: Dashboard) -> None:
    _edit(dev)
    done = _promote(project, "--json")
    found: Any = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(schemas.shipped("promotion")))
    assert (done.exit_code, found["count"], found["written"]) == (1, 3, False)
    assert (found["source"]["environment"], found["target"]["stack"]) == ("Development", "prod")
    assert (found["onlyInSource"], found["onlyInTarget"]) == (["of dev"], ["of prod"])
    assert _promote(project, "--schema").stdout == schemas.shipped("promotion")


def test_workflows_and_kinds_can_be_chosen_and_the_rest_stays(project: Stack, dev: Dashboard) -> None:
    _edit(dev)
    done = _promote(project, "--workflow", "digest", "--only", "settings", "--write")
    assert done.exit_code == 0, done.output
    assert "active: true → false" in done.output
    assert "of dev" not in done.output
    text = (project.directory / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert ("digest" in text, "welcome" in text, "News" in text) == (True, False, False)
    left: Any = json.loads(_promote(project, "--json").stdout)
    assert [one["workflowId"] for one in left["workflows"]] == ["digest", "welcome"]
    assert _promote(project, "--workflow", "digest", "--only", "settings", "--write").exit_code == 0


def test_registrations_that_differ_and_values_that_do_not_fit_are_named(
    project: Stack, dev: Dashboard, bridge: FakeBridge, novu: Emulator
) -> None:
    other = schema(subject={"type": "string", "default": "Hello"})
    bridge.workflows = [entry("welcome", step("mail", controls=other))]
    Environment(novu, novu.production_key).sync(bridge.url)
    _edit(dev)
    done = _promote(project)
    assert done.exit_code == 0
    assert "controls.mail.body: body: the schema has no such key; it has subject" in done.output
    assert "welcome: steps" in done.output
    assert "nothing to promote" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workflow", "welcom"], "neither environment stores 'welcom'"),
        (["--to", "no-such-stack"], "no-such-stack"),
        (["--to", "dev"], "both keys open the environment 'Development'"),
        (["--to-key", "0123456789abcdef0123456789abcdef"], "A key was passed instead of the name"),
        (["--only", "everything"], "Invalid value for '--only'"),
    ],
)
def test_trouble_is_told_from_a_difference(project: Stack, dev: Dashboard, arguments: list[str], said: str) -> None:
    done = _promote(project, *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert ("Traceback" in done.output, "0123456789" in done.output) == (False, False)


def test_a_setting_that_is_a_text_is_not_written_over(project: Stack, dev: Dashboard) -> None:
    project.run("config", "set", "novu:workflows", json.dumps({"welcome": {"validatePayload": True}}))
    _edit(dev)
    file = project.directory / "Pulumi.prod.yaml"
    before = file.read_text(encoding="utf-8")
    done = _promote(project, "--write")
    assert (done.exit_code, "is JSON text" in done.output) == (2, True)
    assert file.read_text(encoding="utf-8") == before


def test_keys_come_from_the_stacks_or_from_variables_by_name(project: Stack, dev: Dashboard, novu: Emulator) -> None:
    mine, other = novu.development_key, novu.production_key
    project.config(secretKey=None)
    # What one stack lacks, NOVU_SECRET_KEY has; it cannot be both keys.
    assert _promote(project, NOVU_SECRET_KEY=other).exit_code == 0
    project.name = "dev"
    project.config(secretKey=None)
    done = _promote(project, NOVU_SECRET_KEY=mine)
    assert (done.exit_code, "--from-key" in done.output) == (2, True)
    named = ("--from-key", "DEV_KEY", "--to-key", "PROD_KEY")
    assert _promote(project, *named, DEV_KEY=mine, PROD_KEY=other).exit_code == 0
    done = _promote(project, *named, DEV_KEY=mine, PROD_KEY=mine)
    assert (done.exit_code, "both keys open the environment 'Development'" in done.output) == (2, True)
    assert mine not in done.output
    project.config(environment="Production")
    assert _promote(project, *named, DEV_KEY=mine, PROD_KEY=other).exit_code == 2


def test_both_stacks_are_asked_for() -> None:
    done = CliRunner().invoke(main, ["promote", "--from", "dev"])
    assert (done.exit_code, "--from dev --to prod" in done.output) == (2, True)
