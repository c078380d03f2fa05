"""One sync applies the bridge's manifest: guards run before it, and a read back follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from novu_provider.errors import (
    AccessDenied,
    BridgeError,
    DashboardCollision,
    EmptyManifest,
    KeyRejected,
    ManifestError,
    ManifestMismatch,
    NotABridge,
    NovuError,
    ProtectedWorkflows,
    SyncFailed,
    TooManyDeletions,
    UnmanagedWorkflows,
)
from novu_provider.planning.guards import Guards
from novu_provider.planning.target import Snapshot, Target
from novu_provider.sync.synchronizer import Synchronizer
from tests.unit.clock import Clock
from tests.unit.documents import Document, entry, schema, step, stored
from tests.unit.fake_novu import (
    BRIDGE,
    KEY,
    FakeNovu,
    Fault,
    bad_gateway_after,
    dashboard_workflow,
    error_response,
    lose_request,
    lose_response,
)

SYNC = "POST /v1/bridge/sync"


def target(novu: FakeNovu, managed: tuple[str, ...] = (), **options: Any) -> Target:
    """Return the target for the bridge's current manifest."""
    return Target("env-1", BRIDGE, novu.manifest().digests, frozenset(managed), **options)


def apply(novu: FakeNovu, sync_target: Target | None = None, say: Callable[[str], None] = lambda _: None) -> Snapshot:
    clock = novu.clock
    return Synchronizer(novu.api(), novu.bridge(), say, clock.sleep, clock).apply(sync_target or target(novu))


def entries(*workflow_ids: str) -> list[Document]:
    return [entry(workflow_id) for workflow_id in workflow_ids]


def interrupted_sync(novu: FakeNovu, count: int) -> Fault:
    """Return a sync that registers some workflows and then returns 400."""

    def respond(process: Callable[[], httpx.Response]) -> httpx.Response:
        assert not isinstance(novu.bridge_workflows, httpx.Response)
        novu.store(*novu.bridge_workflows[:count], url=novu.bridge_url)
        return error_response(400, "Workflow steps limit exceeded.")

    return respond


# No difference, or one request.


def test_an_environment_that_equals_the_target_needs_no_write_and_no_discover() -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.store(*entries("b", "a"))
    snapshot = apply(novu)
    assert (novu.writes, novu.discover_count, len(novu.requests)) == ([], 0, 2)
    assert snapshot.digests == novu.manifest().digests


@pytest.mark.parametrize(
    "stored",
    [
        [],
        entries("a"),
        [entry("a", name="another"), entry("b")],
        [entry("a", step(controls=schema(subject={"default": "Hi"}))), entry("b")],
    ],
)
def test_any_difference_needs_one_sync(stored: list[Document]) -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.store(*stored)
    snapshot = apply(novu)
    assert novu.writes == [SYNC]
    assert snapshot.matches(novu.manifest().digests, BRIDGE)
    assert novu.workflow_ids == ["a", "b"]


def test_a_different_stored_url_needs_one_sync() -> None:
    novu = FakeNovu(*entries("a"))
    novu.store(*entries("a"), url="https://old.example.com")
    assert apply(novu).environment.bridge_url == BRIDGE
    assert novu.writes == [SYNC]


def test_a_declared_workflow_keeps_its_internal_id_and_a_removed_one_is_deleted() -> None:
    novu = FakeNovu(entry("a", name="A new name"), entry("renamed"))
    novu.store(*entries("a", "old"))
    snapshot = apply(novu, target(novu, managed=("a", "old")))
    assert {workflow.workflow_id: workflow.id for workflow in snapshot.workflows} == {"a": "id-1", "renamed": "id-3"}


def test_the_number_of_requests_depends_on_pages_and_not_on_workflows() -> None:
    def calls(count: int) -> int:
        novu = FakeNovu(*entries(*(f"w{number:03}" for number in range(count))))
        novu.limit = 1000
        apply(novu)
        return len(novu.requests)

    assert calls(1) == calls(100)
    assert calls(250) <= calls(100) + 5


def test_novu_receives_the_url_with_the_bypass_token_and_errors_hide_it() -> None:
    novu = FakeNovu(*entries("a"))
    sync_target = target(novu, bypass_token="sesame-open")
    assert apply(novu, sync_target).environment.bridge_url == f"{BRIDGE}?x-vercel-protection-bypass=sesame-open"
    novu.bridge_workflows = (entry("a", name="new"),)
    novu.faults.append(lambda process: error_response(400, "Bridge request timeout"))
    with pytest.raises(SyncFailed, match=f"bridge URL {BRIDGE}") as raised:
        apply(novu, target(novu, bypass_token="sesame-open"))
    assert "sesame-open" not in str(raised.value)


