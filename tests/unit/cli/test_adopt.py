"""`novu-provider adopt` prints the lines of program that adopt integrations, and none of their credentials."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from novu_provider.cli import main
from novu_provider.emulator import Emulator, EmulatorConfig
from novu_provider.emulator.releases import RELEASES
from tests.contract.fake_bridge import fake_bridge
from tests.intercepting_proxy import intercepting_proxy
from tests.secrets.faults import fault, novu_json
from tests.unit.documents import entry

_PASSWORD = "made-up-api-key-0001"
#: Longer than a line of other text, and with characters that no output may contain.
_NAME = 'Spare"\u202e' + "x" * 200


def _post(novu: Emulator, identifier: str, provider: str, channel: str, **fields: Any) -> None:
    body = {"identifier": identifier, "providerId": provider, "channel": channel, "active": True, "check": False}
    httpx.post(
        f"{novu.url}/v1/integrations",
        json=body | {"credentials": {"apiKey": _PASSWORD}} | fields,
        headers={"Authorization": f"ApiKey {novu.development_key}"},
        trust_env=False,
    ).raise_for_status()


def _adopt(api_url: str, key: str) -> str:
    with fake_bridge() as bridge:
        bridge.workflows = [entry("welcome")]
        options = ["adopt", "--api-url", api_url, "--bridge-url", bridge.url]
        result = CliRunner().invoke(main, options, env={"NOVU_SECRET_KEY": key})
    assert result.exit_code == 0, result.output
    assert _PASSWORD not in result.output
    return result.output


# A server before 2026 returns the credentials.
@pytest.mark.parametrize("config", [{}, RELEASES["2025-08"]], ids=["3.19.0", "2025-08"])
def test_the_lines_adopt_each_integration_as_it_is(config: dict[str, Any]) -> None:
    with Emulator(EmulatorConfig(**config)) as novu:
        _post(novu, "mail", "sendgrid", "email")
        _post(novu, "mail-2", "ses", "email", name=_NAME, active=False)
        output = _adopt(novu.url, novu.development_key)
    assert "To adopt 3 integrations with the stored credentials, declare" in output
    # The lines of each one, as a user copies them.
    text = "".join(line.removeprefix("      ") + "\n" for line in output.splitlines() if line.startswith("      "))
    declared: dict[str, dict[str, Any]] = {}

    class _Novu:
        @staticmethod
        def Integration(name: str, **arguments: Any) -> None:
            declared[name] = arguments

    for program in re.findall(r"^novu\.Integration\(\n.*?^\)$", text, re.MULTILINE | re.DOTALL):
        exec(compile(program, "program", "exec"), {"novu": _Novu})
    inbox = next(arguments for arguments in declared.values() if arguments["provider_id"] == "novu")
    assert declared["mail"] == {"provider_id": "sendgrid", "display_name": "SendGrid", "primary": True}
    assert declared["mail-2"] == {"provider_id": "ses", "display_name": _NAME, "active": False}
    assert "credentials" not in inbox
    assert "\u202e" not in output


def test_a_closed_endpoint_hides_no_workflow() -> None:
    with (
        Emulator(EmulatorConfig()) as novu,
        intercepting_proxy(novu.url) as proxy,
        fault(proxy, novu_json, 403, path="/v1/integrations"),
    ):
        output = _adopt(proxy.url, novu.development_key)
    assert "the integrations of 'Development' are not listed: " in output
    assert "Created: 1 workflow" in output
