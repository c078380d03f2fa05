"""What a stack declares beyond code, in the corners of a stack's life: replaced, secret, left to others, taken away."""

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


def test_the_same_values_for_another_step(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    for step_id in (MAIL, INBOX):
        stack.write(controls(step_id, "{'body': 'Mine'}"))
        stack.up()
    assert (dashboard.values(MAIL), dashboard.values(INBOX)) == ({}, {"body": "Mine"})
    assert stack.refresh().changes == set()


def test_ids_of_any_form(novu: Emulator, app: App, stack: Stack) -> None:
    workflow_id, step_id = "größe ✉/with.dots?and#more%2F", "the step/of it"
    app.deploy(specs.workflow(workflow_id, steps=[specs.step(step_id, "email")]))
    said: dict[str, Any] = {"controls": {step_id: {"body": "Mine"}}, "preferences": {"all": False}, "active": False}
    stack.write(program(_workflow=workflow_id, **said))
    stack.up()
    dashboard = Dashboard(novu)
    (held,) = (one for one in dashboard.environment.call("GET", "/v2/workflows")["data"]["workflows"])
    found = dashboard.workflow(held["_id"])
    assert found["workflowId"] == workflow_id
    assert (found["active"], found["preferences"]["user"]["all"]["enabled"]) == (False, False)
    assert found["steps"][0]["controlValues"] == {"body": "Mine"}
    assert stack.up("--refresh").changes == set()
    stack.destroy()
    assert dashboard.environment.ids() == set()


def test_both_move_to_another_workflow_while_the_step_goes(novu: Emulator, app: App, stack: Stack) -> None:
    text = controls(MAIL, "{'body': 'Mine'}") + (
        f'novu.WorkflowPreferences("quiet", workflow=bridge.workflows["{FIRST}"], preferences={{"all": False}})\n'
    )
    stack.write(text)
    stack.up()
    fewer = specs.shop(3)
    other, (_, step) = fewer[1]["id"], fewer[1]["steps"]
    del fewer[0]["steps"][0]
    app.deploy(*fewer)
    stack.write(text.replace(FIRST, other).replace(MAIL, step["id"]))
    stack.up()
    dashboard = Dashboard(novu)
    assert dashboard.values(step["id"], other) == {"body": "Mine"}
    assert (dashboard.override(), dashboard.override(other)["all"]["enabled"]) == (None, False)
    assert stack.up("--refresh").changes == set()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            f'novu.StepControls("two", workflow=one, step_id="{MAIL}", values={{}})',
            f"control values of the step {MAIL!r}",
        ),
        ('novu.WorkflowPreferences("two", workflow=one, preferences={"all": True})', "preference override"),
    ],
)
def test_a_second_resource_for_the_same_is_refused(novu: Emulator, stack: Stack, line: str, what: str) -> None:
    arguments = {"controls": {MAIL: {"body": "Mine"}}, "preferences": {"all": False}}
    stack.write(f"""import novu_provider as novu

bridge = novu.Bridge("app", workflows={{"{FIRST}": {arguments!r}}})
one = bridge.workflows["{FIRST}"]
{line}
""")
    message = the_error(stack.preview(fails=True))
    assert f"two resources of this program declare the {what} of '{FIRST}': " in message
    assert writes(novu) == []


def test_the_same_url_for_another_agent(novu: Emulator, app: App, stack: Stack) -> None:
    call, url = Dashboard(novu).environment.call, "https://agents.example.com/api"
    for agent_id in ("helper", "other"):
        call("POST", "/v1/agents", json={"name": agent_id, "identifier": agent_id})
    for agent_id in ("helper", "other"):
        stack.write(beside(f'novu.AgentBinding("agent", agent_id="{agent_id}", bridge_url="{url}")'))
        stack.up()
    held = [call("GET", f"/v1/agents/{agent_id}")["data"].get("bridgeUrl") for agent_id in ("helper", "other")]
    assert held == [None, url]


def test_a_secret_value_is_in_no_state_and_in_no_output(novu: Emulator, app: App, stack: Stack) -> None:
    """Nor is what somebody sets in its place, nor what a rename carries of it."""
    stack.run("config", "set", "--path", "--secret", f"novu:workflows.{FIRST}.controls.{MAIL}.body", _SECRET)
    said = stack.up().output
    dashboard = Dashboard(novu)
    assert dashboard.values() == {"body": _SECRET}
    dashboard.set_values(body=f"{_SECRET}, drifted")
    for result in (stack.refresh("--diff"), stack.preview("--diff"), stack.up("--diff")):
        said += result.output + json.dumps(stack.export())
    assert dashboard.values() == {"body": _SECRET}
    app.deploy(*_renamed())
    stack.write(program(renamed_from={"renamed": FIRST}))
    said += stack.up("--diff").output + json.dumps(stack.export())
    assert dashboard.values(workflow_id="renamed") == {"body": _SECRET}
    assert _SECRET not in said


