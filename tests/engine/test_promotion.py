"""`novu-provider promote` between two stacks of one project, on the real engine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.declare import FIRST, INBOX, MAIL, Dashboard
from tests.engine.novu import writes
from tests.engine.stack import Stack

_PROJECT = "name: shop\nruntime: python\nstackConfigDir: stacks\n"
_PROGRAM = """import novu_provider as novu

novu.Bridge("app")
"""
_SECOND, _THIRD = "order-shipped-0002", "cart-reminder-0003"

#: Existing content of a stack's file, with comments.
_EXISTING_CONFIG = """\
# Production, reviewed by two people
config:
  # Until the launch
  novu:workflows:
    cart-reminder-0003:
      validatePayload: true # the shop sends good ones
"""


class Shop:
    """Development and Production, each with an application, a dashboard and a stack of one project."""

    def __init__(self, novu: Emulator, bridges: BridgeProcess, directory: Path) -> None:
        self.novu = novu
        self.directory = directory
        self.stacks: dict[str, Stack] = {}
        self.dashboards: dict[str, Dashboard] = {}
        (directory / "stacks").mkdir(parents=True)
        self.file = directory / "stacks" / "Pulumi.prod.yaml"
        self.file.write_text(_EXISTING_CONFIG, encoding="utf-8")
        for name, key in (("dev", novu.development_key), ("prod", novu.production_key)):
            app = App(bridges, key)
            app.deploy(*_workflows())
            stack = Stack(directory, {}, name=name, program=_PROGRAM, project=_PROJECT)
            # The real command, which keeps the comments in the file.
            settings = {"apiUrl": novu.url, "bridgeUrl": app.url, "agents": "false"}
            plain = [option for name, value in settings.items() for option in ("--plaintext", f"novu:{name}={value}")]
            stack.run("config", "set-all", *plain, "--secret", f"novu:secretKey={key}")
            stack.up("--skip-preview")
            self.stacks[name] = stack
            self.dashboards[name] = Dashboard(novu, key)

    def promote(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run the command. Return its exit status and its output."""
        result = subprocess.run(
            ["novu-provider", "promote", "--from", "dev", "--to", "prod", *arguments],
            cwd=self.directory,
            env={**self.stacks["prod"].environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return result.returncode, result.stdout

    def configured(self) -> Any:
        """Return the setting `workflows` in the configuration of Production."""
        configuration = json.loads(self.stacks["prod"].run("config", "--json").output)
        return configuration["novu:workflows"]["objectValue"]


def _workflows() -> list[specs.Spec]:
    first, *others = specs.shop(3)
    fields = specs.schema(
        body={"type": "string", "default": "Hello"},
        footer={"type": "string", "default": "Bye"},
        year={"type": "string", "default": "2025"},
        links={"type": "array", "items": {"type": "object"}, "default": []},
    )
    first["steps"][0]["controlSchema"] = fields
    return [first, *others]


@pytest.fixture
def shop(novu: Emulator, bridges: BridgeProcess, tmp_path: Path) -> Shop:
    return Shop(novu, bridges, tmp_path / "project")


def test_settings_of_the_development_dashboard_are_promoted_to_production(shop: Shop) -> None:
    dev, prod = shop.dashboards["dev"], shop.dashboards["prod"]
    assert shop.promote()[0] == 0

    links = [{"to": "https://shop.example", "note": None}]
    dev.set_values(body="Thank you: {{payload.orderNumber}}", year="2026", links=links)
    dev.patch(FIRST, validatePayload=True)
    dev.patch(_SECOND, active=False)
    prod.set_values(footer="Production's own")
    dev.set_override({"all": {"enabled": True, "readOnly": True}, "channels": {"sms": {"enabled": False}}}, _THIRD)

    before = shop.file.read_text(encoding="utf-8")
    shop.novu.clear_requests()
    status, output = shop.promote()
    assert status == 1, output
    for line in (
        'controls.receipt.body: default "Hello" → "Thank you: {{payload.orderNumber}}"',
        'controls.receipt.year: default "2025" → "2026"',
        'controls.receipt.footer stays: "Production\'s own"',
        "validatePayload: false → true",
        "active: true → false",
        'preferences: not set → {"all": {"enabled": true, "readOnly": true}',
    ):
        assert line in output
    assert shop.file.read_text(encoding="utf-8") == before
    listings = sum(record.path == "/v1/workflows" for record in shop.novu.requests)
    reads = [record.path for record in shop.novu.requests if record.path.startswith("/v2/workflows/")]
    assert (listings, len(set(reads))) == (2, 6), "one listing per environment"
    assert len(reads) <= 7, "each workflow once, and one request that checks the support for severities"

    status, output = shop.promote("--write")
    assert (status, "Written" in output) == (0, True), output
    assert writes(shop.novu) == []
    after = shop.file.read_text(encoding="utf-8")
    assert [line for line in _EXISTING_CONFIG.splitlines() if line not in after] == []
    configured = shop.configured()
    assert configured[FIRST] == {
        "validatePayload": True,
        "controls": {
            MAIL: {
                "body": "Thank you: {{payload.orderNumber}}",
                "year": "2026",
                "links": links,
                "footer": "Production's own",
            }
        },
    }
    assert configured[_SECOND] == {"active": False}
    assert configured[_THIRD]["validatePayload"] is True

    status, output = shop.promote()
    assert status == 0, output
    assert "3 control values in the configuration of prod and not in Production" in output

    shop.stacks["prod"].up("--skip-preview")
    assert prod.values() == configured[FIRST]["controls"][MAIL]
    assert prod.values(INBOX) == {}
    assert prod.workflow(FIRST)["validatePayload"] is True
    assert prod.workflow(_SECOND)["active"] is False
    assert prod.override(_THIRD)["all"] == {"enabled": True, "readOnly": True}
    assert prod.override(_THIRD)["channels"]["sms"] == {"enabled": False}
    status, output = shop.promote()
    assert (status, "nothing to promote" in output) == (0, True), output
    assert "in the configuration of prod and not" not in output


def test_secrets_of_the_program_are_neither_shown_nor_written(shop: Shop) -> None:
    """Otherwise, Development's value of a secret would replace that of Production."""
    program = f"""import pulumi
import novu_provider as novu

bridge = novu.Bridge("app")
token = pulumi.Config("shop").require_secret("token")
novu.StepControls("mail", workflow=bridge.workflows["{FIRST}"], step_id="{MAIL}", values={{"footer": token}})
"""
    for name, stack in shop.stacks.items():
        stack.write(program)
        stack.run("config", "set", "--secret", "shop:token", f"the token of {name}")
        stack.up("--skip-preview")
        stack.refresh()
    shop.dashboards["dev"].set_values(footer="the token of dev", body="Edited")
    status, output = shop.promote("--write")
    assert status == 0
    assert 'controls.receipt.body: default "Hello" → "Edited"' in output
    assert "the token" not in output
    assert "controls.receipt.footer: it is a secret in the stack of Development" in output
    assert "the token" not in shop.file.read_text(encoding="utf-8")
    assert shop.configured()[FIRST] == {"controls": {MAIL: {"body": "Edited"}}}


def test_encrypted_values_in_the_configuration_are_not_replaced(shop: Shop) -> None:
    path = f'novu:workflows["{FIRST}"].controls.{MAIL}.footer'
    shop.stacks["prod"].run("config", "set", "--path", "--secret", path, "known to few")
    shop.dashboards["dev"].set_values(footer="another", body="Edited")
    status, output = shop.promote("--write")
    assert (status, "known to few" in output) == (0, False), output
    assert "controls.receipt.footer: the configuration of Production sets it, and may have encrypted it" in output
    text = shop.file.read_text(encoding="utf-8")
    assert ("secure: v1:" in text, "known to few" in text, "body: Edited" in text) == (True, False, True)
    shop.stacks["prod"].up("--skip-preview")
    assert shop.dashboards["prod"].values() == {"footer": "known to few", "body": "Edited"}


def test_values_that_the_program_ignores_are_promoted_only_if_the_configuration_overrides_that(shop: Shop) -> None:
    """With `ignore_changes` in the program, a promoted value would have no effect in Production."""
    program = f"""import novu_provider as novu

arguments = novu.WorkflowArgs(controls={{"{MAIL}": {{"footer": "At first"}}}}, ignore_changes=("controls",))
novu.Bridge("app", workflows={{"{FIRST}": arguments}})
"""
    for stack in shop.stacks.values():
        stack.write(program)
        stack.up("--skip-preview")
    shop.dashboards["dev"].set_values(body="Edited", footer="Edited too")
    status, output = shop.promote()
    assert status == 0, output
    assert (
        "controls.receipt.body: in the stack of Production, people edit it in the dashboard (ignoreChanges)" in output
    )

    text = shop.file.read_text(encoding="utf-8")
    override = f"  novu:workflows:\n    {FIRST}: {{ignoreChanges: []}}\n"
    shop.file.write_text(text.replace("  novu:workflows:\n", override), encoding="utf-8")
    assert shop.promote("--write")[0] == 0
    shop.stacks["prod"].up("--skip-preview")
    assert shop.dashboards["prod"].values() == {"body": "Edited", "footer": "Edited too"}
    assert shop.promote()[0] == 0