# Guards.


@pytest.mark.parametrize(
    ("stored", "managed", "guards", "error_type"),
    [
        (["a", "foreign"], ["a"], Guards(), UnmanagedWorkflows),
        (["a", "b"], ["a", "b"], Guards(protect=["b"]), ProtectedWorkflows),
        (["a", "b", "c", "d"], ["a", "b", "c", "d"], Guards(), TooManyDeletions),
        (["b"], ["b"], Guards(max_deletions=0), TooManyDeletions),
    ],
)
def test_a_guard_refuses_before_anything_is_written(
    stored: list[str], managed: list[str], guards: Guards, error_type: type[NovuError]
) -> None:
    novu = FakeNovu(*entries("a", "new"))
    novu.store(*entries(*stored))
    with pytest.raises(error_type):
        apply(novu, target(novu, managed=tuple(managed), guards=guards))
    assert (novu.writes, novu.workflow_ids) == ([], sorted(stored))


def test_a_bridge_without_workflows_deletes_nothing() -> None:
    novu = FakeNovu()
    novu.store(*entries("a"))
    with pytest.raises(EmptyManifest):
        apply(novu, target(novu, managed=("a",)))
    assert (novu.writes, novu.workflow_ids) == ([], ["a"])
    apply(novu, target(novu, managed=("a",), guards=Guards(allow_empty=True)))
    assert novu.workflow_ids == []


def test_a_workflow_does_not_take_over_the_id_of_a_dashboard_workflow() -> None:
    novu = FakeNovu(*entries("a"))
    novu.dashboard_workflows.append(dashboard_workflow("a"))
    with pytest.raises(DashboardCollision):
        apply(novu)
    assert novu.writes == []


def test_dashboard_workflows_do_not_change() -> None:
    novu = FakeNovu(*entries("a"))
    novu.dashboard_workflows.append(dashboard_workflow("other"))
    assert apply(novu).digests == novu.manifest().digests
    assert len(novu.dashboard_workflows) == 1


def test_the_guards_use_a_listing_from_after_the_wait_for_the_bridge() -> None:
    novu = FakeNovu(*entries("a"))
    sync_target = target(novu, wait_for_bridge=60)
    novu.bridge_workflows = ()

    def deploy_and_store() -> None:
        if novu.clock.waits and not novu.stored:
            novu.store(*entries("foreign"))
            novu.bridge_workflows = (entry("a"),)

    novu.after_each_request = deploy_and_store
    with pytest.raises(UnmanagedWorkflows):
        apply(novu, sync_target)
    assert novu.writes == []


# The bridge's manifest.


@pytest.mark.parametrize(
    ("served", "error_type", "words"),
    [
        ((entry("a", name="new"), entry("b")), ManifestMismatch, "changes 'a'"),
        ((entry("a"), entry("b"), entry("c")), ManifestMismatch, "adds 'c'"),
        ((entry("a"),), ManifestMismatch, "lacks 'b'"),
        ((), ManifestMismatch, "lacks 'a', 'b'"),
        (httpx.Response(200, html="<p>Login</p>"), NotABridge, "a web page"),
        (httpx.Response(200, json={"status": "ok"}), ManifestError, "no list `workflows`"),
    ],
)
def test_a_bridge_with_another_manifest_is_refused_and_nothing_is_written(
    served: Any, error_type: type[NovuError], words: str
) -> None:
    novu = FakeNovu(*entries("a", "b"))
    sync_target = target(novu)
    novu.bridge_workflows = served
    with pytest.raises(error_type, match=words):
        apply(novu, sync_target)
    assert (novu.writes, novu.clock.waits) == ([], [])


@pytest.mark.parametrize(
    "before",
    [
        (),
        (entry("a", name="old"),),
        httpx.Response(404),
        httpx.Response(200, html="<p>Starting</p>"),
        httpx.Response(200, json={"status": "starting"}),
    ],
)
def test_a_sync_waits_for_a_rollout_of_the_declared_manifest(before: Any) -> None:
    novu = FakeNovu(*entries("a"))
    sync_target = target(novu, wait_for_bridge=300)
    declared, novu.bridge_workflows = novu.bridge_workflows, before

    def rolled_out() -> None:
        if novu.clock.now >= 1030:
            novu.bridge_workflows = declared

    novu.after_each_request = rolled_out
    lines: list[str] = []
    assert apply(novu, sync_target, lines.append).digests == sync_target.declared
    assert novu.writes == [SYNC]
    assert max(novu.clock.waits) <= 2
    assert [line for line in lines if "waiting up to 300 s" in line] == lines[:1]


