"""Without the engine's checkpoints (PULUMI_SKIP_CHECKPOINTS) nothing is lost in Novu when the engine is killed.

The engine then writes its state only at the end. After a killed `up`, the next one adopts the registered workflows.
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
    """A stack without checkpoints, in an environment with a dashboard workflow."""
    novu.create_dashboard_workflow(workflow_id=_DASHBOARD)
    return make_stack(app, variables={"PULUMI_SKIP_CHECKPOINTS": "true"})


def _kill_after_the_sync(stack: Stack, novu: Emulator) -> None:
    """Kill the engine after the sync, while it records the workflows, and remove its lock."""
    novu.clear_requests()
    deadline = time.monotonic() + _SECONDS
    with EngineRun(stack) as run:
        while "POST /v1/bridge/sync" not in writes(novu):
            assert time.monotonic() < deadline, "the engine sent no sync"
            time.sleep(0.005)
        run.kill_engine()
    stack.run("cancel", "--yes")


def _all_workflows(novu: Emulator) -> dict[str, tuple[str, Any]]:
    """Return the `_id` and the time of the last change of all workflows, by workflow id."""
    workflows = Environment(novu).call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
    return {workflow["workflowId"]: (workflow["_id"], workflow["updatedAt"]) for workflow in workflows}


def test_the_next_up_adopts_the_workflows_of_a_killed_first_up(app: App, stack: Stack, novu: Emulator) -> None:
    app.deploy(*specs.shop(60))
    _kill_after_the_sync(stack, novu)
    assert stack.resources() == {}, "the engine writes nothing before the end"
    before = _all_workflows(novu)
    assert len(before) == 61

    novu.clear_requests()
    result = stack.up()
    assert len(result.workflows("create")) == 60
    assert writes(novu) == []
    assert _all_workflows(novu) == before
    assert len(stack.resources()) == 61
    assert stack.preview().changes == set()


def test_the_next_up_completes_a_killed_update(app: App, stack: Stack, novu: Emulator) -> None:
    first, second, *rest = specs.shop(60)
    app.deploy(first, second, *rest)
    stack.up()
    recorded = stack.resources()

    app.deploy({**second, "name": "Changed"}, *rest, specs.workflow("brand-new"))
    _kill_after_the_sync(stack, novu)
    assert stack.resources() == recorded, "the engine writes nothing before the end"
    before = _all_workflows(novu)
    assert set(before) == set(recorded) - {"app", first["id"]} | {"brand-new", _DASHBOARD}

    novu.clear_requests()
    result = stack.up()
    assert result.workflows("create") == {"brand-new"}
    assert result.workflows("update") == {second["id"]}
    assert result.workflows("delete") == {first["id"]}
    assert [request for request in writes(novu) if not request.startswith("DELETE ")] == []
    assert _all_workflows(novu) == before
    assert stack.preview().changes == set()
