"""The bridge URLs of the agents that a bridge declares."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.declare import Dashboard
from tests.engine.novu import writes
from tests.engine.stack import Change, Stack

_TOKEN = "bypass-token-of-the-tests-0001"
_PUT = "PUT /v1/agents/helper/bridge"


@pytest.fixture
def dashboard(novu: Emulator) -> Dashboard:
    """A dashboard with the agent."""
    client = Dashboard(novu)
    client.environment.call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
    return client


@pytest.fixture(autouse=True)
def agents(app: App) -> None:
    """The application declares an agent."""
    app.deploy(*specs.shop(2), agents=["helper"])


def url(dashboard: Dashboard) -> Any:
    return dashboard.environment.call("GET", "/v1/agents/helper")["data"].get("bridgeUrl")


def test_the_life_cycle(novu: Emulator, app: App, stack: Stack, dashboard: Dashboard) -> None:
    plan = stack.preview()
    assert Change("create", "AgentBinding", "helper") in plan.changes
    stack.up("--skip-preview")
    assert url(dashboard) == app.url

    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []

    dashboard.environment.call("PUT", "/v1/agents/helper/bridge", json={"bridgeUrl": "http://127.0.0.1:9/elsewhere"})
    assert stack.refresh().changes == {Change("update", "AgentBinding", "helper")}
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == [_PUT]
    assert url(dashboard) == app.url

    app.deploy(*specs.shop(2))
    assert stack.preview().changes == {Change("delete", "AgentBinding", "helper")}
    stack.up("--skip-preview")
    assert url(dashboard) is None


def test_a_stored_url_that_equals_the_declared_one_is_adopted_without_a_write(
    novu: Emulator, app: App, stack: Stack, dashboard: Dashboard
) -> None:
    dashboard.environment.call("PUT", "/v1/agents/helper/bridge", json={"bridgeUrl": app.url})
    novu.clear_requests()
    stack.up("--skip-preview")
    assert _PUT not in writes(novu)


def test_a_missing_agent_is_refused_before_any_write(novu: Emulator, stack: Stack) -> None:
    novu.clear_requests()
    for command in (stack.preview, stack.up):
        output = command(fails=True).output
        assert "Novu knows no agent 'helper' in the environment 'Development'" in output
        assert "Create it in Novu's dashboard" in output
        assert "Traceback" not in output
    assert writes(novu) == []
    stack.config(agents="false")
    stack.up("--skip-preview")
    assert stack.preview().changes == set()


def test_the_bypass_token_is_sent_to_novu_but_not_stored_in_the_state(
    novu: Emulator, app: App, make_stack: StackFactory, dashboard: Dashboard
) -> None:
    stack = make_stack(app, variables={"VERCEL_AUTOMATION_BYPASS_SECRET": _TOKEN})
    stack.up("--skip-preview")
    assert _TOKEN in url(dashboard)
    assert _TOKEN not in str(stack.export())
    assert stack.refresh().changes == set()
    stack.destroy()
    assert url(dashboard) is None


def test_a_url_that_somebody_changed_is_not_cleared(novu: Emulator, stack: Stack, dashboard: Dashboard) -> None:
    stack.up("--skip-preview")
    other = "http://127.0.0.1:9/elsewhere"
    dashboard.environment.call("PUT", "/v1/agents/helper/bridge", json={"bridgeUrl": other})
    stack.destroy()
    assert url(dashboard) == other


def test_a_refresh_removes_a_deleted_agent(novu: Emulator, stack: Stack, dashboard: Dashboard) -> None:
    stack.up("--skip-preview")
    novu.delete_agent("helper")
    assert stack.refresh().changes == {Change("delete", "AgentBinding", "helper")}
    stack.destroy()