@pytest.mark.parametrize(
    "served",
    [
        httpx.Response(401, json={"message": "no", "code": "SignatureMismatchError"}),
        httpx.Response(401),
        httpx.Response(307, headers={"location": "https://login.example.com/"}),
        httpx.Response(400, json={"message": "no"}),
    ],
)
def test_a_sync_does_not_wait_for_what_time_does_not_cure(served: Any) -> None:
    novu = FakeNovu(*entries("a"))
    goal = target(novu, wait_for_bridge=300)
    novu.bridge_workflows = served
    lines: list[str] = []
    with pytest.raises(BridgeError):
        apply(novu, goal, lines.append)
    assert novu.writes == []
    assert novu.clock.now < 1010
    assert not [line for line in lines if "waiting up to" in line]


def test_a_rollout_that_takes_too_long_ends_with_the_difference() -> None:
    novu = FakeNovu(*entries("a"))
    sync_target = target(novu, wait_for_bridge=45)
    novu.bridge_workflows = (entry("a", name="old"),)
    with pytest.raises(ManifestMismatch, match="changes 'a'"):
        apply(novu, sync_target)
    assert novu.clock.now == pytest.approx(1045)
    assert novu.writes == []


# Lost responses.


@pytest.mark.parametrize("fault", [lose_response, bad_gateway_after])
def test_after_a_lost_response_the_environment_is_read(fault: Fault) -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.faults.append(fault)
    assert apply(novu).matches(novu.manifest().digests, BRIDGE)
    assert novu.writes == [SYNC]


def test_a_lost_sync_that_is_still_running_is_awaited() -> None:
    novu = FakeNovu(*entries("a", "b"))

    def slow(process: Callable[[], httpx.Response]) -> httpx.Response:
        ready = novu.clock.now + 2

        def finish_sync() -> None:
            if novu.clock.now >= ready:
                novu.sync()

        novu.after_each_request = finish_sync
        raise httpx.ReadTimeout("slow")

    novu.faults.append(slow)
    assert apply(novu).matches(novu.manifest().digests, BRIDGE)
    assert novu.writes == [SYNC]


def test_a_sync_that_never_arrived_is_sent_once_more() -> None:
    novu = FakeNovu(*entries("a"))
    novu.faults.append(lose_request)
    assert apply(novu).digests == novu.manifest().digests
    assert novu.writes == [SYNC, SYNC]
    first, second = (number for number, request in enumerate(novu.requests) if request.method == "POST")
    assert novu.requests[second - 1].url.host == "app.example.com"
    assert any(request.url.path == "/v1/workflows" for request in novu.requests[first:second])


def test_a_sync_that_is_lost_twice_fails_and_names_the_missing_workflows() -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.faults.extend([lose_request, lose_request])
    with pytest.raises(SyncFailed, match="missing 'a', 'b'; bridge URL none") as raised:
        apply(novu)
    assert "Connection refused" in raised.value.why
    assert novu.writes == [SYNC, SYNC]


def test_a_lost_sync_is_not_repeated_if_the_bridge_serves_a_login_page() -> None:
    novu = FakeNovu(entry("a", name="new"))
    novu.store(*entries("a"))
    sync_target = target(novu)

    def locked(process: Callable[[], httpx.Response]) -> httpx.Response:
        novu.bridge_workflows = httpx.Response(200, html="<p>Login</p>")
        return httpx.Response(502)

    novu.faults.append(locked)
    with pytest.raises(NotABridge):
        apply(novu, sync_target)
    assert (novu.writes, novu.workflow_ids) == ([SYNC], ["a"])


@pytest.mark.parametrize(("status", "error_type"), [(401, KeyRejected), (403, AccessDenied)])
def test_a_rejected_key_is_not_a_lost_response(status: int, error_type: type[NovuError]) -> None:
    novu = FakeNovu(*entries("a"))
    novu.faults.append(lambda process: error_response(status, f"no, {KEY}"))
    with pytest.raises(error_type) as refused:
        apply(novu)
    assert KEY not in str(refused.value)
    assert (novu.writes, novu.clock.waits) == ([SYNC], [])


# Refused syncs.


def test_a_refused_sync_names_novu_s_reason_and_the_stored_workflows() -> None:
    novu = FakeNovu(*entries("a", "b", "c"))
    novu.faults.append(interrupted_sync(novu, 2))
    with pytest.raises(SyncFailed, match=r"steps limit exceeded.*2 of the 3 .* declared: 'c'; .*URL none") as raised:
        apply(novu)
    assert raised.value.prop == "bridgeUrl"
    assert novu.writes == [SYNC]


