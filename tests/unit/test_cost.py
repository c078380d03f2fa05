"""What is held of the costs without a clock: requests by size, bytes of state, modules that a process imports."""

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


class Held:
    """An environment that holds so many workflows as declared, and the requests that were made of it."""

    def __init__(self, count: int) -> None:
        controls = schema(subject={"type": "string", "default": "Order"}, body={"type": "string"})
        entries = [
            entry(f"order-notice-{number:04}", step("receipt", controls=controls), step("push", "push"))
            for number in range(count)
        ]
        self.manifest = Manifest.discovered(discover(*entries), "the test")
        self.requests: Counter[str] = Counter()
        self._stored = [stored(one, f"{number:024x}") for number, one in enumerate(entries)]
        self.session = Session(Settings.read({"secretKey": "0" * 32}.get, {}), httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests[f"{request.method} {request.url.path}"] += 1
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": _ENVIRONMENT})
        assert request.url.path == "/v1/workflows", request.url
        page, limit = (int(request.url.params[key]) for key in ("page", "limit"))
        return httpx.Response(200, json={"data": self._stored[page * limit :][:limit], "totalCount": len(self._stored)})


class _Binding(BindingProvider):
    def __init__(self, held: Held) -> None:
        self._held = held

    def session(self) -> Session:
        return self._held.session


class _Workflows(WorkflowProvider):
    def __init__(self, held: Held) -> None:
        self._held = held

    def session(self) -> Session:
        return self._held.session


@pytest.fixture(params=[20, 100, 250])
def held(request: pytest.FixtureRequest) -> Held:
    return Held(request.param)


def test_an_unchanged_stack_asks_once_which_environment_the_key_opens(held: Held) -> None:
    digests = held.manifest.digests
    olds = {"environmentId": _ENVIRONMENT["_id"], "bridgeUrl": _BRIDGE, "bypassToken": "", "workflows": digests}
    binding, workflows = _Binding(held), _Workflows(held)
    checked = binding.check(olds, {"bridgeUrl": _BRIDGE, "workflows": digests})
    assert checked.failures == []
    assert not binding.diff("x", olds, checked.inputs).changes
    for one in held.manifest.workflows:
        news = pulumi_json.encode(one.properties())
        assert workflows.check({}, news).failures == []
        assert not workflows.diff(one.workflow_id, {"digest": one.digest}, news).changes
    assert held.requests == {"GET /v1/environments/me": 1}


def test_a_refresh_asks_for_a_page_of_each_hundred_workflows(held: Held) -> None:
    olds = {"environmentId": _ENVIRONMENT["_id"], "bridgeUrl": _BRIDGE, "workflows": held.manifest.digests}
    assert _Binding(held).read("x", olds).id == "x"
    workflows = _Workflows(held)
    for one in held.manifest.workflows:
        props = {"environmentId": _ENVIRONMENT["_id"]}
        assert workflows.read(one.workflow_id, props).inputs == pulumi_json.encode(one.properties())
    pages = -(-len(held.manifest.workflows) // 100)
    assert held.requests == {"GET /v1/environments/me": 1, "GET /v1/workflows": pages}


def test_a_refresh_sends_no_inputs_of_what_is_held_as_recorded() -> None:
    held = Held(1)
    (one,) = held.manifest.workflows
    workflows = _Workflows(held)
    outputs = workflows.create(pulumi_json.encode(one.properties())).outs
    assert outputs is not None
    same = workflows.read(one.workflow_id, {**outputs, "__provider": "…"})
    assert (same.outs, same.inputs) == (outputs, None)
    # Whatever else the state says: another registration, another `_id`.
    for key in ("digest", "internalId"):
        drifted = workflows.read(one.workflow_id, {**outputs, key: "another"})
        assert (drifted.outs, drifted.inputs) == (outputs, pulumi_json.encode(one.properties()))


def test_a_workflow_s_properties_in_the_state_are_little_more_than_its_registration() -> None:
    held = Held(1)
    (one,) = held.manifest.workflows
    inputs = pulumi_json.encode(one.properties())
    outputs = _Workflows(held).create(inputs).outs
    both = len(json.dumps([inputs, outputs], separators=(",", ":"), ensure_ascii=False).encode())
    assert both - len(canonical_json(one.properties()).encode()) <= 1024


def test_what_the_processes_of_an_update_import_has_no_models_and_no_command_line() -> None:
    code = "import sys, novu_provider; novu_provider.Bridge; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    found = set(done.stdout.split())
    assert {"novu_provider.resources.environment_binding", "novu_provider.resources.workflow", "httpx"} <= found
    assert not found & {"pydantic", "rich", "pygments", "jsonschema", "click", "starlette", "uvicorn"}


def test_the_program_s_end_waits_for_a_registration_and_not_for_each_of_its_outputs() -> None:
    workflow, waited_for, _ = contextvars.copy_context().run(_declare)
    outputs = {key for key, one in vars(workflow).items() if isinstance(one, pulumi.Output)}
    assert outputs >= {"id", "urn", "internal_id", "steps"}
    assert waited_for & outputs == set(), (
        "look at novu_provider.resources.provider: the SDK waits for outputs in another way now"
    )


def test_no_file_of_a_caller_is_sent_with_a_resource() -> None:
    _, _, (request,) = contextvars.copy_context().run(_declare)
    assert request.name == "a"
    assert not request.stackTrace.frames, (
        "look at novu_provider.resources.provider: the SDK takes the stack in another way now"
    )
    assert not hasattr(sys, "tracebacklimit")


def _declare() -> tuple[Workflow, set[str], list[Any]]:
    """Declare a workflow; give it, those of its outputs that the program's end waits for, and what was sent."""
    # The SDK takes the thread's loop, and makes one that nobody closes where there is none.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        monitor = _Monitor()
        mocks.set_mocks(monitor.mocks, monitor=monitor)
        workflow, waited_for = loop.run_until_complete(_declared())
        return workflow, waited_for, [one for one in monitor.sent if one.type.endswith(":Workflow")]
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _declared() -> tuple[Workflow, set[str]]:
    workflow = Workflow("a", Registration.discovered(entry("a")))
    tracked = set(SETTINGS.outputs)
    waited_for = {key for key, one in vars(workflow).items() if getattr(one, "_data", None) in tracked}
    assert await workflow.internal_id.future() == "1"
    await wait_for_rpcs()
    return workflow, waited_for


class _Monitor(mocks.MockMonitor):
    """Takes what the program sends to the engine. The SDK's own answers from loops that it does not close."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.sent: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:
        self.sent.append(request)
        answer = RegisterResourceResponse(urn=f"urn:pulumi:s::p::{request.type}::{request.name}", id="a")
        answer.object.update({"internalId": "1"})
        return answer
