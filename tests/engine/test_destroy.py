"""`destroy` deletes everything that the stack manages, and nothing else."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.engine.conftest import App
from tests.engine.novu import Environment
from tests.engine.stack import Stack


def test_workflows_are_deleted_the_url_is_cleared_and_dashboard_workflows_stay(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    novu.create_dashboard_workflow(workflow_id="made-in-ui", name="Made in the dashboard")
    managed.destroy()
    assert environment.ids() == set()
    assert environment.bridge_url() == ""
    listed = environment.call("GET", "/v2/workflows")["data"]["workflows"]
    assert [entry["workflowId"] for entry in listed] == ["made-in-ui"]


def test_a_second_destroy_and_a_new_up_succeed(novu: Emulator, managed: Stack) -> None:
    managed.destroy()
    managed.destroy()
    assert Environment(novu).ids() == set()
    managed.up("--skip-preview")
    assert len(Environment(novu).ids()) == 3


def test_refresh_and_destroy_need_no_program(novu: Emulator, app: App, managed: Stack) -> None:
    (managed.directory / "__main__.py").unlink()
    app.undeploy()
    assert managed.refresh().changes == set()
    managed.destroy()
    assert Environment(novu).ids() == set()


def test_destroy_can_run_the_program(novu: Emulator, managed: Stack) -> None:
    managed.destroy("--run-program")
    assert Environment(novu).ids() == set()
    assert Environment(novu).bridge_url() == ""


def test_a_url_that_somebody_changed_is_not_cleared(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    environment_id = environment.call("GET", "/v1/environments/me")["data"]["_id"]
    other = "http://127.0.0.1:9/elsewhere"
    environment.call("PUT", f"/v1/environments/{environment_id}", json={"bridge": {"url": other}})
    managed.destroy()
    assert environment.bridge_url() == other


def test_workflows_that_somebody_deleted_are_no_error(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    for workflow in list(environment.stored().values())[:2]:
        environment.call("DELETE", f"/v2/workflows/{workflow.id}")
    managed.destroy()
    assert environment.ids() == set()


def test_a_dashboard_workflow_with_a_managed_id_is_not_deleted(novu: Emulator, managed: Stack) -> None:
    environment = Environment(novu)
    stored = environment.stored()["order-confirmed-0001"]
    environment.call("DELETE", f"/v2/workflows/{stored.id}")
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