def test_what_is_left_to_people_stays_theirs_through_a_rename(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    said: dict[str, Any] = {
        "controls": {MAIL: {"body": "At first"}},
        "preferences": {"channels": {"email": False}},
        "ignore_changes": ["controls", "preferences"],
    }
    stack.write(program(**said))
    stack.up()
    dashboard.set_values(body="Edited")
    dashboard.set_override({"all": {"enabled": True, "readOnly": True}, "channels": {}})
    app.deploy(*_renamed())
    stack.write(program(renamed_from={"renamed": FIRST}, **said))
    stack.up()
    assert stack.up("--refresh").changes == set()
    assert dashboard.values(workflow_id="renamed") == {"body": "Edited"}
    assert dashboard.override("renamed")["all"]["readOnly"] is True


def test_an_override_left_to_people_may_be_removed_by_them(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(preferences={"channels": {"email": False}}, ignore_changes=["preferences"]))
    stack.up()
    dashboard = Dashboard(novu)
    dashboard.set_override(None)
    for _ in range(2):
        stack.up("--refresh")
        assert dashboard.override() is None
    assert stack.refresh().changes == set()
    stack.write(program(preferences={"channels": {"email": False}}))
    stack.up()
    assert dashboard.override()["channels"]["email"] == {"enabled": False}


def test_a_rename_leaves_the_program_of_a_protected_bridge(novu: Emulator, app: App, stack: Stack) -> None:
    text = program(renamed_from={FIRST: "former"}).replace("})\n", "}, opts=pulumi.ResourceOptions(protect=True))\n")
    for said in (text, text.replace(f"'{FIRST}': 'former'", "")):
        stack.write(f"import pulumi\n{said}")
        stack.up()
    assert "Rename" not in {one["type"].rsplit(":", 1)[-1] for one in stack.export()["deployment"]["resources"]}


def test_what_is_left_to_people_holds_no_update_back(novu: Emulator, app: App, stack: Stack) -> None:
    """The new schema no longer takes what they set, and the program could not mend it."""
    edited = specs.shop(3)
    edited[0]["steps"][0]["controlSchema"] = specs.schema(body={"type": "string"}, footer={"type": "string"})
    app.deploy(*edited)
    stack.write(program(controls={MAIL: {"body": "At first"}}, ignore_changes=["controls"]))
    stack.up()
    Dashboard(novu).set_values(footer="Edited")
    stack.refresh()
    app.deploy(*specs.shop(3))
    assert "no longer fit the code: footer: the schema has no such key" in stack.up().output
    assert stack.preview().changes == set()


def test_a_workflow_that_somebody_deleted_under_what_is_declared_of_it(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    override = {"channels": {"email": False}}
    stack.write(program(controls={MAIL: {"body": "A"}}, preferences=override))
    stack.up()
    dashboard.environment.call("DELETE", f"/v2/workflows/{FIRST}")
    stack.write(program(controls={MAIL: {"body": "B"}}, preferences=override))
    assert "Fix: Run `pulumi up --refresh`" in stack.up(fails=True).output
    stack.up("--refresh")
    assert dashboard.values() == {"body": "B"}
    assert dashboard.override()["channels"]["email"] == {"enabled": False}

    for workflow_id in dashboard.environment.ids():
        dashboard.environment.call("DELETE", f"/v2/workflows/{workflow_id}")
    stack.destroy()


def test_no_url_of_the_program_s_may_carry_the_bypass_token(novu: Emulator, app: App, stack: Stack) -> None:
    Dashboard(novu).environment.call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
    url = f"{app.url}?x-vercel-protection-bypass={_SECRET}"
    agent = beside(f'novu.AgentBinding("agent", agent_id="helper", bridge_url="{url}")')
    for program_text in (agent, agent.replace('Bridge("app"', f'Bridge("app", bridge_url="{url}"')):
        stack.write(program_text)
        result = stack.up(fails=True)
        assert "contains Vercel's bypass token" in result.output
        assert _SECRET not in result.output + json.dumps(stack.export())


def test_a_preview_in_which_everything_is_unknown(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(f"""import pulumi
import novu_provider as novu
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Provider(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{"made": "later"}})

class Other(Resource):
    made: pulumi.Output[str]

made = Other(Provider(), "other", {{"made": None}}).made
off = made.apply(lambda _: False)
bridge = novu.Bridge("app", workflows={{"{FIRST}": novu.WorkflowArgs(controls={{"{MAIL}": {{"body": made}}}})}})
novu.WorkflowPreferences(
    "quiet", workflow=bridge.workflows["{FIRST}"], preferences={{"channels": {{"email": {{"enabled": off}}}}}}
)
""")
    assert Change("create", "WorkflowPreferences", "quiet") in stack.preview().changes
    stack.up()
    dashboard = Dashboard(novu)
    assert dashboard.values() == {"body": "later"}
    assert dashboard.override()["channels"]["email"] == {"enabled": False}
    assert stack.up("--refresh").changes == set()


def _renamed() -> list[specs.Spec]:
    found = specs.shop(3)
    found[0] |= {"id": "renamed"}
    return found
