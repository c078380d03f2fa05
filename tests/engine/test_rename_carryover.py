"""A rename carries over the dashboard's settings of the former id."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, INBOX, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

NEW = "receipt-of-an-order"
_QUIET = {"all": {"enabled": True, "readOnly": True}, "channels": {"email": {"enabled": False}}}


def renamed(**changes: Any) -> list[specs.Spec]:
    """Return the shop's workflows, with another id for the first one."""
    workflows = specs.shop(3)
    workflows[0] |= {"id": NEW, **changes}
    return workflows


@pytest.fixture
def dashboard(novu: Emulator, managed: Stack) -> Dashboard:
    """A dashboard with all kinds of settings for the first workflow."""
    client = Dashboard(novu)
    client.set_override(_QUIET)
    client.set_values(MAIL, body="Mail of the dashboard")
    client.set_values(INBOX, body="Inbox of the dashboard")
    client.patch(validatePayload=True)
    return client


def test_all_settings_of_the_dashboard_are_carried_over(
    app: App, novu: Emulator, managed: Stack, dashboard: Dashboard
) -> None:
    app.deploy(*renamed())
    managed.write(program(renamed_from={NEW: FIRST}))
    plan = managed.preview("--diff")
    assert plan.changes >= {
        Change("create", "Rename", NEW),
        Change("create", "Workflow", NEW),
        Change("delete", "Workflow", FIRST),
    }
    assert "Mail of the dashboard" in plan.output

    # Edits after the preview are carried over too.
    dashboard.set_values(MAIL, body="Edited after the preview")
    output = managed.up().output
    assert f"{NEW!r} keeps from its former id" in output
    assert dashboard.values(MAIL, NEW) == {"body": "Edited after the preview"}
    assert dashboard.values(INBOX, NEW) == {"body": "Inbox of the dashboard"}
    assert dashboard.override(NEW)["all"]["readOnly"] is True
    assert dashboard.override(NEW)["channels"]["email"] == {"enabled": False}
    assert dashboard.workflow(NEW)["validatePayload"] is True
    assert FIRST not in Environment(novu).ids()

    novu.clear_requests()
    assert managed.preview().changes == set()
    assert managed.refresh().changes == set()
    assert managed.up("--skip-preview").changes == set()
    # After the rename, its declaration can be removed from the program.
    managed.write(program())
    assert managed.up("--skip-preview").changes == {Change("delete", "Rename", NEW)}
    assert writes(novu) == []
    assert dashboard.values(MAIL, NEW) == {"body": "Edited after the preview"}


def test_removed_steps_and_invalid_keys_are_reported(
    app: App, novu: Emulator, managed: Stack, dashboard: Dashboard
) -> None:
    app.deploy(*renamed(steps=[specs.step(MAIL, "email", controlSchema=specs.schema(text={"type": "string"}))]))
    managed.write(program(renamed_from={NEW: FIRST}))
    output = managed.up().output
    assert f"not body, which the step '{MAIL}' no longer has" in output
    assert f"not the control values of '{INBOX}', which it no longer has" in output
    assert dashboard.values(MAIL, NEW) == {}


def test_the_program_overrides_the_carryover(app: App, novu: Emulator, managed: Stack, dashboard: Dashboard) -> None:
    app.deploy(*renamed())
    managed.write(
        program(
            renamed_from={NEW: FIRST},
            _workflow=NEW,
            controls={MAIL: {"body": "Declared"}},
            preferences={"channels": {"sms": False}},
            validate_payload=False,
        )
    )
    managed.up("--skip-preview")
    assert (dashboard.values(MAIL, NEW), dashboard.values(INBOX, NEW)) == (
        {"body": "Declared"},
        {"body": "Inbox of the dashboard"},
    )
    assert dashboard.workflow(NEW)["validatePayload"] is False
    channels = dashboard.override(NEW)["channels"]
    assert (channels["sms"], channels["email"]) == ({"enabled": False}, {"enabled": True})
    assert managed.refresh().changes == set()


def test_declared_values_follow_the_workflow_to_its_new_id(app: App, novu: Emulator, stack: Stack) -> None:
    """Settings that are declared for the former id apply to the new one."""
    arguments: dict[str, Any] = {"controls": {MAIL: {"body": "Declared"}}, "active": False}
    stack.write(program(**arguments))
    stack.up("--skip-preview")
    app.deploy(*renamed())
    stack.write(program(renamed_from={NEW: FIRST}, **arguments))
    stack.up("--skip-preview")
    dashboard = Dashboard(novu)
    assert dashboard.values(MAIL, NEW) == {"body": "Declared"}
    assert dashboard.workflow(NEW)["active"] is False
    assert stack.preview().changes == set()
    assert stack.refresh().changes == set()


def test_a_workflow_that_somebody_deactivated_stays_inactive_after_the_rename(
    app: App, novu: Emulator, managed: Stack, dashboard: Dashboard
) -> None:
    dashboard.patch(active=False)
    app.deploy(*renamed())
    managed.write(program(renamed_from={NEW: FIRST}))
    assert "active: false" in managed.up("--skip-preview").output
    assert dashboard.workflow(NEW)["active"] is False


def test_without_a_declared_rename_nothing_is_carried_over(
    app: App, novu: Emulator, managed: Stack, dashboard: Dashboard
) -> None:
    app.deploy(*renamed())
    managed.up("--skip-preview")
    assert dashboard.values(MAIL, NEW) == {}
    assert dashboard.override(NEW) is None


def test_a_rename_creates_a_workflow_if_the_former_id_is_not_stored(app: App, novu: Emulator, stack: Stack) -> None:
    app.deploy(*renamed())
    stack.write(program(renamed_from={NEW: FIRST}))
    stack.up("--skip-preview")
    assert NEW in Environment(novu).ids()
    assert stack.preview().changes == set()


def test_an_invalid_rename_changes_nothing(app: App, novu: Emulator, managed: Stack) -> None:
    novu.clear_requests()
    managed.write(program(renamed_from={FIRST: "order-shipped-0002"}))
    assert "which the manifest declares as well" in managed.preview(fails=True).output
    managed.write(program(renamed_from={"misspelt": FIRST}))
    assert "`renamed_from` names 'misspelt'" in managed.preview(fails=True).output
    assert writes(novu) == []


class TestAtTheLimit:
    """Novu counts the new workflow before it deletes the old one."""

    @pytest.fixture
    def novu(self) -> Any:
        """A Novu with a limit of twenty workflows."""
        with Emulator(EmulatorConfig(database=":memory:", workflow_limit=20)) as server:
            yield server

    def test_values_survive_a_rename(self, app: App, novu: Emulator, stack: Stack) -> None:
        app.deploy(*specs.shop(20))
        stack.up("--skip-preview")
        dashboard = Dashboard(novu)
        dashboard.set_values(MAIL, body="Mail of the dashboard")
        app.deploy(*renamed(), *specs.shop(20)[3:])
        stack.write(program(renamed_from={NEW: FIRST}))
        output = stack.up().output
        assert "at Novu's limit of workflows" in output
        assert dashboard.values(MAIL, NEW) == {"body": "Mail of the dashboard"}
        assert len(Environment(novu).ids()) == 20
