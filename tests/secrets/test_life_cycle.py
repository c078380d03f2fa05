"""Everything that the engine and the providers write through a whole life, faults included, holds no secret."""

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

#: The engine's own line at `-v9`: it logs each value of the stack's secret configuration as it passes it to a provider
#: (sdk/go/common/resource/plugin/rpc.go, MarshalProperties; engine 3.259.0). docs/security.md names the way around.
_ENGINE_LINE = re.compile(rb"[^\n]*Marshaling property for RPC\[Provider\[0x[0-9a-f]+\]\.Configure\(\)[^\n]*\n")


@dataclass
class Scene:
    """One stack with its Novu and its bridge, both behind servers that can repeat what they are sent."""

    source: str
    secrets: dict[str, str]
    novu: InterceptingProxy
    bridge: InterceptingProxy
    app: App
    stack: RecordedStack
    search: Search

    def give(self, **values: str) -> None:
        """Give the stack secrets by their keys, in the way that this scene is about."""
        for key, value in values.items():
            if self.source == "configuration":
                self.stack.set_secret(key, value)
            else:
                variable = {"secretKey": "NOVU_SECRET_KEY", "bypassToken": "VERCEL_AUTOMATION_BYPASS_SECRET"}[key]
                self.stack.environ[variable] = value

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Novu, or change something there, as a colleague would."""
        headers = {"Authorization": f"ApiKey {self.secrets['key']}"}
        response = httpx.request(method, self.novu.url + path, headers=headers, json=body, trust_env=False)
        response.raise_for_status()
        return response.json()["data"] if response.content else None

    def deploy(self, *workflows: specs.Spec) -> None:
        """Serve these workflows, and the agent, from now on."""
        self.app.deploy(*workflows, agents=[declared.AGENT])


@pytest.fixture(params=["configuration", "environment"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, bridges: BridgeProcess) -> Iterator[Scene]:
    source: str = request.param
    in_config = source == "configuration"
    secrets = {what: made_up(f"{what} by {source}") for what in ("key", "token", "wrong key", "app's other key")}
    with ExitStack() as opened:
        config = EmulatorConfig(development_key=secrets["key"], bridge_retry_delay=0.05)
        server = opened.enter_context(Emulator(config))
        app = App(bridges, secrets["key"])
        app.deploy(*specs.shop(4), agents=[declared.AGENT])
        parts = urlsplit(app.url)
        novu = opened.enter_context(intercepting_proxy(server.url))
        bridge = opened.enter_context(intercepting_proxy(f"{parts.scheme}://{parts.netloc}"))
        variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": bridge.url + parts.path}
        # The engine's traces hold the whole configuration: docs/security.md says so.
        stack = RecordedStack(tmp_path / "stack", variables, traced=not in_config)
        search = Search(secrets, forgive=_without_the_engines_own if in_config else lambda data: data)
        yield Scene(source, secrets, novu, bridge, app, stack, search)


def _without_the_engines_own(data: bytes) -> bytes:
    return _ENGINE_LINE.sub(b"", data)


def test_nothing_that_is_written_holds_a_secret(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search, processes = scene.search, scene.stack.command_lines
    scene.give(secretKey=scene.secrets["key"], bypassToken=scene.secrets["token"])
    for part in (_live, _meet_novus_faults, _meet_faults_beyond_code, _meet_the_bridges_faults, _look_around, _end):
        part(scene)
        search.tree(tmp_path)
    search.data("the command lines of all processes", b"\n".join(processes.seen))

    with capsys.disabled():
        figures = f"{search.files} files, {len(processes.seen)} command lines, {search.size / 1e6:.1f} MB"
        print(f"\nsecrets in {scene.source}: searched {figures}; {len(search.traces)} traces")  # noqa: T201
    assert search.traces == []
    # The secrets were in use, and what was searched is what was meant.
    assert {one.headers["authorization"] for one in scene.novu.requests} == {
        f"ApiKey {scene.secrets['key']}",
        f"ApiKey {scene.secrets['wrong key']}",
    }
    assert all("x-vercel-protection-bypass=" in one.path for one in scene.bridge.requests)
    assert any(b"\0up\0" in line for line in processes.seen)
    assert any(b"pulumi.dynamic" in line for line in processes.seen)
    assert {path.suffix for path in tmp_path.rglob("*")} >= {".json", ".bak", ".yaml", ".jsonl", ".txt", ".log"}
    traces = {name for name in ("grpc.json", "tracing", "otel.json") if (scene.stack.directory / name).exists()}
    assert traces == ({"grpc.json", "tracing", "otel.json"} if scene.source == "environment" else set())


def _live(scene: Scene) -> None:
    """Preview, create, update, rename, drift and refresh, with all that a stack declares beyond code."""
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


def _meet_novus_faults(scene: Scene) -> None:
    stack = scene.stack
    scene.give(secretKey=scene.secrets["wrong key"])
    refused = stack.preview(fails=True)
    assert "rejected the" in refused.output
    scene.give(secretKey=scene.secrets["key"])
    # With a change to be made, the guards ask for everything.
    scene.deploy(*specs.shop(6))
    stack.write(declared.program(2))
    for method, path, echo, status, command, said in faults.OF_NOVU:
        with faults.fault(scene.novu, echo, status, method, path):
            result = getattr(stack, command)(fails=True)
        assert said in result.output, f"{method} {path} {status}"
    with faults.lost_answer(scene.novu, "/v1/bridge/sync"):
        assert "the response to the sync was lost" in stack.up().output
    assert stack.preview().changes == set()


def _meet_faults_beyond_code(scene: Scene) -> None:
    stack = scene.stack
    scene.call("PUT", f"/v1/agents/{declared.AGENT}/bridge", {"bridgeUrl": None})
    stack.refresh()
    for number, (method, path, echo, status, said) in enumerate(declared.FAULTS, start=3):
        stack.write(declared.program(number))
        with faults.fault(scene.novu, echo, status, method, path):
            assert said in stack.up("--diff", fails=True).output, f"{method} {path} {status}"
    stack.up()
    assert stack.preview().changes == set()


def _meet_the_bridges_faults(scene: Scene) -> None:
    stack = scene.stack
    for echo, status, said in faults.OF_THE_BRIDGE:
        with faults.fault(scene.bridge, echo, status):
            assert said in stack.preview(fails=True).output
    scene.app.key = scene.secrets["app's other key"]
    scene.deploy(*specs.shop(6))
    assert "rejected the signature" in stack.preview(fails=True).output
    scene.app.undeploy()
    assert "returned 404" in stack.preview(fails=True).output
    scene.app.key = scene.secrets["key"]
    scene.deploy(*specs.shop(6))


def _look_around(scene: Scene) -> None:
    """Run what shows a stack; what was asked for is kept beside what operations print."""
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


def _end(scene: Scene) -> None:
    scene.stack.destroy()
    # The engine encrypts its automatic logs with the stack's passphrase, as it does the configuration. They hold what
    # it passes to the providers, so they may hold a key that is in the configuration; one that is not, they may not.
    logs = scene.stack.decrypt_logs()
    assert b"EnvironmentBinding" in logs
    if scene.source == "environment":
        scene.search.data("the engine's automatic logs, decrypted", logs)
    scene.search.tree(scene.stack.directory)
    scene.stack.run("stack", "rm", "--yes")
