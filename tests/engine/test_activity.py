"""Workflows that are off in one environment, and the other switches that no sync touches."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack


def active(novu: Emulator) -> set[str]:
    return {key for key, one in Environment(novu).stored().items() if one.registration.active}


def test_a_workflow_stays_off_until_its_launch(novu: Emulator, app: App, stack: Stack) -> None:
    ids = {one["id"] for one in app.workflows}
    stack.write(program(active=False))
    stack.up()
    assert active(novu) == ids - {FIRST}
    assert stack.refresh().changes == set()
    novu.clear_requests()
    assert stack.up().changes == set()
    assert writes(novu) == []

    # A sync for another workflow switches it on; the very next request switches it off.
    edited = specs.shop(3)
    edited[1]["name"] = "Another name"
    app.deploy(*edited)
    plan = stack.preview()
    assert plan.workflows("update") == {edited[1]["id"]}
    novu.clear_requests()
    stack.up()
    internal_id = Environment(novu).stored()[FIRST].id
    assert writes(novu) == ["POST /v1/bridge/sync", f"PATCH /v2/workflows/{internal_id}"]
    assert active(novu) == ids - {FIRST}

    # The launch: no sync, one request.
    stack.write(program())
    assert stack.preview("--diff").properties(FIRST) == {"active"}
    novu.clear_requests()
    stack.up()
    assert writes(novu) == [f"PATCH /v2/workflows/{internal_id}"]
    assert active(novu) == ids
    assert stack.refresh().changes == set()


def test_somebody_switches_on_what_is_to_stay_off(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(active=False))
    stack.up()
    Dashboard(novu).patch(active=True)
    stack.refresh()
    assert stack.preview().properties(FIRST) == {"active"}
    stack.up()
    assert FIRST not in active(novu)


def test_the_stack_s_configuration_says_it_too(novu: Emulator, app: App, stack: Stack) -> None:
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.active", "false")
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.controls.receipt.body", "From the configuration")
    stack.up()
    assert FIRST not in active(novu)
    assert Dashboard(novu).values() == {"body": "From the configuration"}
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.aktive", "false")
    output = stack.preview(fails=True).output
    assert f"`novu:workflows` in the stack's configuration is invalid: at `{FIRST}.aktive`" in output
    assert "Traceback" not in output


def test_payload_validation_is_set_drifts_and_is_left_when_nobody_says_anything(
    novu: Emulator, app: App, stack: Stack
) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(validate_payload=True))
    stack.up()
    assert dashboard.workflow()["validatePayload"] is True
    novu.clear_requests()
    assert stack.refresh().changes == set()
    assert stack.up().changes == set()
    assert writes(novu) == []

    dashboard.patch(validatePayload=False)
    stack.refresh()
    assert stack.preview().properties(FIRST) == {"validatePayload"}
    novu.clear_requests()
    stack.up()
    assert writes(novu) == [f"PATCH /v2/workflows/{Environment(novu).stored()[FIRST].id}"]
    assert dashboard.workflow()["validatePayload"] is True

    stack.write(program())
    novu.clear_requests()
    stack.up()
    assert writes(novu) == []
    assert dashboard.workflow()["validatePayload"] is True
    dashboard.patch(validatePayload=False)
    assert stack.refresh().changes == set()


def test_translations_are_switched_on(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(translations=True))
    stack.up()
    assert Dashboard(novu).workflow()["isTranslationEnabled"] is True
    assert stack.refresh().changes == set()


def test_a_new_workflow_that_is_off_from_the_start(novu: Emulator, app: App, managed: Stack) -> None:
    new = specs.workflow("launch-later")
    app.deploy(*specs.shop(3), new)
    managed.write(program(_workflow="launch-later", active=False))
    managed.up()
    assert "launch-later" not in active(novu)
    app.deploy(*specs.shop(3))
    output = managed.preview(fails=True).output
    assert "`workflows` names 'launch-later', which the manifest does not declare" in output
