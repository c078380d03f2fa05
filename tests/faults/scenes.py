"""The scenes in which the operations of the matrix begin: a project with its state, a database of Novu, a bridge.

They are made once. Each cell works on copies, so no `up` is necessary before each cell.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from novu_provider.bridge.client import BridgeClient
from novu_provider.emulator.config import DEVELOPMENT_KEY, EmulatorConfig
from novu_provider.emulator.server import Emulator
from novu_provider.model.manifest import Manifest
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.novu import Environment
from tests.engine.stack import PROGRAM, Stack
from tests.faults import declared
from tests.faults.declared import DECLARING, RENAMING
from tests.faults.names import AGENT, CHANGED, DASHBOARD, FOREIGN, KEPT, LEFT, NEW
from tests.faults.proxy import Call, FaultProxy, Forward, Response

KEY = DEVELOPMENT_KEY

_BRIDGE_PATH = "/api/novu"
_HEADERS = {"Authorization": f"ApiKey {KEY}"}


def _deployments() -> dict[str, list[specs.Spec]]:
    first = specs.shop(3)
    changed = specs.shop(3)
    # A severity, so that the calls which repair it are among those that fail.
    changed[1] |= {"name": "Under another name", "severity": "high"}
    renamed = [first[0], first[1] | {"name": "Under another name"}, first[2]]
    return {
        "first": first,
        "changed": changed,
        "fewer": specs.shop(2),
        "exchanged": [*changed[:2], *specs.shop(4)[3:]],
        "foreign": [*first, specs.workflow(FOREIGN)],
        # Another workflow set: one id in common, with another registration.
        "other": [specs.workflow(KEPT), specs.workflow(FOREIGN)],
        "declared": renamed,
        "without-agents": renamed,
        "other-id": [*first[:2], first[2] | {"id": NEW}],
    }


#: What a deployment serves in addition to workflows.
_AGENTS = {"declared": [AGENT]}


@dataclass(frozen=True)
class Scene:
    """The beginning of an operation, and what it may do."""

    command: str
    #: Which copy it begins with, and what the bridge serves then.
    start: str
    deployed: str
    #: The workflows that its plan deletes.
    deletes: frozenset[str] = frozenset()
    program: str = PROGRAM
    #: The workflows that the program makes inactive.
    inactive: frozenset[str] = frozenset()


SCENES = {
    "preview": Scene("preview", "first", "exchanged"),
    "create": Scene("up", "empty", "first"),
    "update": Scene("up", "first", "changed"),
    "delete": Scene("up", "first", "fewer", frozenset({LEFT})),
    "refresh": Scene("refresh", "drifted", "first"),
    "destroy": Scene("destroy", "foreign", "first", frozenset({KEPT, CHANGED, LEFT})),
    "declare": Scene("up", "set", "declared", program=DECLARING, inactive=frozenset({CHANGED})),
    "withdraw": Scene("up", "declared", "without-agents"),
    "rename": Scene("up", "set", "other-id", frozenset({LEFT}), RENAMING),
    "refresh+": Scene("refresh", "edited", "declared", program=DECLARING, inactive=frozenset({CHANGED})),
    "destroy+": Scene("destroy", "declared", "declared", frozenset({KEPT, CHANGED, LEFT}), DECLARING),
}

#: What the preview's plan shows, by operation.
PLANNED = {"create": {specs.shop(4)[3]["id"]}, "update": {CHANGED}, "delete": {LEFT}}


class World:
    """Two proxies, the bridges, and the beginnings of all operations."""

    def __init__(self, directory: Path, bridges: BridgeProcess, novu: FaultProxy, bridge: FaultProxy) -> None:
        self.directory = directory
        self.novu_proxy = novu
        self.bridge_proxy = bridge
        self.urls = {
            name: bridges.put(f"faults-{name}", specs.bridge(workflows, secret_key=KEY, agents=_AGENTS.get(name, ())))
            for name, workflows in _deployments().items()
        }
        self.manifests = {name: _manifest(url) for name, url in self.urls.items()}
        self._stacks: dict[str, Stack] = {}
        self._make()

    @contextmanager
    def novu(self, start: str, directory: Path) -> Iterator[Emulator]:
        """Run a Novu on a copy of a beginning, behind the proxy."""
        database = directory / "novu.sqlite3"
        kept = self.directory / f"{start}.sqlite3"
        if kept.exists():
            shutil.copyfile(kept, database)
        with Emulator(EmulatorConfig(database=str(database), bridge_retry_delay=0.05, bridge_timeout=1.0)) as server:
            self.novu_proxy.upstream = server.url
            yield server

    def deploy(self, name: str) -> None:
        """Let the bridge serve these workflows from now on."""
        self.bridge_proxy.upstream = self.urls[name]

    def stack(self, start: str, directory: Path, timeout: float | None = None) -> Stack:
        """Return a copy of a beginning's project, optionally with another timeout in seconds."""
        stack = self._stacks[start].copy(directory)
        if timeout is not None:
            set_timeout(stack, timeout)
        return stack

    def _make(self) -> None:
        work = self.directory / "work"
        work.mkdir()
        stack = self._new_stack(self.directory / "stack-empty")
        self._stacks["empty"] = stack
        with self.novu("empty", work) as server:
            server.create_dashboard_workflow(workflow_id=DASHBOARD)
        self._keep("empty", work)
        first = self._twin("empty", "first")
        self.deploy("first")
        with self.novu("empty", work):
            first.up("--skip-preview")
        self._keep("first", work)
        for name in ("drifted", "foreign"):
            self._twin("first", name)
            with self.novu("first", work) as server:
                environment = Environment(server, KEY)
                if name == "drifted":
                    environment.call("DELETE", f"/v2/workflows/{environment.stored()[LEFT].id}")
                else:
                    self.deploy("foreign")
                    environment.sync(self.bridge_proxy.url)
            self._keep(name, work)
        self._make_declared(work)

    def _make_declared(self, work: Path) -> None:
        """Make the beginnings with overrides: those that people set, those that a stack declares, and edited ones."""
        self._twin("first", "set")
        with self.novu("first", work) as server:
            declared.people_begin(server)
        self._keep("set", work)
        stack = self._twin("set", "declared")
        stack.write(DECLARING)
        self.deploy("declared")
        with self.novu("set", work):
            stack.up("--skip-preview")
        self._keep("declared", work)
        self._twin("declared", "edited")
        with self.novu("declared", work) as server:
            declared.people_edit(server)
        self._keep("edited", work)

    def _new_stack(self, directory: Path) -> Stack:
        variables = {
            "NOVU_SECRET_KEY": KEY,
            "NOVU_API_URL": self.novu_proxy.url,
            "NOVU_BRIDGE_URL": self.bridge_proxy.url,
        }
        stack = Stack(directory, variables)
        stack.config(timeout="30", retries="1")
        return stack

    def _twin(self, start: str, name: str) -> Stack:
        twin = self.stack(start, self.directory / f"stack-{name}")
        self._stacks[name] = twin
        return twin

    def _keep(self, name: str, work: Path) -> None:
        shutil.copyfile(work / "novu.sqlite3", self.directory / f"{name}.sqlite3")


