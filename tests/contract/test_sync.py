"""The effects of a sync on an environment, especially the dangerous ones. All were observed on Novu 3.19.0."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.contract.conftest import Client, Start
from tests.contract.fake_bridge import (
    BridgeResponse,
    FakeBridge,
    fake_bridge,
    html_response,
    json_response,
    step,
    workflow,
)


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait for work that continues after a response. The deadline only ends a test that fails."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


NOT_DISCOVER_DOCUMENTS = {
    "a login page": html_response(),
    "an empty object": json_response({}),
    "a list": json_response([]),
    "a text": json_response("ok"),
    "null workflows": json_response({"workflows": None}),
    "a truncated document": BridgeResponse(body=b'{"workflows": [{"workflowId": "a"'),
    "another API's 201": json_response({"status": "ok"}, 201),
}


@pytest.mark.parametrize("bridge_response", NOT_DISCOVER_DOCUMENTS.values(), ids=NOT_DISCOVER_DOCUMENTS)
def test_a_response_without_workflows_empties_the_environment(
    start: Start, bridge: FakeBridge, bridge_response: BridgeResponse
) -> None:
    novu = start()
    bridge.workflows = [workflow("a"), workflow("b")]
    novu.sync(bridge)
    novu.emulator.create_dashboard_workflow(workflow_id="made-in-ui")
    with fake_bridge("/wrong") as other_server:
        other_server.response = bridge_response
        response = novu.sync(other_server)
        assert (response.status_code, response.json()) == (201, {"data": []})
        assert novu.workflow_ids() == ["made-in-ui"]
        assert novu.bridge_url() == other_server.url


EMPTY_RESPONSES = {
    "an empty body": BridgeResponse(),
    "204": BridgeResponse(status=204),
    "null": json_response(None),
    "zero": json_response(0),
    "false": json_response(False),
}


@pytest.mark.parametrize("bridge_response", EMPTY_RESPONSES.values(), ids=EMPTY_RESPONSES)
def test_an_empty_response_is_refused(start: Start, bridge: FakeBridge, bridge_response: BridgeResponse) -> None:
    novu = start()
    bridge.workflows = [workflow("a")]
    novu.sync(bridge)
    bridge.response = bridge_response
    response = novu.sync(bridge)
    assert (response.status_code, response.json()["message"]) == (400, "Invalid Bridge URL Response")
    assert novu.workflow_ids() == ["a"]


@pytest.mark.parametrize("declared", [{}, [None], "text", 1], ids=str)
def test_workflows_of_another_type_are_an_internal_error(start: Start, bridge: FakeBridge, declared: object) -> None:
    novu = start()
    bridge.workflows = [workflow("a")]
    novu.sync(bridge)
    bridge.response = json_response({"workflows": declared})
    response = novu.sync(bridge)
    assert response.status_code == 500
    assert response.json()["message"] == "Internal server error, contact support and provide them with the errorId"
    assert novu.workflow_ids() == ["a"]


def test_a_redirect_loop_ends_after_four_requests(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.response = BridgeResponse(status=302, headers={"location": "/api/novu"})
    response = novu.sync(bridge)
    assert (response.status_code, response.json()["message"]) == (400, "Invalid Bridge URL Response")
    assert len(bridge.requests) == 4


def test_a_redirect_to_another_origin_loses_the_signature(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    with fake_bridge() as other:
        bridge.response = BridgeResponse(status=302, headers={"location": other.url})
        novu.sync(bridge)
        assert "novu-signature" in bridge.requests[0].headers
        assert "novu-signature" not in other.requests[0].headers


def test_the_discover_request_keeps_the_query_of_the_url(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    novu.sync(f"{bridge.url}?action=evil&token=t")
    assert bridge.requests[0].query == {"action": "discover", "token": "t", "environmentType": "dev"}


def test_a_failing_bridge_request_is_retried_once(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.response = json_response({}, 503)
    assert novu.sync(bridge).status_code == 400
    assert len(bridge.requests) == 2


def test_a_failed_sync_keeps_new_and_old_workflows(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("old")]
    novu.sync(bridge)
    before = novu.bridge_url()
    with fake_bridge("/next") as next_bridge:
        next_bridge.workflows = [workflow("new"), workflow("long", steps=[step(f"s{number}") for number in range(21)])]
        response = novu.sync(next_bridge)
    assert response.status_code == 400
    assert response.json()["message"] == (
        "Workflow steps limit exceeded. Maximum allowed steps is 20, but got 21 steps."
    )
    assert response.json()["providedStepsCount"] == 21
    assert eventually(lambda: novu.workflow_ids() == ["new", "old"])
    assert novu.bridge_url() == before


def test_the_server_continues_writing_after_a_400(start: Start, bridge: FakeBridge) -> None:
    novu = start(sync_cost_ms=20)
    long = workflow("long", steps=[step(f"s{number}") for number in range(21)])
    bridge.workflows = [long, *(workflow(f"w{number}") for number in range(40))]
    assert novu.sync(bridge).status_code == 400
    assert novu.total() < 40
    assert eventually(lambda: novu.total() == 40)


def test_the_first_sync_passes_the_limit_and_the_next_new_one_does_not(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow(f"w{number}") for number in range(120)]
    assert novu.sync(bridge).status_code == 201
    bridge.workflows = [*bridge.workflows, workflow("one-more")]
    response = novu.sync(bridge)
    assert response.status_code == 400
    assert response.json()["message"] == "Workflow limit exceeded. Please contact us to support more workflows."
    assert (response.json()["currentCount"], response.json()["limit"]) == (120, 100)


def test_a_rename_at_the_limit_fails(start: Start, bridge: FakeBridge) -> None:
    novu = start(workflow_limit=25)
    bridge.workflows = [workflow(f"w{number}") for number in range(25)]
    assert novu.sync(bridge).status_code == 201
    bridge.workflows = [workflow("renamed"), *bridge.workflows[1:]]
    assert novu.sync(bridge).status_code == 400
    assert "w0" in novu.workflow_ids()


def test_the_limit_is_not_checked_below_twenty_workflows(start: Start, bridge: FakeBridge) -> None:
    novu = start(workflow_limit=2)
    for count in (3, 20):
        bridge.workflows = [workflow(f"w{number}") for number in range(count)]
        assert novu.sync(bridge).status_code == 201
    bridge.workflows = [*bridge.workflows, workflow("one-more")]
    assert novu.sync(bridge).status_code == 400


def _sync_concurrently(novu: Client, *bridges: FakeBridge) -> list[int]:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda bridge=bridge: statuses.append(novu.sync(bridge).status_code))
        for bridge in bridges
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_two_concurrent_syncs_of_new_workflows_create_duplicates_or_lose_some(start: Start, bridge: FakeBridge) -> None:
    novu = start(sync_cost_ms=20)
    declared = [f"w{number}" for number in range(20)]
    bridge.workflows = [workflow(workflow_id) for workflow_id in declared]
    # Both syncs have discovered the bridge before either of them writes.
    bridge.gate = threading.Barrier(2)
    assert _sync_concurrently(novu, bridge, bridge) == [201, 201]
    assert novu.workflow_ids() != sorted(declared)
    bridge.gate = None
    novu.sync(bridge)
    assert novu.workflow_ids() == sorted(declared)


def test_two_concurrent_syncs_of_stored_workflows_change_nothing(start: Start, bridge: FakeBridge) -> None:
    novu = start(sync_cost_ms=2)
    bridge.workflows = [workflow(f"w{number}") for number in range(10)]
    novu.sync(bridge)
    before = {stored["workflowId"]: stored["_id"] for stored in novu.workflows()}
    bridge.gate = threading.Barrier(2)
    assert _sync_concurrently(novu, bridge, bridge) == [201, 201]
    assert {stored["workflowId"]: stored["_id"] for stored in novu.workflows()} == before


def test_the_same_id_twice_in_one_document_gets_a_suffix(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a"), workflow("a")]
    assert novu.sync(bridge).status_code == 201
    first, second = novu.workflow_ids()
    assert first == "a"
    assert second.startswith("a-")
    assert len(second) == len("a-") + 8


def test_a_workflow_without_an_id_is_refused(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    nameless = workflow("a")
    del nameless["workflowId"]
    bridge.workflows = [nameless]
    assert novu.sync(bridge).status_code == 422


def test_two_bridges_of_one_environment_delete_each_other_s_workflows(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("shared"), workflow("first")]
    novu.sync(bridge)
    id_before = novu.workflow("shared")["_id"]
    with fake_bridge() as other:
        other.workflows = [workflow("shared"), workflow("second")]
        novu.sync(other)
    assert novu.workflow_ids() == ["second", "shared"]
    assert novu.workflow("shared")["_id"] == id_before


def test_an_inactive_workflow_is_stored_as_inactive(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a", active=False)]
    novu.sync(bridge)
    assert novu.workflow("a")["status"] == "INACTIVE"
    trigger = novu.http.post("/v1/events/trigger", json={"name": "a", "to": "someone"})
    assert (trigger.status_code, trigger.json()["data"]["status"]) == (201, "trigger_not_active")


def test_a_removed_step_loses_its_control_values(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a", steps=[step("one"), step("two")])]
    novu.sync(bridge)
    for name in ("one", "two"):
        novu.http.put(f"/v1/bridge/controls/a/{name}", json={"variables": {"subject": name}})
    bridge.workflows = [workflow("a", steps=[step("two")])]
    novu.sync(bridge)
    bridge.workflows = [workflow("a", steps=[step("two"), step("one")])]
    novu.sync(bridge)
    assert [item["controlValues"] for item in novu.workflow("a")["steps"]] == [{"subject": "two"}, {}]