def test_workflows_that_novu_registers_after_a_refusal_are_awaited_and_counted() -> None:
    novu = FakeNovu(*entries("a", "b", "c"))

    def respond(process: Callable[[], httpx.Response]) -> httpx.Response:
        ready = novu.clock.now + 0.6

        def register_workflows() -> None:
            if novu.clock.now >= ready:
                novu.store(*entries("a", "b"), url="")

        novu.after_each_request = register_workflows
        return error_response(400, "Payload too large")

    novu.faults.append(respond)
    with pytest.raises(SyncFailed, match=r"Payload too large .*2 of the 3 declared"):
        apply(novu)


@pytest.mark.parametrize(
    "fault",
    [lambda process: httpx.Response(201, json={"data": []}), lambda process: httpx.Response(201, json={"data": None})],
)
def test_a_successful_response_is_verified_by_a_read_back(fault: Fault) -> None:
    novu = FakeNovu(*entries("a"))
    novu.store(entry("a", name="old"))
    novu.faults.extend([fault, fault, fault])
    with pytest.raises(SyncFailed, match="differing 'a'"):
        apply(novu)


# The limit of workflows.


def test_at_the_limit_planned_deletions_go_first_and_the_sync_is_repeated() -> None:
    novu = FakeNovu(*entries("a", "b", "renamed"))
    novu.store(*entries("a", "b", "old"))
    novu.limit = 3
    lines: list[str] = []
    snapshot = apply(novu, target(novu, managed=("a", "b", "old")), lines.append)
    assert snapshot.digests == novu.manifest().digests
    assert novu.writes == [SYNC, "DELETE /v2/workflows/id-3", SYNC]
    assert any("deleting 'old' first" in line for line in lines)


def test_at_the_limit_without_planned_deletions_the_error_names_the_limit() -> None:
    novu = FakeNovu(*entries("a", "b", "c"))
    novu.store(*entries("a", "b"))
    novu.limit = 2
    with pytest.raises(SyncFailed, match="limit of workflows is reached: Workflow limit exceeded"):
        apply(novu)
    assert novu.writes == [SYNC]


def test_reaching_the_limit_again_after_deletions_is_an_error() -> None:
    novu = FakeNovu(*entries("a", "b", "c"))
    novu.store(*entries("old"))
    novu.limit = 1
    with pytest.raises(SyncFailed, match="Workflow limit exceeded"):
        apply(novu, target(novu, managed=("old",)))
    assert novu.writes == [SYNC, "DELETE /v2/workflows/id-1", SYNC]


def test_workflows_are_deleted_only_once_to_make_room() -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.store(*entries("old"))

    def limit_reached(process: Callable[[], httpx.Response]) -> httpx.Response:
        # Another client registers the old workflow repeatedly.
        novu.store(*entries("old"), url="")
        return error_response(400, "Workflow limit exceeded.")

    novu.faults.extend([limit_reached] * 5)
    with pytest.raises(SyncFailed, match="Workflow limit exceeded"):
        apply(novu, target(novu, managed=("old",)))
    assert novu.writes == [SYNC, "DELETE /v2/workflows/id-1", SYNC]


def test_a_lost_sync_after_deletions_is_read_back() -> None:
    novu = FakeNovu(*entries("a", "renamed"))
    novu.store(*entries("a", "old"))
    novu.limit = 2
    novu.faults.extend([lambda process: process(), lose_response])
    assert apply(novu, target(novu, managed=("a", "old"))).digests == novu.manifest().digests


# Two syncs at the same time.


def overlapping_sync(novu: FakeNovu, *workflow_ids: str, missing: tuple[str, ...] = ()) -> Fault:
    """Return a sync that overlaps with another one: some ids have a suffix, others are missing."""

    def respond(process: Callable[[], httpx.Response]) -> httpx.Response:
        response = process()
        novu.stored = {
            key: workflow
            for key, workflow in novu.stored.items()
            if workflow["triggers"][0]["identifier"] not in missing
        }
        for workflow_id in workflow_ids:
            novu.stored[f"stray-{workflow_id}"] = stored(entry(workflow_id), f"stray-{workflow_id}")
        return response

    return respond


def test_duplicates_of_two_syncs_are_deleted_and_the_sync_is_repeated_once() -> None:
    novu = FakeNovu(*entries("a", "a2"))
    novu.faults.append(overlapping_sync(novu, "a2-0c17ixyd", missing=("a2",)))
    snapshot = apply(novu)
    assert snapshot.digests == novu.manifest().digests
    assert novu.writes == [SYNC, "DELETE /v2/workflows/stray-a2-0c17ixyd", SYNC]


