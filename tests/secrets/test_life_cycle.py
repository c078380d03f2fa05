"""Nothing that the engine and the providers write during the life of a stack contains a secret, also after errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.intercepting_proxy import InterceptingProxy, intercepting_proxy
from tests.secrets import declared, faults
from tests.secrets.recorded import RecordedStack
from tests.secrets.search import Search, made_up

# At `-v9`, the engine logs each secret of the configuration that it passes to a provider (MarshalProperties in
# sdk/go/common/resource/plugin/rpc.go, engine 3.259.0). docs/explanation/security.md describes the workaround.
_ENGINE_LINE = re.compile(
    rb"^[^\n]*Marshaling property for RPC\[Provider\[0x[0-9a-f]+\]\.Configure\(\)[^\n]*\n", re.MULTILINE
)


@dataclass
class Scene:
    """One stack with its Novu and its bridge. Proxies in front of both can repeat requests in their responses."""

    source: str
    secrets: dict[str, str]
    novu: InterceptingProxy
    bridge: InterceptingProxy
    app: App
    stack: RecordedStack
    search: Search

    def set_secrets(self, **values: str) -> None:
        """Set secrets of the stack, in its configuration or as environment variables."""
        for key, value in values.items():
            if self.source == "configuration":
                self.stack.set_secret(key, value)
            else:
                variable = {"secretKey": "NOVU_SECRET_KEY", "bypassToken": "VERCEL_AUTOMATION_BYPASS_SECRET"}[key]
                self.stack.environ[variable] = value

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to Novu."""
        headers = {"Authorization": f"ApiKey {self.secrets['key']}"}
        response = httpx.request(
            method, self.novu.url + path, headers=headers, json=body, trust_env=False, verify=False
        )
        response.raise_for_status()
        return response.json()["data"] if response.content else None

    def deploy(self, *workflows: specs.Spec) -> None:
        """Let the bridge serve these workflows and the agent."""
        self.app.deploy(*workflows, agents=[declared.AGENT])


