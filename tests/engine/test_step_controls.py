"""Control values of steps: set, changed, drifted, reset."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, INBOX, MAIL, Dashboard, program
from tests.engine.novu import writes
from tests.engine.stack import Change, Stack

_PUT = f"PUT /v1/bridge/controls/{FIRST}/{MAIL}"


def test_the_life_cycle(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(controls={MAIL: {"body": "Production"}}))
    stack.up("--skip-preview")
    assert dashboard.values() == {"body": "Production"}

    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []

    stack.write(program(controls={MAIL: {"body": "Another"}}))
    plan = stack.preview("--diff")
    assert plan.changes == {Change("update", "StepControls", f"{FIRST}/{MAIL}")}
    assert "Another" in plan.output
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == [_PUT]
    assert dashboard.values() == {"body": "Another"}

    stack.write(program())
    stack.up("--skip-preview")
    assert dashboard.values() == {}
    assert stack.preview().changes == set()


def test_stored_values_that_equal_the_declared_ones_are_adopted_without_a_write(
    novu: Emulator, app: App, managed: Stack
) -> None:
    dashboard = Dashboard(novu)
    dashboard.set_values(body="From the dashboard")
    managed.write(program(controls={MAIL: {"body": "From the dashboard"}}))
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == []


def test_an_edit_in_the_dashboard_is_repaired(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(controls={MAIL: {"body": "Declared"}, INBOX: {"body": "Inbox"}}))
    stack.up("--skip-preview")
    dashboard.set_values(body="Edited")
    refresh = stack.refresh()
    assert refresh.changes == {Change("update", "StepControls", f"{FIRST}/{MAIL}")}
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == [_PUT]
    assert (dashboard.values(), dashboard.values(INBOX)) == ({"body": "Declared"}, {"body": "Inbox"})
    assert stack.refresh().changes == set()


def test_an_edit_is_kept_if_changes_are_ignored(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(controls={MAIL: {"body": "At first"}}, ignore_changes=["controls"]))
    stack.up("--skip-preview")
    dashboard.set_values(body="Edited")
    stack.refresh()
    novu.clear_requests()
    stack.write(program(controls={MAIL: {"body": "Another"}}, ignore_changes=["controls"]))
    assert stack.up("--skip-preview").changes == set()
    assert writes(novu) == []
    assert dashboard.values() == {"body": "Edited"}


def test_a_change_of_the_code_keeps_the_values_and_needs_one_sync(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(controls={MAIL: {"body": "Declared"}}))
    stack.up("--skip-preview")
    edited = specs.shop(3)
    edited[0]["steps"][0]["controlSchema"] = specs.schema(
        body={"type": "string", "default": "New"}, footer={"type": "string", "default": "Bye"}
    )
    edited[0]["severity"] = "high"
    app.deploy(*edited)
    stack.write(program(controls={MAIL: {"body": "Declared", "footer": "Regards"}}))
    novu.clear_requests()
    stack.up("--skip-preview")
    assert [request for request in writes(novu) if "sync" in request] == ["POST /v1/bridge/sync"]
    assert writes(novu)[-1] == _PUT
    assert dashboard.values() == {"body": "Declared", "footer": "Regards"}
    assert stack.refresh().changes == set()


def test_values_of_a_workflow_that_was_registered_again_are_restored(novu: Emulator, app: App, stack: Stack) -> None:
    """Somebody deletes the workflow, and `novu sync` registers it again. Only its `_id` differs."""
    dashboard = Dashboard(novu)
    stack.write(program(controls={MAIL: {"body": "Declared"}}))
    stack.up("--skip-preview")
    dashboard.environment.call("DELETE", f"/v2/workflows/{FIRST}")
    dashboard.environment.sync(app.url)
    assert dashboard.values() == {}
    stack.refresh()
    stack.up("--skip-preview")
    assert dashboard.values() == {"body": "Declared"}


def test_invalid_values_change_nothing(novu: Emulator, app: App, managed: Stack) -> None:
    novu.clear_requests()
    invalid = {"body": 5, "subjekt": "x"}
    managed.write(program(controls={MAIL: invalid}))
    for command in (managed.preview, managed.up):
        output = command(fails=True).output
        assert f"control values of the step '{MAIL}' of '{FIRST}': body: must be string, not number" in output
        assert "subjekt: the schema has no such key; it has body" in output
        assert "Traceback" not in output
    managed.write(program(controls={"gone": {"body": "x"}}))
    assert "control values for 'gone'" in managed.preview(fails=True).output
    assert writes(novu) == []


def test_values_may_be_outputs_of_other_resources(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(f"""import pulumi
import novu_provider as novu

bridge = novu.Bridge("app")
sender = bridge.environment_id.apply(lambda environment_id: "Shop of " + environment_id)
novu.StepControls(
    "sender", workflow=bridge.workflows["{FIRST}"], step_id="{MAIL}", values={{"body": sender}}
)
""")
    stack.preview()
    stack.up("--skip-preview")
    environment_id = Dashboard(novu).environment.call("GET", "/v1/environments/me")["data"]["_id"]
    assert Dashboard(novu).values() == {"body": f"Shop of {environment_id}"}
    assert stack.up("--skip-preview").changes == set()


def test_another_resource_name_keeps_the_values(novu: Emulator, app: App, stack: Stack) -> None:
    text = """import novu_provider as novu

bridge = novu.Bridge("app")
novu.StepControls({name!r}, workflow=bridge.workflows["{first}"], step_id="{mail}", values={{"body": "Mine"}})
"""
    for name in ("first-name", "second-name"):
        stack.write(text.format(name=name, first=FIRST, mail=MAIL))
        stack.up("--skip-preview")
    assert Dashboard(novu).values() == {"body": "Mine"}


def test_destroy_deletes_the_values(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(controls={MAIL: {"body": "Declared"}}))
    stack.up("--skip-preview")
    stack.destroy()
    assert Dashboard(novu).environment.ids() == set()
    assert stack.destroy().changes == set()
