"""What a stack declares beyond code, in the corners of a stack's life: replaced, secret, left to others, taken away."""

from __future__ import annotations

from novu_provider.local.server import LocalNovu
from tests.engine.conftest import App
from tests.engine.declare import FIRST, INBOX, MAIL, Dashboard
from tests.engine.stack import Stack

_SECRET = "a-secret-value-of-the-tests"


def beside(line: str) -> str:
    """A program with a bridge and one resource more."""
    return f"""import pulumi
import novu_provider as novu

bridge = novu.Bridge("app")
{line}
"""


def controls(step_id: str, values: str) -> str:
    """A program with the control values of one step."""
    arguments = f'workflow=bridge.workflows["{FIRST}"], step_id="{step_id}", values={values}'
    return beside(f'novu.StepControls("sender", {arguments})')


def test_the_same_values_for_another_step(novu: LocalNovu, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    for step_id in (MAIL, INBOX):
        stack.write(controls(step_id, "{'body': 'Mine'}"))
        stack.up()
    assert (dashboard.values(MAIL), dashboard.values(INBOX)) == ({}, {"body": "Mine"})
    assert stack.refresh().changes == set()


def test_the_same_url_for_another_agent(novu: LocalNovu, app: App, stack: Stack) -> None:
    call, url = Dashboard(novu).environment.call, "https://agents.example.com/api"
    for agent_id in ("helper", "other"):
        call("POST", "/v1/agents", json={"name": agent_id, "identifier": agent_id})
    for agent_id in ("helper", "other"):
        stack.write(beside(f'novu.AgentBinding("agent", agent_id="{agent_id}", bridge_url="{url}")'))
        stack.up()
    held = [call("GET", f"/v1/agents/{agent_id}")["data"].get("bridgeUrl") for agent_id in ("helper", "other")]
    assert held == [None, url]
