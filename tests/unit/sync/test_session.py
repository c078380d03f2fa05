"""The resources of one process share one client, one environment and one listing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from novu_provider.errors import NotABridge, UnmanagedWorkflows, WrongEnvironment
from novu_provider.planning.target import Target
from novu_provider.settings import Settings
from novu_provider.sync import progress
from novu_provider.sync import session as module
from novu_provider.sync.session import Session
from tests.unit.documents import entry
from tests.unit.fake_novu import BRIDGE, KEY, FakeNovu


def connect(novu: FakeNovu) -> Session:
    return Session(novu.settings, novu)


def target(novu: FakeNovu, *managed: str) -> Target:
    return Target("env-1", BRIDGE, novu.manifest().digests, frozenset(managed))


def paths(novu: FakeNovu) -> list[str]:
    return [f"{request.method} {request.url.path}" for request in novu.requests]


def test_the_environment_is_requested_once() -> None:
    novu = FakeNovu()
    session = connect(novu)
    assert session.environment().name == "Development"
    assert session.environment("env-1").id == "env-1"
    assert paths(novu) == ["GET /v1/environments/me"]


def test_the_key_of_another_environment_is_refused_before_any_other_request() -> None:
    novu = FakeNovu()
    with pytest.raises(WrongEnvironment, match=r"'Development' \(env-1\), but this stack manages env-2") as refused:
        connect(novu).environment("env-2")
    assert refused.value.prop == "secretKey"
    assert paths(novu) == ["GET /v1/environments/me"]


def test_many_threads_share_one_listing() -> None:
    novu = FakeNovu()
    novu.store(*(entry(f"w{number}") for number in range(20)))
    session = connect(novu)
    with ThreadPoolExecutor(8) as pool:
        workflows = list(pool.map(session.stored, (f"w{number}" for number in range(20))))
    assert [workflow and workflow.workflow_id for workflow in workflows] == [f"w{number}" for number in range(20)]
    assert paths(novu) == ["GET /v1/workflows"]


def test_a_missing_workflow_is_none_and_a_fresh_listing_is_read_again() -> None:
    novu = FakeNovu()
    session = connect(novu)
    assert session.stored("a") is None
    novu.store(entry("a"))
    assert session.stored("a") is None
    assert list(session.all_stored_workflows(fresh=True)) == ["a"]
    assert session.stored("a") is not None


def test_resources_after_a_sync_use_the_environment_that_was_read_back() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    session = connect(novu)
    snapshot = session.apply(target(novu))
    calls = len(novu.requests)
    assert session.environment("env-1").bridge_url == BRIDGE
    assert [session.stored(workflow.workflow_id) for workflow in snapshot.workflows] == list(snapshot.workflows)
    assert len(novu.requests) == calls


def test_after_a_failed_sync_the_environment_is_read_again() -> None:
    novu = FakeNovu(entry("a"))
    novu.store(entry("foreign"))
    session = connect(novu)
    session.all_stored_workflows()
    with pytest.raises(UnmanagedWorkflows):
        session.apply(target(novu))
    novu.stored.clear()
    assert session.all_stored_workflows() == {}


def test_requests_to_the_bridge_are_signed_with_the_environment_s_key() -> None:
    novu = FakeNovu(entry("a"))
    connect(novu).bridge(BRIDGE).manifest("dev")
    assert "novu-signature" in novu.requests[0].headers
    novu.bridge_workflows = httpx.Response(200, html="<p>Login</p>")
    with pytest.raises(NotABridge):
        connect(novu).bridge(BRIDGE).manifest("dev")


def test_a_workflow_is_deleted_once() -> None:
    novu = FakeNovu()
    novu.store(entry("a"), entry("b"))
    session = connect(novu)
    session.delete("a")
    session.delete("a")
    assert (novu.writes, novu.workflow_ids) == (["DELETE /v2/workflows/id-1"], ["b"])
    assert session.stored("a") is None


def test_deleting_a_missing_workflow_writes_nothing() -> None:
    novu = FakeNovu()
    connect(novu).delete("a")
    assert novu.writes == []


def test_a_workflow_that_was_created_again_is_deleted_by_its_new_internal_id() -> None:
    novu = FakeNovu()
    novu.store(entry("a"))
    session = connect(novu)
    session.all_stored_workflows()
    novu.stored.clear()
    novu.store(entry("a"))
    session.delete("a")
    assert novu.writes == ["DELETE /v2/workflows/id-1", "DELETE /v2/workflows/id-2"]
    assert novu.workflow_ids == []


def test_a_workflow_that_another_client_deleted_counts_as_deleted() -> None:
    novu = FakeNovu()
    novu.store(entry("a"))
    session = connect(novu)
    session.all_stored_workflows()
    novu.stored.clear()
    session.delete("a")
    assert novu.writes == ["DELETE /v2/workflows/id-1"]


def test_an_id_that_another_resource_of_the_program_declares_is_not_deleted() -> None:
    novu = FakeNovu()
    novu.store(entry("a"))
    session = connect(novu)
    session.declare([("workflow", "a")])
    session.delete("a")
    assert novu.requests == []
    assert novu.workflow_ids == ["a"]


def test_dashboard_workflows_are_never_deleted() -> None:
    novu = FakeNovu()
    novu.dashboard_workflows.append(
        {"_id": "d1", "type": "REGULAR", "origin": "novu-cloud", "triggers": [{"identifier": "a"}]}
    )
    session = connect(novu)
    assert session.all_stored_workflows() == {}
    session.delete("a")
    assert novu.writes == []


def test_one_process_has_one_session_per_settings() -> None:
    values = {"secretKey": KEY, "apiUrl": "https://novu.example.com"}

    def read() -> Settings:
        return Settings.read(values.get, {})

    barrier = threading.Barrier(4)

    def get_session() -> Session:
        barrier.wait()
        return module.session_for(read())

    with ThreadPoolExecutor(4) as pool:
        sessions = [task.result() for task in [pool.submit(get_session) for _ in range(4)]]
    assert len(set(map(id, sessions))) == 1
    values["secretKey"] = "another-key"
    other = module.session_for(read())
    assert other is not sessions[0]
    for session in (other, sessions[0]):
        session.api.close()


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress.report_progress("syncing 3 workflows")
    assert capsys.readouterr() == ("", "novu: syncing 3 workflows\n")