@pytest.fixture(params=["configuration", "environment"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, bridges: BridgeProcess) -> Iterator[Scene]:
    source: str = request.param
    in_config = source == "configuration"
    secrets = {name: made_up(f"{name} by {source}") for name in ("key", "token", "wrong key", "app's other key")}
    with ExitStack() as resources:
        config = EmulatorConfig(development_key=secrets["key"], bridge_retry_delay=0.05)
        server = resources.enter_context(Emulator(config))
        app = App(bridges, secrets["key"])
        app.deploy(*specs.shop(4), agents=[declared.AGENT])
        parts = urlsplit(app.url)
        novu = resources.enter_context(intercepting_proxy(server.url))
        bridge = resources.enter_context(intercepting_proxy(f"{parts.scheme}://{parts.netloc}"))
        variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": bridge.url + parts.path}
        # The engine's traces contain the whole configuration: see docs/explanation/security.md.
        stack = RecordedStack(tmp_path / "stack", variables, traced=not in_config)
        # More retries only repeat the same messages.
        stack.config(retries=1)
        search = Search(secrets, without_known_leaks=_without_engine_log_lines if in_config else lambda data: data)
        yield Scene(source, secrets, novu, bridge, app, stack, search)


def _without_engine_log_lines(data: bytes) -> bytes:
    return _ENGINE_LINE.sub(b"", data)


def test_no_written_file_contains_a_secret(scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    search, processes = scene.search, scene.stack.command_lines
    scene.set_secrets(secretKey=scene.secrets["key"], bypassToken=scene.secrets["token"])
    for phase in (
        _run_all_operations,
        _fail_override_requests,
        _end_traces,
        _fail_novu_requests,
        _fail_bridge_requests,
        _run_read_commands,
        _destroy,
    ):
        phase(scene)
        search.tree(tmp_path)
    search.data("the command lines of all processes", b"\n".join(processes.seen))

    with capsys.disabled():
        figures = f"{search.files} files, {len(processes.seen)} command lines, {search.size / 1e6:.1f} MB"
        print(f"\nsecrets in {scene.source}: searched {figures}; {len(search.matches)} matches")  # noqa: T201
    assert search.matches == []
    # Check that the stack used the secrets and that the search covered all kinds of files.
    assert {request.headers["authorization"] for request in scene.novu.requests} == {
        f"ApiKey {scene.secrets['key']}",
        f"ApiKey {scene.secrets['wrong key']}",
    }
    assert all("x-vercel-protection-bypass=" in request.path for request in scene.bridge.requests)
    assert any(b"\0up\0" in line for line in processes.seen)
    assert any(b"pulumi.dynamic" in line for line in processes.seen)
    assert {path.suffix for path in tmp_path.rglob("*")} >= {".json", ".bak", ".yaml", ".jsonl", ".txt", ".log"}
    traces = {name for name in ("grpc.json", "tracing", "otel.json") if (scene.stack.directory / name).exists()}
    assert traces == ({"grpc.json", "tracing", "otel.json"} if scene.source == "environment" else set())


def _run_all_operations(scene: Scene) -> None:
    """Preview, create, update, rename, drift and refresh, with all kinds of overrides."""
    stack = scene.stack
    scene.call("POST", "/v1/agents", {"name": "Assistant", "identifier": declared.AGENT})
    stack.write(declared.program(1))
    stack.preview("--diff", "--save-plan", "plan.json")
    stack.up("--plan", "plan.json")
    assert "x-vercel-protection-bypass=" in scene.call("GET", f"/v1/agents/{declared.AGENT}")["bridgeUrl"]
    assert stack.preview().changes == set()
    scene.call("PATCH", f"/v2/workflows/{declared.OLD}", {"validatePayload": True})
    edited = specs.shop(5)
    edited[0]["name"] = "Changed"
    edited[1]["id"] = declared.NEW
    scene.deploy(*edited)
    stack.write(declared.program(2, renamed=True))
    stack.preview("--diff", "--save-plan", "second-plan.json")
    assert "keeps from its former id" in stack.up("--diff").output
    scene.call("DELETE", f"/v2/workflows/{declared.NEW}")
    elsewhere = {"bridgeUrl": "https://elsewhere.example/api/novu"}
    scene.call("PUT", f"/v1/agents/{declared.AGENT}/bridge", elsewhere)
    stack.refresh("--diff")
    stack.up()


def _end_traces(scene: Scene) -> None:
    """End the slow traces. Those of gRPC, which contain the same messages, continue."""
    scene.stack.end_traces()


def _fail_novu_requests(scene: Scene) -> None:
    stack = scene.stack
    scene.set_secrets(secretKey=scene.secrets["wrong key"])
    refused = stack.preview(fails=True)
    assert "rejected the" in refused.output
    scene.set_secrets(secretKey=scene.secrets["key"])
    # With pending changes, the guards read the whole environment.
    scene.deploy(*specs.shop(6))
    stack.write(declared.program(2))
    for method, path, echo, status, command, message in faults.NOVU_FAULTS:
        with faults.fault(scene.novu, echo, status, method, path):
            result = getattr(stack, command)(fails=True)
        assert message in result.output, f"{method} {path} {status}"
    with faults.lost_response(scene.novu, "/v1/bridge/sync"):
        assert "the response to the sync was lost" in stack.up().output
    assert stack.preview().changes == set()


def _fail_override_requests(scene: Scene) -> None:
    stack = scene.stack
    scene.call("PUT", f"/v1/agents/{declared.AGENT}/bridge", {"bridgeUrl": None})
    stack.refresh()
    for number, (method, path, echo, status, message) in enumerate(declared.FAULTS, start=3):
        stack.write(declared.program(number))
        with faults.fault(scene.novu, echo, status, method, path):
            output = stack.up("--skip-preview", "--diff", fails=True).output
        assert message in output, f"{method} {path} {status}"
    stack.up()
    assert stack.preview().changes == set()


def _fail_bridge_requests(scene: Scene) -> None:
    stack = scene.stack
    for echo, status, message in faults.BRIDGE_FAULTS:
        with faults.fault(scene.bridge, echo, status):
            assert message in stack.preview(fails=True).output
    scene.app.key = scene.secrets["app's other key"]
    scene.deploy(*specs.shop(6))
    assert "rejected the signature" in stack.preview(fails=True).output
    scene.app.undeploy()
    assert "returned 404" in stack.preview(fails=True).output
    scene.app.key = scene.secrets["key"]
    scene.deploy(*specs.shop(6))


def _run_read_commands(scene: Scene) -> None:
    """Run the commands that show a stack, and keep their output."""
    stack = scene.stack
    for command in (
        ("stack",),
        ("stack", "export"),
        ("stack", "history"),
        ("stack", "output", "--json", "--show-secrets"),
        ("stack", "graph", "graph.dot"),
        ("config",),
    ):
        stack.run(*command)
    config = yaml.safe_load((stack.directory / "Pulumi.test.yaml").read_text(encoding="utf-8")).get("config", {})
    in_config = {key for key, value in config.items() if isinstance(value, dict) and set(value) == {"secure"}}
    assert in_config == ({"novu:secretKey", "novu:bypassToken"} if scene.source == "configuration" else set())


def _destroy(scene: Scene) -> None:
    scene.stack.destroy()
    # The engine encrypts its automatic logs with the secrets provider of the stack. They contain the configuration that
    # it passes to the providers, so they may contain a key from the configuration, but no other key.
    logs = scene.stack.decrypt_logs()
    assert b"EnvironmentBinding" in logs
    if scene.source == "environment":
        scene.search.data("the engine's automatic logs, decrypted", logs)
    scene.search.tree(scene.stack.directory)
    scene.stack.run("stack", "rm", "--yes")