def test_a_second_sync_restores_missing_workflows() -> None:
    novu = FakeNovu(*entries("a", "b"))
    novu.faults.append(overlapping_sync(novu, missing=("a", "b")))
    assert apply(novu).digests == novu.manifest().digests
    assert novu.writes == [SYNC, SYNC]


def test_after_duplicates_the_sync_is_not_repeated_if_the_bridge_serves_a_login_page() -> None:
    novu = FakeNovu(*entries("a"))
    sync_target = target(novu)

    def locked(process: Callable[[], httpx.Response]) -> httpx.Response:
        response = overlapping_sync(novu, "a-0c17ixyd")(process)
        novu.bridge_workflows = httpx.Response(200, html="<p>Login</p>")
        return response

    novu.faults.append(locked)
    with pytest.raises(NotABridge):
        apply(novu, sync_target)
    assert (novu.writes.count(SYNC), novu.workflow_ids) == (1, ["a"])


def test_the_error_lists_duplicates_that_appear_again() -> None:
    novu = FakeNovu(*entries("a"))
    novu.faults.extend([overlapping_sync(novu, "a-0c17ixyd"), overlapping_sync(novu, "a-zzzzzzz1")])
    with pytest.raises(SyncFailed, match="left over 'a-zzzzzzz1'"):
        apply(novu)
    assert novu.writes.count(SYNC) == 2


def test_an_unmanaged_workflow_that_appears_during_the_sync_is_reported_and_not_deleted() -> None:
    novu = FakeNovu(*entries("a"))
    novu.faults.append(overlapping_sync(novu, "other-0c17ixyd", "foreign"))
    with pytest.raises(SyncFailed, match="left over 'foreign', 'other-0c17ixyd'"):
        apply(novu)
    assert novu.writes == [SYNC]


def test_a_declared_id_that_looks_like_a_duplicate_is_kept() -> None:
    novu = FakeNovu(*entries("order", "order-shipping"))
    assert apply(novu).digests == novu.manifest().digests
    assert novu.writes == [SYNC]


# Severity.


def test_a_put_before_the_sync_sets_the_severity_and_keeps_control_values() -> None:
    novu = FakeNovu(entry("a", severity="high"), entry("b"))
    novu.store(*entries("a", "b"))
    novu.control_values["id-1-send"] = {"subject": "Custom"}
    snapshot = apply(novu)
    assert novu.writes == ["PUT /v2/workflows/id-1", SYNC]
    assert snapshot.matches(novu.manifest().digests, BRIDGE)
    assert {workflow.workflow_id: workflow.registration.severity for workflow in snapshot.workflows} == {
        "a": "high",
        "b": "none",
    }
    assert novu.control_values["id-1-send"] == {"subject": "Custom"}


def test_a_new_workflow_gets_its_severity_from_the_sync() -> None:
    novu = FakeNovu(entry("a", severity="high"))
    apply(novu)
    assert novu.writes == [SYNC]


def test_a_guard_refuses_before_a_severity_is_set() -> None:
    novu = FakeNovu(entry("a", severity="high"))
    novu.store(*entries("a", "foreign"))
    with pytest.raises(UnmanagedWorkflows):
        apply(novu)
    assert novu.writes == []


def test_the_read_back_is_repeated_while_a_replica_lags() -> None:
    novu = FakeNovu(*entries("a"))

    def lagging_sync(process: Callable[[], httpx.Response]) -> httpx.Response:
        response, stored_workflows, url = process(), novu.stored, novu.bridge_url
        ready = novu.clock.now + 3
        novu.stored, novu.bridge_url = {}, ""

        def catch_up() -> None:
            if novu.clock.now >= ready:
                novu.stored, novu.bridge_url = stored_workflows, url

        novu.after_each_request = catch_up
        return response

    novu.faults.append(lagging_sync)
    assert apply(novu).digests == novu.manifest().digests
    assert novu.writes == [SYNC]


def test_a_snapshot_with_a_duplicate_id_does_not_match_the_target(clock: Clock) -> None:
    novu = FakeNovu(*entries("a"), clock=clock)
    novu.store(*entries("a"))
    novu.stored["id-9"] = stored(entry("a"), "id-9")
    snapshot = Synchronizer(novu.api(), novu.bridge(), sleep=clock.sleep, clock=clock).snapshot()
    assert snapshot.digests == novu.manifest().digests
    assert not snapshot.matches(novu.manifest().digests, BRIDGE)