def set_timeout(stack: Stack, seconds: float, retries: int = 1) -> None:
    """Set `novu:timeout` and `novu:retries` without two more runs of the engine for each cell.

    In the state as well: `refresh` and `destroy` configure the provider as the last `up` did.
    """
    stack.config(timeout=seconds, retries=retries)
    for path in stack.state.glob(".pulumi/stacks/test/*.json"):
        text = path.read_text(encoding="utf-8")
        for name, value in (("timeout", seconds), ("retries", retries)):
            text = re.sub(rf'("novu:{name}": ?)"[\d.]+"', rf'\g<1>"{value}"', text)
        path.write_text(text, encoding="utf-8")


def _manifest(url: str) -> Manifest:
    bridge = BridgeClient.connect(url, KEY)
    try:
        return bridge.manifest()
    finally:
        bridge.close()


@contextmanager
def world(directory: Path, bridges: BridgeProcess) -> Iterator[World]:
    """Open the world of one test process."""
    with FaultProxy() as novu, FaultProxy(_BRIDGE_PATH) as bridge:
        made = World(directory, bridges, novu, bridge)
        other = directory / "other.sqlite3"
        # With the same environments, so that their ids do not reveal the foreign response.
        shutil.copyfile(directory / "empty.sqlite3", other)
        with Emulator(EmulatorConfig(database=str(other))) as server:
            Environment(server, KEY).sync(made.urls["other"])
            novu.foreign_response = partial(_foreign_novu_response, server.url)
            bridge.foreign_response = lambda _, forward: forward(made.urls["other"])
            yield made


def _foreign_novu_response(other: str, call: Call, forward: Forward) -> Response:
    """Respond as Novu would for another workflow set. Reads return other content, and nothing is written."""
    if call.path == "/v1/environments/me":
        document = json.loads(forward().body)
        document["data"] |= {"_id": "0" * 24, "bridge": {"url": "https://elsewhere.example/api/novu"}}
        return Response.of(200, document)
    if call.method in ("PUT", "PATCH", "DELETE"):
        return Response.of(404, {"statusCode": 404, "message": f"Cannot find {call.path.rsplit('/', 1)[-1]}"})
    listing = httpx.get(f"{other}/v1/workflows", headers=_HEADERS, trust_env=False, verify=False).json()
    if call.method == "POST":
        return Response.of(201, {"data": listing["data"]})
    if call.path.startswith("/v2/workflows/"):
        # A whole document, of another workflow.
        path = f"/v2/workflows/{listing['data'][0]['_id']}"
        return Response.of(200, httpx.get(f"{other}{path}", headers=_HEADERS, trust_env=False, verify=False).json())
    return forward(other)
