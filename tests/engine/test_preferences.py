"""Preference overrides: set, completed by Novu, changed, drifted, removed."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

_QUIET = {"channels": {"email": False}}


def test_the_life_cycle(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(preferences=_QUIET))
    stack.up("--skip-preview")
    channels = dashboard.override()["channels"]
    assert {name for name, channel in channels.items() if not channel["enabled"]} == {"email"}

    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []

    stack.write(program(preferences={"all": {"enabled": False, "read_only": True}, "channels": {"sms": True}}))
    plan = stack.preview("--diff")
    assert plan.changes == {Change("update", "WorkflowPreferences", FIRST)}
    assert "readOnly" in plan.output
    novu.clear_requests()
    stack.up("--skip-preview")
    internal_id = Environment(novu).stored()[FIRST].id
    assert writes(novu) == [f"PUT /v2/workflows/{internal_id}"]
    override = dashboard.override()
    assert override["all"] == {"enabled": False, "readOnly": True}
    assert {name for name, channel in override["channels"].items() if channel["enabled"]} == {"sms"}

    stack.write(program())
    stack.up("--skip-preview")
    assert dashboard.override() is None
    assert stack.preview().changes == set()
    assert stack.refresh().changes == set()


def test_an_override_does_not_change_ids_control_values_and_default_preferences(
    novu: Emulator, app: App, managed: Stack
) -> None:
    dashboard = Dashboard(novu)
    dashboard.set_values(body="From the dashboard")
    before = dashboard.workflow()
    managed.write(program(preferences=_QUIET, validate_payload=True))
    managed.up("--skip-preview")
    after = dashboard.workflow()
    assert after["validatePayload"] is True
    assert dashboard.values() == {"body": "From the dashboard"}
    unchanged_fields = ("_id", "workflowId", "name", "description", "tags", "active", "severity", "payloadSchema")
    assert {key: after[key] for key in unchanged_fields} == {key: before[key] for key in unchanged_fields}
    assert after["preferences"]["default"] == before["preferences"]["default"]
    assert [step["_id"] for step in after["steps"]] == [step["_id"] for step in before["steps"]]
    assert managed.refresh().changes == set()


def test_a_stored_override_that_equals_the_declared_one_is_adopted_without_a_write(
    novu: Emulator, app: App, managed: Stack
) -> None:
    Dashboard(novu).set_override({"all": {"enabled": True}, "channels": {"email": {"enabled": False}}})
    managed.write(program(preferences=_QUIET))
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == []


def test_an_edit_in_the_dashboard_is_repaired_unless_it_is_ignored(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    edited = {"all": {"enabled": False, "readOnly": False}, "channels": {}}
    for ignore_changes in ([], ["preferences"]):
        stack.write(program(preferences=_QUIET, ignore_changes=ignore_changes))
        stack.up("--skip-preview")
        dashboard.set_override(edited)
        assert stack.refresh().changes == {Change("update", "WorkflowPreferences", FIRST)}
        stack.up("--skip-preview")
        assert dashboard.override()["all"]["enabled"] is not bool(ignore_changes)


def test_an_override_that_somebody_removed_is_created_again(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(preferences=_QUIET))
    stack.up("--skip-preview")
    Dashboard(novu).set_override(None)
    assert stack.refresh().changes == {Change("delete", "WorkflowPreferences", FIRST)}
    stack.up("--skip-preview")
    assert Dashboard(novu).override()["channels"]["email"] == {"enabled": False}


def test_all_overrides_of_a_workflow_are_set_in_one_update_with_a_sync(
    novu: Emulator, app: App, managed: Stack
) -> None:
    """A PUT of a workflow sends the control values that were read before it. No value may be lost in between."""
    edited = specs.shop(3)
    edited[0]["name"] = "Receipt"
    edited[0]["severity"] = "high"
    app.deploy(*edited)
    managed.write(
        program(
            preferences=_QUIET,
            validate_payload=True,
            active=False,
            controls={MAIL: {"body": "Mail"}, "inbox": {"body": "Inbox"}},
        )
    )
    novu.clear_requests()
    managed.up("--skip-preview")
    assert [request for request in writes(novu) if "sync" in request] == ["POST /v1/bridge/sync"]
    dashboard = Dashboard(novu)
    workflow = dashboard.workflow()
    assert (workflow["name"], workflow["severity"], workflow["active"], workflow["validatePayload"]) == (
        "Receipt",
        "high",
        False,
        True,
    )
    assert (dashboard.values(), dashboard.values("inbox")) == ({"body": "Mail"}, {"body": "Inbox"})
    assert dashboard.override()["channels"]["email"] == {"enabled": False}
    novu.clear_requests()
    assert managed.preview().changes == set()
    assert managed.refresh().changes == set()
    assert managed.up("--skip-preview").changes == set()
    assert writes(novu) == []


def test_an_unknown_channel_changes_nothing(novu: Emulator, app: App, managed: Stack) -> None:
    novu.clear_requests()
    managed.write(f"""import novu_provider as novu

bridge = novu.Bridge("app")
novu.WorkflowPreferences("quiet", workflow=bridge.workflows["{FIRST}"], preferences={{"channels": {{"fax": True}}}})
""")
    output = managed.up(fails=True).output
    assert "there is no channel 'fax'" in output
    assert "Traceback" not in output
    assert writes(novu) == []
