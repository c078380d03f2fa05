"""Drift: a refresh shows a change that somebody made in Novu, and `up` repairs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import Dashboard
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack

_ID = "order-confirmed-0001"

Edit = Callable[[Environment, str], Any]

_EDITS: dict[str, Edit] = {
    "name": lambda env, _id: env.call("PATCH", f"/v2/workflows/{_id}", json={"name": "By hand"}),
    "tags": lambda env, _id: env.call("PATCH", f"/v2/workflows/{_id}", json={"tags": ["by-hand"]}),
    "description": lambda env, _id: env.call("PATCH", f"/v2/workflows/{_id}", json={"description": "By hand."}),
    "active": lambda env, _id: env.call("PATCH", f"/v2/workflows/{_id}", json={"active": False}),
    "payloadSchema": lambda env, _id: env.call(
        "PATCH", f"/v2/workflows/{_id}", json={"payloadSchema": {"type": "object", "properties": {}}}
    ),
}


def _is_declared(stack: Stack, environment: Environment) -> bool:
    stored = {key: workflow.registration.digest for key, workflow in environment.stored().items()}
    state = {
        key: resource["outputs"]["digest"]
        for key, resource in stack.resources().items()
        if "digest" in resource["outputs"]
    }
    return stored == state


@pytest.mark.parametrize("prop", _EDITS)
def test_an_edit_is_found_by_refresh_and_repaired_by_up(prop: str, novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    before = environment.stored()
    _EDITS[prop](environment, before[_ID].id)
    assert environment.stored()[_ID].registration != before[_ID].registration

    managed.refresh()
    plan = managed.preview("--diff")
    assert plan.workflows("update") == {_ID}
    assert plan.properties(_ID) == {prop}

    novu.clear_requests()
    managed.up("--skip-preview")
    # The activation is set by a separate request, because a sync would activate all other workflows.
    patch = [f"PATCH /v2/workflows/{before[_ID].id}"]
    assert writes(novu) == (patch if prop == "active" else ["POST /v1/bridge/sync"])
    assert environment.stored()[_ID].registration == before[_ID].registration
    assert environment.stored()[_ID].id == before[_ID].id
    assert managed.refresh().changes == set()
    assert managed.preview().changes == set()


def test_values_that_the_dashboard_saves_are_no_drift(novu: Emulator, app: App, stack: Stack) -> None:
    app.deploy(*({**spec, "preferences": None} for spec in specs.shop(3)))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    before = dashboard.environment.stored()
    dashboard.save(body="From the dashboard")
    assert stack.refresh().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert dashboard.environment.stored() == before
    assert dashboard.values() == {"body": "From the dashboard"}


def test_a_refresh_lists_workflows_that_a_failed_update_left_over(novu: Emulator, app: App, managed: Stack) -> None:
    app.deploy(*specs.shop(4))
    Environment(novu).sync(app.url)
    app.deploy(*specs.shop(3))
    (leftover,) = Environment(novu).ids() - set(managed.resources())
    result = managed.refresh()
    assert result.changes == set()
    assert f"Novu also stores '{leftover}'" in result.output


def test_a_changed_bridge_url_is_found_and_repaired(novu: Emulator, app: App, managed: Stack) -> None:
    environment = Environment(novu)
    environment_id = environment.call("GET", "/v1/environments/me")["data"]["_id"]
    other = "http://127.0.0.1:9/elsewhere"
    environment.call("PUT", f"/v1/environments/{environment_id}", json={"bridge": {"url": other}})
    managed.refresh()
    plan = managed.preview()
    assert plan.properties("app") == {"bridgeUrl"}
    assert plan.workflows("update") == set()
    managed.up("--skip-preview")
    assert environment.bridge_url() == app.url


def test_a_refresh_removes_a_deleted_workflow_and_up_restores_it(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    environment.call("DELETE", f"/v2/workflows/{environment.stored()[_ID].id}")
    managed.refresh()
    assert _ID not in managed.resources()
    plan = managed.preview()
    assert plan.workflows("create") == {_ID}
    managed.up("--skip-preview")
    assert _ID in environment.ids()
    assert _is_declared(managed, environment)
    assert managed.preview().changes == set()


def test_up_with_refresh_repairs_in_one_command(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    before = environment.stored()[_ID]
    environment.call("PATCH", f"/v2/workflows/{before.id}", json={"name": "By hand", "active": False})
    managed.up("--skip-preview", "--refresh")
    assert environment.stored()[_ID].registration == before.registration


def test_an_environment_that_was_emptied_is_restored(novu: Emulator, app: App, managed: Stack) -> None:
    environment = Environment(novu)
    for workflow in environment.stored().values():
        environment.call("DELETE", f"/v2/workflows/{workflow.id}")
    managed.refresh()
    assert set(managed.resources()) == {"app"}
    managed.up("--skip-preview")
    assert len(environment.ids()) == 3
    assert environment.bridge_url() == app.url


def test_refresh_without_drift_changes_nothing_and_writes_nothing(novu: Emulator, managed: Stack) -> None:
    novu.clear_requests()
    assert managed.refresh().changes == set()
    assert writes(novu) == []
    assert managed.preview().changes == set()


def test_a_sync_that_changes_only_dates_is_no_drift(novu: Emulator, app: App, managed: Stack) -> None:
    Environment(novu).sync(app.url)
    managed.refresh()
    assert managed.preview().changes == set()
