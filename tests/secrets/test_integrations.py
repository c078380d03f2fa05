"""No file and no output contains a credential of an integration, also if Novu's error repeats the request."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from novu_provider.cli import main
from novu_provider.emulator import Emulator, EmulatorConfig
from tests.intercepting_proxy import intercepting_proxy
from tests.secrets import faults
from tests.secrets.recorded import RecordedStack
from tests.secrets.search import Search, made_up

# At `-v9`, the engine logs each property that it passes between its processes. docs/explanation/security.md tells that.
_ENGINE_LINE = re.compile(rb"[^\n]*arshaling property for RPC\[[^\n]*\n?")

_PROGRAM = """\
import os

import novu_provider as novu

# In clear text, on purpose: the resource makes a secret of it.
novu.Integration(
    "mail",
    credentials=novu.SmtpCredentials(
        host="127.0.0.1",
        port=2525,
        password=os.environ["SHOP_PASSWORD"],
        from_="shop@example.com",
        sender_name="{sender}",
    ),
)
"""


def test_no_file_and_no_output_contains_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    password, later = made_up("a credential"), made_up("a later credential")
    secrets = {"credential": password, "later credential": later}
    search = Search(secrets, without_known_leaks=lambda data: _ENGINE_LINE.sub(b"", data))
    with Emulator(EmulatorConfig(bridge_retry_delay=0.05)) as server, intercepting_proxy(server.url) as novu:
        variables = {"NOVU_SECRET_KEY": server.development_key, "NOVU_API_URL": novu.url, "SHOP_PASSWORD": password}
        stack = RecordedStack(tmp_path / "stack", variables, traced=False)
        outputs = []

        def run(command: str, *arguments: str, fails: bool = False) -> str:
            result = getattr(stack, command)(*arguments, fails=fails)
            outputs.append(result.output)
            log = stack.directory / "events.jsonl"
            outputs.append(log.read_text(encoding="utf-8"))
            return str(result.output)

        stack.write(_PROGRAM.format(sender="Shop"))
        run("preview", "--diff", "--save-plan", "plan.json")
        with faults.fault(novu, faults.novu_json, 400, "POST", "/v1/integrations"):
            assert "Novu refused POST" in run("up", fails=True)
        run("up", "--diff")
        assert server.integration_credentials("mail")["password"] == password
        outputs.append(json.dumps(stack.export()))
        outputs.append(stack.run("preview", "--json").output)

        stack.environ["SHOP_PASSWORD"] = later
        run("preview", "--diff")
        with faults.fault(novu, faults.novu_json, 422, "PUT", "/v1/integrations"):
            assert "Novu refused PUT" in run("up", fails=True)
        run("up")
        assert server.integration_credentials("mail")["password"] == later
        key = {"Authorization": f"ApiKey {server.development_key}"}
        listed = httpx.get(f"{server.url}/v1/integrations", headers=key, trust_env=False, verify=False).json()["data"]
        internal_id = next(one["_id"] for one in listed if one["identifier"] == "mail")
        body = {"credentials": {"password": password}}
        httpx.put(f"{server.url}/v1/integrations/{internal_id}", headers=key, json=body, trust_env=False, verify=False)
        assert "somebody saved the integration" in run("refresh", "--diff")
        stack.write(_PROGRAM.format(sender="Another"))
        for name, value in stack.environ.items():
            monkeypatch.setenv(name, value)
        selection = ["--cwd", str(stack.directory), "--stack", stack.name]
        plan = CliRunner().invoke(main, ["plan", "--format", "json", "--", *selection])
        assert (plan.exit_code, '"credentialsChanged": true' in plan.output) == (2, True), plan.output
        outputs.append(plan.output)
        run("up", "--diff")
        outputs.append(json.dumps(stack.export()))
        run("destroy")
        search.tree(tmp_path)
        search.data("the outputs", "\n".join(outputs).encode())
        search.data("the command lines of all processes", b"\n".join(stack.command_lines.seen))
    assert search.matches == []
    assert sum(map(len, outputs)) > 10_000
    assert search.files > 10
    assert any(b"\0up\0" in line for line in stack.command_lines.seen)
