"""A workflow that is to stay off is on for no longer than the sync that switched it on."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from novu_provider.errors import ManifestMismatch, SyncFailed, UnmanagedWorkflows
from novu_provider.planning.target import Snapshot, Target
from novu_provider.sync.synchronizer import Synchronizer
from tests.unit.documents import entry
from tests.unit.fake_novu import BRIDGE, FakeNovu, Fault, gateway_after, lost_after, refusal

SYNC = "POST /v1/bridge/sync"


def reach(novu: FakeNovu, *off: str) -> Snapshot:
    declared = novu.manifest().with_inactive(off).digests
    goal = Target("env-1", BRIDGE, declared, frozenset(declared), inactive=frozenset(off))
    clock = novu.clock
    return Synchronizer(novu.api(), novu.bridge(), lambda _: None, clock.sleep, clock).apply(goal)


def active(novu: FakeNovu) -> dict[str, bool]:
    return {one["triggers"][0]["identifier"]: one["active"] for one in novu.held.values()}


def test_what_a_sync_switches_on_is_switched_off_by_the_next_request() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    reach(novu, "a")
    assert active(novu) == {"a": False, "b": True}
    assert novu.writes == [SYNC, "PATCH /v2/workflows/id-1"]
    sent = [f"{one.method} {one.url.path}" for one in novu.requests]
    assert sent.index("PATCH /v2/workflows/id-1") == sent.index(SYNC) + 1


def test_another_workflow_s_change_leaves_it_off() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    reach(novu, "a")
    novu.served = (entry("a"), entry("b", name="B"))
    reach(novu, "a")
    assert active(novu) == {"a": False, "b": True}


@pytest.mark.parametrize("off", [["a"], ["a", "b"], []])
def test_switching_alone_takes_no_sync(off: list[str]) -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    novu.hold(entry("a"), entry("b", active=False))
    reach(novu, *off)
    assert active(novu) == {"a": "a" not in off, "b": "b" not in off}
    assert SYNC not in novu.writes


def test_nothing_is_written_where_it_is_off_already() -> None:
    novu = FakeNovu(entry("a"))
    novu.hold(entry("a", active=False))
    reach(novu, "a")
    assert novu.writes == []


@pytest.mark.parametrize("fault", [lost_after, gateway_after])
def test_after_a_sync_whose_answer_was_lost_none_stays_on(fault: Fault) -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    novu.faults.append(fault)
    reach(novu, "a")
    assert active(novu) == {"a": False, "b": True}
    assert novu.writes == [SYNC, "PATCH /v2/workflows/id-1"]


def test_what_another_build_s_sync_switches_on_is_switched_off() -> None:
    """The bridge serves another build between our look at it and Novu's, whose answer is lost."""
    novu = FakeNovu(entry("a"))

    def another_build(act: Callable[[], httpx.Response]) -> httpx.Response:
        novu.served = (entry("a", name="Another"),)
        return lost_after(act)

    novu.faults.append(another_build)
    with pytest.raises(ManifestMismatch):
        reach(novu, "a")
    assert active(novu) == {"a": False}


def test_a_guard_refuses_before_anything_is_switched() -> None:
    novu = FakeNovu(entry("a"))
    novu.hold(entry("a"), entry("foreign"))
    with pytest.raises(UnmanagedWorkflows):
        reach(novu, "a")
    assert novu.writes == []


def test_a_workflow_that_the_code_itself_declares_off_needs_no_second_request() -> None:
    novu = FakeNovu(entry("a", active=False))
    reach(novu)
    assert active(novu) == {"a": False}
    assert novu.writes == [SYNC]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_cannot_be_switched_off_is_named_and_no_fault_of_the_sync(status: int) -> None:
    class Refusing(FakeNovu):
        def _routed(self, request: httpx.Request) -> httpx.Response:
            return refusal(status, "Not now") if request.method == "PATCH" else super()._routed(request)

    novu = Refusing(entry("a"), entry("b"))
    with pytest.raises(SyncFailed, match="could not deactivate the workflow 'a', which may still be active: ") as fault:
        reach(novu, "a")
    assert "Not now" in fault.value.what
    assert novu.writes.count(SYNC) == 1
