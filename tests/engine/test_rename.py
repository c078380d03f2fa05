"""Renamed and removed workflows are deleted, also after interruptions and syncs by others."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.declare import FIRST, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack

_OLD = "order-confirmed-0001"


def _renamed() -> list[specs.Spec]:
    return [{**specs.shop(3)[0], "id": "order-accepted"}, *specs.shop(3)[1:]]


def test_a_rename_is_a_create_and_a_delete_with_one_sync(novu: Emulator, app: App, managed: Stack) -> None:
    app.deploy(*_renamed())
    plan = managed.preview()
    assert f'pass renamed_from={{"order-accepted": "{_OLD}"}} to Bridge' in plan.output
    assert plan.workflows("create") == {"order-accepted"}
    assert plan.workflows("delete") == {_OLD}
    assert plan.workflows("update") == set()
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert _OLD not in Environment(novu).ids()
    assert "order-accepted" in Environment(novu).ids()
    assert managed.preview().changes == set()


def test_a_removed_workflow_is_deleted(novu: Emulator, app: App, managed: Stack) -> None:
    app.deploy(*specs.shop(3)[1:])
    assert managed.preview().workflows("delete") == {_OLD}
    managed.up("--skip-preview")
    assert Environment(novu).ids() == {"order-shipped-0002", "cart-reminder-0003"}


def test_a_rename_removes_an_old_registration_that_got_a_new_internal_id(
    novu: Emulator, app: App, managed: Stack
) -> None:
    environment = Environment(novu)
    environment.call("DELETE", f"/v2/workflows/{environment.stored()[_OLD].id}")
    environment.sync(app.url)
    app.deploy(*_renamed())
    managed.up("--skip-preview")
    assert environment.ids() == {"order-accepted", "order-shipped-0002", "cart-reminder-0003"}


def test_a_rename_together_with_a_new_url_deletes_the_old_workflow(
    novu: Emulator, app: App, managed: Stack, bridges: Any
) -> None:
    moved = App(bridges, app.key)
    managed.environ["NOVU_BRIDGE_URL"] = moved.deploy(*_renamed())
    plan = managed.preview()
    assert plan.workflows("delete") == {_OLD}
    managed.up("--skip-preview")
    assert _OLD not in Environment(novu).ids()
    assert Environment(novu).bridge_url() == moved.url


def test_a_rename_that_novu_synced_already_is_recorded_without_a_write(
    novu: Emulator, app: App, managed: Stack
) -> None:
    app.deploy(*_renamed())
    Environment(novu).sync(app.url)
    novu.clear_requests()
    result = managed.up()
    assert result.workflows("create") == {"order-accepted"}
    assert result.workflows("delete") == {_OLD}
    assert writes(novu) == []


def test_an_unmanaged_old_registration_is_refused_until_it_is_pruned(novu: Emulator, app: App, stack: Stack) -> None:
    environment = Environment(novu)
    environment.sync(app.url)
    app.deploy(*_renamed())
    refused = stack.preview(fails=True)
    assert _OLD in refused.output
    assert "pruneUnmanaged" in refused.output
    stack.up(fails=True)
    assert _OLD in environment.ids()
    stack.config(pruneUnmanaged=_OLD)
    stack.up("--skip-preview")
    assert environment.ids() == {"order-accepted", "order-shipped-0002", "cart-reminder-0003"}


def test_a_workflow_that_is_registered_again_before_its_deletion_is_deleted(
    novu: Emulator, app: App, managed: Stack
) -> None:
    pending = [
        resource for resource in managed.export()["deployment"]["resources"] if resource["urn"].endswith(f"::{_OLD}")
    ]
    app.deploy(*specs.shop(3)[1:])
    managed.up("--skip-preview")
    # As after a crash between the sync and the deletion, the state still contains the removed workflow.
    state = managed.export()
    state["deployment"]["resources"].extend(pending)
    managed.restore(state)
    # Then somebody syncs an older build, which registers the workflow again.
    app.deploy(*specs.shop(3))
    Environment(novu).sync(app.url)
    app.deploy(*specs.shop(3)[1:])
    assert _OLD in Environment(novu).ids()
    assert managed.up("--skip-preview").workflows("delete") == {_OLD}
    assert _OLD not in Environment(novu).ids()


def test_a_declared_rename_on_a_first_up_needs_no_prune_and_keeps_the_settings(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    """The environment was filled by `novu sync`, so the stack does not manage the old workflow."""
    old, *others = specs.shop(3)
    app.deploy(old, *others)
    environment, dashboard = Environment(novu), Dashboard(novu)
    environment.sync(app.url)
    dashboard.set_values(MAIL, body="Mail of the dashboard")
    app.deploy({**old, "id": "order-accepted"}, *others)
    stack = make_stack(app)
    stack.write(program(renamed_from={"order-accepted": FIRST}, _workflow="order-accepted"))
    output = stack.preview().output
    assert f"`renamed_from` replaces '{FIRST}'" in output
    assert "pruneUnmanaged" not in output
    stack.up("--skip-preview")
    assert environment.ids() == {"order-accepted", *(spec["id"] for spec in others)}
    assert dashboard.values(MAIL, "order-accepted") == {"body": "Mail of the dashboard"}
    assert stack.preview().changes == set()
