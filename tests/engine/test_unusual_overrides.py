"""Overrides in unusual situations: replaced, secret, edited in the dashboard, or deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, INBOX, MAIL, Dashboard, program
from tests.engine.novu import writes
from tests.engine.refusal import the_error
from tests.engine.stack import Change, Stack

_SECRET = "a-secret-value-of-the-tests"


def program_with_bridge(line: str) -> str:
    """Return a program with a bridge and one more resource."""
    return f"""import pulumi
import novu_provider as novu

bridge = novu.Bridge("app")
{line}
"""


def controls(step_id: str, values: str) -> str:
    """Return a program with the control values of one step."""
    arguments = f'workflow=bridge.workflows["{FIRST}"], step_id="{step_id}", values={values}'
    return program_with_bridge(f'novu.StepControls("sender", {arguments})')


def test_control_values_can_move_to_another_step(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    for step_id in (MAIL, INBOX):
        stack.write(controls(step_id, "{'body': 'Mine'}"))
        stack.up("--skip-preview")
    assert (dashboard.values(MAIL), dashboard.values(INBOX)) == ({}, {"body": "Mine"})
    assert stack.refresh().changes == set()


def test_overrides_work_with_ids_of_any_form(novu: Emulator, app: App, stack: Stack) -> None:
    workflow_id, step_id = "größe ✉/with.dots?and#more%2F", "the step/of it"
    app.deploy(specs.workflow(workflow_id, steps=[specs.step(step_id, "email")]))
    arguments: dict[str, Any] = {
        "controls": {step_id: {"body": "Mine"}},
        "preferences": {"all": False},
        "active": False,
    }
    stack.write(program(_workflow=workflow_id, **arguments))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    (summary,) = dashboard.environment.call("GET", "/v2/workflows")["data"]["workflows"]
    workflow = dashboard.workflow(summary["_id"])
    assert workflow["workflowId"] == workflow_id
    assert (workflow["active"], workflow["preferences"]["user"]["all"]["enabled"]) == (False, False)
    assert workflow["steps"][0]["controlValues"] == {"body": "Mine"}
    assert stack.up("--skip-preview", "--refresh").changes == set()
    stack.destroy()
    assert dashboard.environment.ids() == set()


def test_overrides_can_move_to_another_workflow_while_their_step_is_removed(
    novu: Emulator, app: App, stack: Stack
) -> None:
    text = controls(MAIL, "{'body': 'Mine'}") + (
        f'novu.WorkflowPreferences("quiet", workflow=bridge.workflows["{FIRST}"], preferences={{"all": False}})\n'
    )
    stack.write(text)
    stack.up("--skip-preview")
    edited = specs.shop(3)
    other, (_, step) = edited[1]["id"], edited[1]["steps"]
    del edited[0]["steps"][0]
    app.deploy(*edited)
    stack.write(text.replace(FIRST, other).replace(MAIL, step["id"]))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    assert dashboard.values(step["id"], other) == {"body": "Mine"}
    assert (dashboard.override(), dashboard.override(other)["all"]["enabled"]) == (None, False)
    assert stack.up("--skip-preview", "--refresh").changes == set()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            f'novu.StepControls("two", workflow=workflow, step_id="{MAIL}", values={{}})',
            f"control values of the step {MAIL!r}",
        ),
        ('novu.WorkflowPreferences("two", workflow=workflow, preferences={"all": True})', "preference override"),
    ],
)
def test_a_second_resource_for_the_same_setting_is_refused(novu: Emulator, stack: Stack, line: str, what: str) -> None:
    arguments = {"controls": {MAIL: {"body": "Mine"}}, "preferences": {"all": False}}
    stack.write(f"""import novu_provider as novu

