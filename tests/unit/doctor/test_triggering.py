"""Triggering: Novu calls the stored bridge for a step of each workflow; where it gets nothing, the reason is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.intercepting_proxy import Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.examination import Doctor, Seen, text

pytestmark = pytest.mark.node

Serve = Callable[..., str]
Sync = Callable[..., str]


def _by_workflow(seen: Seen) -> dict[str | None, str]:
    return {one.workflow: one.status for one in seen.all("triggering.preview")}


def test_each_workflow_is_tried_by_a_request_of_novu_itself(
    doctor: Doctor, serve: Serve, synced: Sync, bridges: BridgeProcess, request: pytest.FixtureRequest
) -> None:
    url = synced(serve(*specs.shop(3)))
    bridges.clear_requests(request.node.name)
    seen = doctor.examine(url)
    assert _by_workflow(seen) == dict.fromkeys(
        ("cart-reminder-0003", "order-confirmed-0001", "order-shipped-0002"), "ok"
    )
    previews = [one for one in bridges.requests(request.node.name) if one["action"] == "preview"]
    assert len(previews) == 3
    assert {one["userAgent"] for one in previews} == {"novu-safe-outbound/1.0"}
    assert all(one["signed"] for one in previews)


def test_only_the_chosen_workflows_are_tried(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve(*specs.shop(3)))
    seen = doctor.examine(url, workflows=("order-shipped-0002", "no-such-workflow"))
    assert _by_workflow(seen) == {"no-such-workflow": "failed", "order-shipped-0002": "ok"}
    assert "Novu holds no code-first workflow of this id" in seen.all("triggering.preview")[0].title


def test_a_channel_step_is_taken_and_none_is_said(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    waiting = specs.workflow("waiting", steps=[specs.step("wait", "delay"), specs.step("mail", "email")])
    silent = specs.workflow("silent", steps=[specs.step("wait", "delay")])
    seen = doctor.examine(synced(serve(waiting, silent)))
    assert _by_workflow(seen) == {"silent": "skipped", "waiting": "ok"}
    assert "the step 'mail'" in seen.all("triggering.preview")[1].title


def test_a_sync_that_succeeded_and_triggers_that_fail_are_told_apart(
    doctor: Doctor, serve: Serve, synced: Sync, bridges: BridgeProcess, request: pytest.FixtureRequest
) -> None:
    """The stored URL is a deployment that is gone; the wanted one is well."""
    gone, here = serve(name="-gone"), serve()
    synced(gone)
    bridges.delete(f"{request.node.name}-gone")
    seen = doctor.examine(here)
    assert seen.failed == {"registration.url", "triggering.preview"}
    (first, second) = seen.all("triggering.preview")
    assert first.workflow == "order-confirmed-0001"
    assert "a trigger would fail: Novu does not get the step 'receipt'" in first.title
    assert "returned 404" in text(first)
    assert gone in text(first)
    assert second.status == "failed"


def test_a_key_that_was_changed_after_the_sync_fails_triggers(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    synced(serve())
    seen = doctor.examine(serve(key=doctor.novu.production_key))
    assert seen.failed == {"bridge.key", "triggering.preview"}
    assert "key of another environment" in seen.all("triggering.preview")[0].cause


def test_a_deployment_that_lost_a_workflow_fails_its_triggers(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve(*specs.shop(3)))
    serve(*specs.shop(2))
    seen = doctor.examine(url)
    assert _by_workflow(seen) == {
        "cart-reminder-0003": "failed",
        "order-confirmed-0001": "ok",
        "order-shipped-0002": "ok",
    }
    assert "does not serve this workflow" in seen.all("triggering.preview")[0].cause


def test_a_deployment_that_lost_a_step_fails_its_triggers(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve(specs.workflow("a", steps=[specs.step("old", "email"), specs.step("mail", "email")])))
    serve(specs.workflow("a", steps=[specs.step("mail", "email")]))
    (found,) = doctor.examine(url).all("triggering.preview")
    assert "without the step 'old'" in found.cause


def test_a_step_that_fails_is_told_by_elimination(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve(specs.workflow("a")))
    serve(specs.workflow("a"), fault={"status": 500, "body": {"message": "no template"}, "actions": ["preview"]})
    seen = doctor.examine(url)
    assert seen.failed == {"triggering.preview"}
    assert "the step's function fails" in seen["triggering.preview"].cause
    assert "action=preview" in seen["triggering.preview"].fix


def test_after_three_failures_in_a_row_the_others_are_not_tried(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve(*specs.shop(5)))
    serve(*specs.shop(5), fault={"status": 500, "actions": ["preview"]})
    found = doctor.examine(url).all("triggering.preview")
    assert [one.status for one in found] == ["failed", "failed", "failed", "skipped"]
    assert "the other 2 workflows were not tried" in found[-1].title


def test_a_key_that_may_preview_nothing_is_told(doctor: Doctor, serve: Serve, synced: Sync) -> None:
    url = synced(serve())
    refusal = Response(403, json.dumps({"message": "Insufficient permissions"}).encode())
    with intercepting_proxy(doctor.novu.url) as guard:
        guard.respond = lambda request, _pass: refusal if request.path.endswith("/preview") else None
        seen = doctor.examine(url, apiUrl=guard.url)
    assert _by_workflow(seen) == {"order-confirmed-0001": "failed", "order-shipped-0002": "failed"}
    assert "denied the request" in seen.all("triggering.preview")[0].title


def test_a_novu_that_opens_no_preview_to_keys_is_told(start: Start, serve: Serve, synced: Sync, doctor: Doctor) -> None:
    url = synced(serve())
    refusal = Response(401, json.dumps({"message": "API endpoint not accessible"}).encode())
    with intercepting_proxy(doctor.novu.url) as older:
        older.respond = lambda request, _pass: refusal if request.path.endswith("/preview") else None
        seen = doctor.examine(url, apiUrl=older.url)
    assert not seen.failed
    assert set(_by_workflow(seen).values()) == {"skipped"}
    assert "before 2026-03" in seen.all("triggering.preview")[0].cause
