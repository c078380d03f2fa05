"""`destroy` leaves nothing of the stack behind, and touches nothing else."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.engine.conftest import App
from tests.engine.novu import Environment
from tests.engine.stack import Stack


def test_workflows_are_gone_the_url_cleared_and_dashboard_workflows_untouched(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    novu.create_dashboard_workflow(workflow_id="made-in-ui", name="Made in the dashboard")
    managed.destroy()
    assert environment.ids() == set()
    assert environment.bridge_url() == ""
    listed = environment.call("GET", "/v2/workflows")["data"]["workflows"]
    assert [entry["workflowId"] for entry in listed] == ["made-in-ui"]


def test_destroy_twice(novu: Emulator, managed: Stack) -> None:
    managed.destroy()
    managed.destroy()
    assert Environment(novu).ids() == set()
    managed.up()
    assert len(Environment(novu).ids()) == 3


def test_refresh_and_destroy_need_no_program(novu: Emulator, app: App, managed: Stack) -> None:
    (managed.directory / "__main__.py").unlink()
    app.undeploy()
    assert managed.refresh().changes == set()
    managed.destroy()
    assert Environment(novu).ids() == set()


def test_destroy_with_the_program_run_deletes_as_well(novu: Emulator, managed: Stack) -> None:
    managed.destroy("--run-program")
    assert Environment(novu).ids() == set()
    assert Environment(novu).bridge_url() == ""


def test_a_url_that_somebody_else_stored_meanwhile_is_left(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    environment_id = environment.call("GET", "/v1/environments/me")["data"]["_id"]
    other = "http://127.0.0.1:9/elsewhere"
    environment.call("PUT", f"/v1/environments/{environment_id}", json={"bridge": {"url": other}})
    managed.destroy()
    assert environment.bridge_url() == other


def test_workflows_deleted_by_hand_before_are_no_error(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    for one in list(environment.stored().values())[:2]:
        environment.call("DELETE", f"/v2/workflows/{one.id}")
    managed.destroy()
    assert environment.ids() == set()


def test_an_id_that_the_dashboard_took_over_is_not_deleted(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    taken = environment.stored()["order-confirmed-0001"]
    environment.call("DELETE", f"/v2/workflows/{taken.id}")
    novu.create_dashboard_workflow(workflow_id="order-confirmed-0001", name="Taken")
    managed.destroy()
    listed = environment.call("GET", "/v2/workflows")["data"]["workflows"]
    assert [entry["workflowId"] for entry in listed] == ["order-confirmed-0001"]


def test_the_key_of_another_environment_deletes_nothing(novu: Emulator, managed: Stack) -> None:
    managed.environ["NOVU_SECRET_KEY"] = novu.production_key
    refused = managed.destroy(fails=True)
    assert "opens the environment 'Production'" in refused.output
    assert "Traceback" not in refused.output
    assert len(Environment(novu).ids()) == 3