bridge = novu.Bridge("app", workflows={{"{FIRST}": {arguments!r}}})
workflow = bridge.workflows["{FIRST}"]
{line}
""")
    message = the_error(stack.preview(fails=True))
    assert f"two resources of this program declare the {what} of '{FIRST}': " in message
    assert writes(novu) == []


def test_a_bridge_url_can_move_to_another_agent(novu: Emulator, app: App, stack: Stack) -> None:
    call, url = Dashboard(novu).environment.call, "https://agents.example.com/api"
    for agent_id in ("helper", "other"):
        call("POST", "/v1/agents", json={"name": agent_id, "identifier": agent_id})
    for agent_id in ("helper", "other"):
        stack.write(program_with_bridge(f'novu.AgentBinding("agent", agent_id="{agent_id}", bridge_url="{url}")'))
        stack.up("--skip-preview")
    urls = [call("GET", f"/v1/agents/{agent_id}")["data"].get("bridgeUrl") for agent_id in ("helper", "other")]
    assert urls == [None, url]


def test_a_secret_value_is_in_no_state_and_in_no_output(novu: Emulator, app: App, stack: Stack) -> None:
    """Neither the value, nor an edit that contains it, nor the carryover of a rename."""
    stack.run("config", "set", "--path", "--secret", f"novu:workflows.{FIRST}.controls.{MAIL}.body", _SECRET)
    printed = stack.up().output
    dashboard = Dashboard(novu)
    assert dashboard.values() == {"body": _SECRET}
    dashboard.set_values(body=f"{_SECRET}, drifted")
    for result in (stack.refresh("--diff"), stack.preview("--diff"), stack.up("--diff")):
        printed += result.output + json.dumps(stack.export())
    assert dashboard.values() == {"body": _SECRET}
    app.deploy(*_renamed())
    stack.write(program(renamed_from={"renamed": FIRST}))
    printed += stack.up("--diff").output + json.dumps(stack.export())
    assert dashboard.values(workflow_id="renamed") == {"body": _SECRET}
    assert _SECRET not in printed


def test_settings_that_are_left_to_the_dashboard_are_kept_in_a_rename(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    arguments: dict[str, Any] = {
        "controls": {MAIL: {"body": "At first"}},
        "preferences": {"channels": {"email": False}},
        "ignore_changes": ["controls", "preferences"],
    }
    stack.write(program(**arguments))
    stack.up("--skip-preview")
    dashboard.set_values(body="Edited")
    dashboard.set_override({"all": {"enabled": True, "readOnly": True}, "channels": {}})
    app.deploy(*_renamed())
    stack.write(program(renamed_from={"renamed": FIRST}, **arguments))
    stack.up("--skip-preview")
    assert stack.up("--skip-preview", "--refresh").changes == set()
    assert dashboard.values(workflow_id="renamed") == {"body": "Edited"}
    assert dashboard.override("renamed")["all"]["readOnly"] is True


def test_an_override_that_is_left_to_the_dashboard_can_be_removed_there(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(preferences={"channels": {"email": False}}, ignore_changes=["preferences"]))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    dashboard.set_override(None)
    for _ in range(2):
        stack.up("--skip-preview", "--refresh")
        assert dashboard.override() is None
    assert stack.refresh().changes == set()
    stack.write(program(preferences={"channels": {"email": False}}))
    stack.up("--skip-preview")
    assert dashboard.override()["channels"]["email"] == {"enabled": False}


def test_a_rename_can_be_removed_from_the_program_of_a_protected_bridge(novu: Emulator, app: App, stack: Stack) -> None:
    text = program(renamed_from={FIRST: "former"}).replace("})\n", "}, opts=pulumi.ResourceOptions(protect=True))\n")
    for program_text in (text, text.replace(f"'{FIRST}': 'former'", "")):
        stack.write(f"import pulumi\n{program_text}")
        stack.up("--skip-preview")
    assert "Rename" not in {
        resource["type"].rsplit(":", 1)[-1] for resource in stack.export()["deployment"]["resources"]
    }


def test_invalid_values_of_the_dashboard_do_not_block_an_update(novu: Emulator, app: App, stack: Stack) -> None:
    """The new schema does not accept the edited value, and the program does not manage it."""
    edited = specs.shop(3)
    edited[0]["steps"][0]["controlSchema"] = specs.schema(body={"type": "string"}, footer={"type": "string"})
    app.deploy(*edited)
    stack.write(program(controls={MAIL: {"body": "At first"}}, ignore_changes=["controls"]))
    stack.up("--skip-preview")
    Dashboard(novu).set_values(footer="Edited")
    stack.refresh()
    app.deploy(*specs.shop(3))
    assert "no longer fit the code: footer: the schema has no such key" in stack.up().output
    assert stack.preview().changes == set()


def test_overrides_of_a_workflow_that_somebody_deleted_are_restored(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    override = {"channels": {"email": False}}
    stack.write(program(controls={MAIL: {"body": "A"}}, preferences=override))
    stack.up("--skip-preview")
    dashboard.environment.call("DELETE", f"/v2/workflows/{FIRST}")
    stack.write(program(controls={MAIL: {"body": "B"}}, preferences=override))
    assert "Fix: Run `pulumi up --refresh`" in stack.up(fails=True).output
    stack.up("--skip-preview", "--refresh")
    assert dashboard.values() == {"body": "B"}
    assert dashboard.override()["channels"]["email"] == {"enabled": False}

    for workflow_id in dashboard.environment.ids():
        dashboard.environment.call("DELETE", f"/v2/workflows/{workflow_id}")
    stack.destroy()


def test_a_url_in_the_program_must_not_contain_the_bypass_token(novu: Emulator, app: App, stack: Stack) -> None:
    Dashboard(novu).environment.call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
    url = f"{app.url}?x-vercel-protection-bypass={_SECRET}"
    agent = program_with_bridge(f'novu.AgentBinding("agent", agent_id="helper", bridge_url="{url}")')
    for program_text in (agent, agent.replace('Bridge("app"', f'Bridge("app", bridge_url="{url}"')):
        stack.write(program_text)
        result = stack.up(fails=True)
        assert "contains Vercel's bypass token" in result.output
        assert _SECRET not in result.output + json.dumps(stack.export())


def test_overrides_can_be_unknown_in_a_preview(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(f"""import pulumi
import novu_provider as novu
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Provider(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{"made": "later"}})

class OtherResource(Resource):
    made: pulumi.Output[str]

made = OtherResource(Provider(), "other", {{"made": None}}).made
off = made.apply(lambda _: False)
bridge = novu.Bridge("app", workflows={{"{FIRST}": novu.WorkflowArgs(controls={{"{MAIL}": {{"body": made}}}})}})
novu.WorkflowPreferences(
    "quiet", workflow=bridge.workflows["{FIRST}"], preferences={{"channels": {{"email": {{"enabled": off}}}}}}
)
""")
    assert Change("create", "WorkflowPreferences", "quiet") in stack.preview().changes
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    assert dashboard.values() == {"body": "later"}
    assert dashboard.override()["channels"]["email"] == {"enabled": False}
    assert stack.up("--skip-preview", "--refresh").changes == set()


def _renamed() -> list[specs.Spec]:
    workflows = specs.shop(3)
    workflows[0] |= {"id": "renamed"}
    return workflows
