"""Costs that tests can check without a clock: requests per workflow, bytes of state, and imported modules."""

from __future__ import annotations

import asyncio
import contextvars
import json
import subprocess
import sys
from collections import Counter
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto.resource_pb2 import RegisterResourceResponse
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import wait_for_rpcs

from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import canonical_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from novu_provider.resources.environment_binding import BindingProvider
from novu_provider.resources.workflow import Workflow, WorkflowProvider
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from tests.unit.documents import discover, entry, schema, step, stored

_BRIDGE = "https://app.example.com/api/novu"
_ENVIRONMENT = {"_id": "e" * 24, "name": "Development", "type": "dev", "bridge": {"url": _BRIDGE}}


class StoredEnvironment:
    """An environment that stores a number of workflows as declared, and that records requests."""

    def __init__(self, count: int) -> None:
        controls = schema(subject={"type": "string", "default": "Order"}, body={"type": "string"})
        entries = [
            entry(f"order-notice-{number:04}", step("receipt", controls=controls), step("push", "push"))
            for number in range(count)
        ]
        self.manifest = Manifest.discovered(discover(*entries), "the test")
        self.requests: Counter[str] = Counter()
        self._stored = [stored(workflow, f"{number:024x}") for number, workflow in enumerate(entries)]
        self.session = Session(Settings.read({"secretKey": "0" * 32}.get, {}), httpx.MockTransport(self._respond))

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests[f"{request.method} {request.url.path}"] += 1
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": _ENVIRONMENT})
        assert request.url.path == "/v1/workflows", request.url
        page, limit = (int(request.url.params[key]) for key in ("page", "limit"))
        return httpx.Response(200, json={"data": self._stored[page * limit :][:limit], "totalCount": len(self._stored)})


class _Binding(BindingProvider):
    def __init__(self, environment: StoredEnvironment) -> None:
        self._environment = environment

    def session(self) -> Session:
        return self._environment.session


class _Workflows(WorkflowProvider):
    def __init__(self, environment: StoredEnvironment) -> None:
        self._environment = environment

    def session(self) -> Session:
        return self._environment.session


@pytest.fixture(params=[20, 100, 250])
def environment(request: pytest.FixtureRequest) -> StoredEnvironment:
    return StoredEnvironment(request.param)


def test_an_unchanged_stack_sends_one_request(environment: StoredEnvironment) -> None:
    digests = environment.manifest.digests
    olds = {"environmentId": _ENVIRONMENT["_id"], "bridgeUrl": _BRIDGE, "bypassToken": "", "workflows": digests}
    binding, workflows = _Binding(environment), _Workflows(environment)
    checked = binding.check_inputs(olds, {"bridgeUrl": _BRIDGE, "workflows": digests})
    assert checked.failures == []
    assert not binding.diff("x", olds, checked.inputs).changes
    for workflow in environment.manifest.workflows:
        news = pulumi_json.encode(workflow.properties())
        assert workflows.check_inputs(news, news).failures == []
        assert not workflows.diff(workflow.workflow_id, {"digest": workflow.digest}, news).changes
    assert environment.requests == {"GET /v1/environments/me": 1}


def test_a_refresh_requests_one_page_per_hundred_workflows(environment: StoredEnvironment) -> None:
    olds = {"environmentId": _ENVIRONMENT["_id"], "bridgeUrl": _BRIDGE, "workflows": environment.manifest.digests}
    assert _Binding(environment).read("x", olds).id == "x"
    workflows = _Workflows(environment)
    for workflow in environment.manifest.workflows:
        props = {"environmentId": _ENVIRONMENT["_id"]}
        assert workflows.read(workflow.workflow_id, props).inputs == pulumi_json.encode(workflow.properties())
    pages = -(-len(environment.manifest.workflows) // 100)
    assert environment.requests == {"GET /v1/environments/me": 1, "GET /v1/workflows": pages}


def test_a_refresh_returns_no_inputs_without_drift() -> None:
    environment = StoredEnvironment(1)
    (workflow,) = environment.manifest.workflows
    workflows = _Workflows(environment)
    outputs = workflows.create(pulumi_json.encode(workflow.properties())).outs
    assert outputs is not None
    unchanged = workflows.read(workflow.workflow_id, {**outputs, "__provider": "…"})
    assert (unchanged.outs, unchanged.inputs) == (outputs, None)
    # With drift: another registration or another `_id`.
    for key in ("digest", "internalId"):
        drifted = workflows.read(workflow.workflow_id, {**outputs, key: "another"})
        assert (drifted.outs, drifted.inputs) == (outputs, pulumi_json.encode(workflow.properties()))


def test_the_state_of_a_workflow_is_little_larger_than_its_registration() -> None:
    environment = StoredEnvironment(1)
    (workflow,) = environment.manifest.workflows
    inputs = pulumi_json.encode(workflow.properties())
    outputs = _Workflows(environment).create(inputs).outs
    size = len(json.dumps([inputs, outputs], separators=(",", ":"), ensure_ascii=False).encode())
    assert size - len(canonical_json(workflow.properties()).encode()) <= 1024


def test_the_processes_of_an_update_import_no_models_and_no_command_line() -> None:
    code = "import sys, novu_provider; novu_provider.Bridge; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    modules = set(result.stdout.split())
    assert {"novu_provider.resources.environment_binding", "novu_provider.resources.workflow", "httpx"} <= modules
    assert not modules & {"pydantic", "rich", "pygments", "jsonschema", "click", "starlette", "uvicorn", "httpcore"}


def test_the_program_waits_for_a_registration_but_not_for_each_output() -> None:
    workflow, waited_for, _ = contextvars.copy_context().run(_declare)
    outputs = {key for key, value in vars(workflow).items() if isinstance(value, pulumi.Output)}
    assert outputs >= {"id", "urn", "internal_id", "steps"}
    assert waited_for & outputs == set(), (
        "the SDK now waits for outputs in another way: see novu_provider.resources.provider"
    )


def test_no_source_file_is_sent_with_a_resource() -> None:
    _, _, (request,) = contextvars.copy_context().run(_declare)
    assert request.name == "a"
    assert not request.stackTrace.frames, (
        "the SDK now reads the stack in another way: see novu_provider.resources.provider"
    )
    assert not hasattr(sys, "tracebacklimit")


def _declare() -> tuple[Workflow, set[str], list[Any]]:
    """Declare a workflow. Return it, the outputs that the program waits for, and the requests of its type."""
    # The SDK uses the event loop of the thread. Without one, it creates a loop and never closes it.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        monitor = _Monitor()
        mocks.set_mocks(monitor.mocks, monitor=monitor)
        workflow, waited_for = loop.run_until_complete(_declared())
        return workflow, waited_for, [request for request in monitor.requests if request.type.endswith(":Workflow")]
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _declared() -> tuple[Workflow, set[str]]:
    workflow = Workflow("a", Registration.discovered(entry("a")))
    tracked = set(SETTINGS.outputs)
    waited_for = {key for key, value in vars(workflow).items() if getattr(value, "_data", None) in tracked}
    assert await workflow.internal_id.future() == "1"
    await wait_for_rpcs()
    return workflow, waited_for


class _Monitor(mocks.MockMonitor):
    """Records the requests of the program to the engine. The SDK's own mock uses event loops that it never closes."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.requests: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:
        self.requests.append(request)
        response = RegisterResourceResponse(urn=f"urn:pulumi:s::p::{request.type}::{request.name}", id="a")
        response.object.update({"internalId": "1"})
        return response
