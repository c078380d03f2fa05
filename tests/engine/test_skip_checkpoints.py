"""Without the engine's checkpoints (PULUMI_SKIP_CHECKPOINTS) nothing is lost in Novu when the engine is killed.

The engine then writes its state once, at the end. What a killed `up` had registered is not in it, and is adopted.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack
from tests.faults.processes import EngineRun

_DASHBOARD = "made-in-dashboard"
_SECONDS = 120


@pytest.fixture
def stack(app: App, make_stack: StackFactory, novu: Emulator) -> Stack:
    """A stack without checkpoints, of an environment in which somebody made a workflow in the dashboard."""
    novu.create_dashboard_workflow(workflow_id=_DASHBOARD)
    return make_stack(app, variables={"PULUMI_SKIP_CHECKPOINTS": "true"})


def _killed_after_the_sync(stack: Stack, novu: Emulator) -> None:
    """Kill the engine when Novu has answered the sync and the workflows are being recorded, then take its lock away."""
    novu.clear_requests()
    deadline = time.monotonic() + _SECONDS
    with EngineRun(stack) as run:
        while "POST /v1/bridge/sync" not in writes(novu):
            assert time.monotonic() < deadline, "the engine made no sync"
            time.sleep(0.005)
        run.kill_engine()
    stack.run("cancel", "--yes")


def _everything(novu: Emulator) -> dict[str, tuple[str, Any]]:
    """What the environment holds, the dashboard's too: the `_id` and the time of the last change by workflow id."""
    listed = Environment(novu).call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
    return {one["workflowId"]: (one["_id"], one["updatedAt"]) for one in listed}


def test_a_first_up_that_is_killed_is_adopted_by_the_next(app: App, stack: Stack, novu: Emulator) -> None:
    app.deploy(*specs.shop(60))
    _killed_after_the_sync(stack, novu)
    assert stack.resources() == {}, "the engine writes nothing before the end"
    before = _everything(novu)
    assert len(before) == 61

    novu.clear_requests()
    result = stack.up()
    assert len(result.workflows("create")) == 60
    assert writes(novu) == []
    assert _everything(novu) == before
    assert len(stack.resources()) == 61
    assert stack.preview().changes == set()


def test_an_update_that_is_killed_is_ended_by_the_next(app: App, stack: Stack, novu: Emulator) -> None:
    first, second, *rest = specs.shop(60)
    app.deploy(first, second, *rest)
    stack.up()
    recorded = stack.resources()

    app.deploy({**second, "name": "Changed"}, *rest, specs.workflow("brand-new"))
    _killed_after_the_sync(stack, novu)
    assert stack.resources() == recorded, "the engine writes nothing before the end"
    before = _everything(novu)
    assert set(before) == set(recorded) - {"app", first["id"]} | {"brand-new", _DASHBOARD}

    novu.clear_requests()
    result = stack.up()
    assert result.workflows("create") == {"brand-new"}
    assert result.workflows("update") == {second["id"]}
    assert result.workflows("delete") == {first["id"]}
    assert [one for one in writes(novu) if not one.startswith("DELETE ")] == []
    assert _everything(novu) == before
    assert stack.preview().changes == set()
