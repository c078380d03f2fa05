"""Workflows that are inactive in one environment, and the flags that a sync does not change."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack


def active_ids(novu: Emulator) -> set[str]:
    return {key for key, workflow in Environment(novu).stored().items() if workflow.registration.active}


def test_an_inactive_workflow_stays_inactive_until_it_is_declared_active(
    novu: Emulator, app: App, stack: Stack
) -> None:
    ids = {spec["id"] for spec in app.workflows}
    stack.write(program(active=False))
    stack.up("--skip-preview")
    assert active_ids(novu) == ids - {FIRST}
    assert stack.refresh().changes == set()
    novu.clear_requests()
    assert stack.up("--skip-preview").changes == set()
    assert writes(novu) == []

    # A sync for another workflow activates it. The next request deactivates it.
    edited = specs.shop(3)
    edited[1]["name"] = "Another name"
    app.deploy(*edited)
    plan = stack.preview()
    assert plan.workflows("update") == {edited[1]["id"]}
    novu.clear_requests()
    stack.up("--skip-preview")
    internal_id = Environment(novu).stored()[FIRST].id
    assert writes(novu) == ["POST /v1/bridge/sync", f"PATCH /v2/workflows/{internal_id}"]
    assert active_ids(novu) == ids - {FIRST}

    # Declared active again: one request and no sync.
    stack.write(program())
    assert stack.preview("--diff").properties(FIRST) == {"active"}
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == [f"PATCH /v2/workflows/{internal_id}"]
    assert active_ids(novu) == ids
    assert stack.refresh().changes == set()


def test_an_inactive_workflow_that_somebody_activates_is_deactivated(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(active=False))
    stack.up("--skip-preview")
    Dashboard(novu).patch(active=True)
    stack.refresh()
    assert stack.preview().properties(FIRST) == {"active"}
    stack.up("--skip-preview")
    assert FIRST not in active_ids(novu)


def test_the_stack_s_configuration_declares_workflow_settings_too(novu: Emulator, app: App, stack: Stack) -> None:
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.active", "false")
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.controls.receipt.body", "From the configuration")
    stack.up("--skip-preview")
    assert FIRST not in active_ids(novu)
    assert Dashboard(novu).values() == {"body": "From the configuration"}
    stack.run("config", "set", "--path", f"novu:workflows.{FIRST}.aktive", "false")
    output = stack.preview(fails=True).output
    assert f"`novu:workflows` in the stack's configuration is invalid: at `{FIRST}.aktive`" in output
    assert "Traceback" not in output


def test_payload_validation_is_set_repaired_and_ignored_if_undeclared(novu: Emulator, app: App, stack: Stack) -> None:
    dashboard = Dashboard(novu)
    stack.write(program(validate_payload=True))
    stack.up("--skip-preview")
    assert dashboard.workflow()["validatePayload"] is True
    novu.clear_requests()
    assert stack.refresh().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert writes(novu) == []

    dashboard.patch(validatePayload=False)
    stack.refresh()
    assert stack.preview().properties(FIRST) == {"validatePayload"}
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == [f"PATCH /v2/workflows/{Environment(novu).stored()[FIRST].id}"]
    assert dashboard.workflow()["validatePayload"] is True

    stack.write(program())
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == []
    assert dashboard.workflow()["validatePayload"] is True
    dashboard.patch(validatePayload=False)
    assert stack.refresh().changes == set()


def test_translations_are_enabled(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(program(translations=True))
    stack.up("--skip-preview")
    assert Dashboard(novu).workflow()["isTranslationEnabled"] is True
    assert stack.refresh().changes == set()


def test_a_new_workflow_can_be_inactive(novu: Emulator, app: App, managed: Stack) -> None:
    new = specs.workflow("launch-later")
    app.deploy(*specs.shop(3), new)
    managed.write(program(_workflow="launch-later", active=False))
    managed.up("--skip-preview")
    assert "launch-later" not in active_ids(novu)
    app.deploy(*specs.shop(3))
    output = managed.preview(fails=True).output
    assert "`workflows` names 'launch-later', which the manifest does not declare" in output
