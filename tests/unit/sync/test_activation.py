"""An inactive workflow is active only during the sync that activates it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from novu_provider.errors import ManifestMismatch, SyncFailed, UnmanagedWorkflows
from novu_provider.planning.target import Snapshot, Target
from novu_provider.sync.synchronizer import Synchronizer
from tests.unit.documents import entry
from tests.unit.fake_novu import BRIDGE, FakeNovu, Fault, bad_gateway_after, error_response, lose_response

SYNC = "POST /v1/bridge/sync"


def apply(novu: FakeNovu, *inactive: str) -> Snapshot:
    declared = novu.manifest().with_inactive(inactive).digests
    target = Target("env-1", BRIDGE, declared, frozenset(declared), inactive=frozenset(inactive))
    clock = novu.clock
    return Synchronizer(novu.api(), novu.bridge(), lambda _: None, clock.sleep, clock).apply(target)


def active(novu: FakeNovu) -> dict[str, bool]:
    return {workflow["triggers"][0]["identifier"]: workflow["active"] for workflow in novu.stored.values()}


def test_the_request_after_a_sync_deactivates_inactive_workflows() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    apply(novu, "a")
    assert active(novu) == {"a": False, "b": True}
    assert novu.writes == [SYNC, "PATCH /v2/workflows/id-1"]
    requests = [f"{request.method} {request.url.path}" for request in novu.requests]
    assert requests.index("PATCH /v2/workflows/id-1") == requests.index(SYNC) + 1


def test_an_inactive_workflow_stays_inactive_after_a_sync_for_another_one() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    apply(novu, "a")
    novu.bridge_workflows = (entry("a"), entry("b", name="B"))
    apply(novu, "a")
    assert active(novu) == {"a": False, "b": True}


@pytest.mark.parametrize("inactive", [["a"], ["a", "b"], []])
def test_a_change_of_activation_needs_no_sync(inactive: list[str]) -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    novu.store(entry("a"), entry("b", active=False))
    apply(novu, *inactive)
    assert active(novu) == {"a": "a" not in inactive, "b": "b" not in inactive}
    assert SYNC not in novu.writes


def test_an_inactive_workflow_is_not_written_again() -> None:
    novu = FakeNovu(entry("a"))
    novu.store(entry("a", active=False))
    apply(novu, "a")
    assert novu.writes == []


@pytest.mark.parametrize("fault", [lose_response, bad_gateway_after])
def test_inactive_workflows_are_deactivated_after_a_lost_response(fault: Fault) -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    novu.faults.append(fault)
    apply(novu, "a")
    assert active(novu) == {"a": False, "b": True}
    assert novu.writes == [SYNC, "PATCH /v2/workflows/id-1"]


def test_workflows_that_another_build_s_sync_activates_are_deactivated() -> None:
    """The bridge serves another build when Novu calls it, and the response to the sync is lost."""
    novu = FakeNovu(entry("a"))

    def another_build(process: Callable[[], httpx.Response]) -> httpx.Response:
        novu.bridge_workflows = (entry("a", name="Another"),)
        return lose_response(process)

    novu.faults.append(another_build)
    with pytest.raises(ManifestMismatch):
        apply(novu, "a")
    assert active(novu) == {"a": False}


def test_a_guard_refuses_before_any_activation() -> None:
    novu = FakeNovu(entry("a"))
    novu.store(entry("a"), entry("foreign"))
    with pytest.raises(UnmanagedWorkflows):
        apply(novu, "a")
    assert novu.writes == []


def test_a_workflow_that_the_code_declares_inactive_needs_no_second_request() -> None:
    novu = FakeNovu(entry("a", active=False))
    apply(novu)
    assert active(novu) == {"a": False}
    assert novu.writes == [SYNC]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_failed_deactivation_is_an_error_and_the_sync_is_not_repeated(status: int) -> None:
    class Refusing(FakeNovu):
        def _route(self, request: httpx.Request) -> httpx.Response:
            return error_response(status, "Not now") if request.method == "PATCH" else super()._route(request)

    novu = Refusing(entry("a"), entry("b"))
    with pytest.raises(SyncFailed, match="could not deactivate the workflow 'a', which may still be active: ") as fault:
        apply(novu, "a")
    assert "Not now" in fault.value.what
    assert novu.writes.count(SYNC) == 1
