"""Triggers: Novu calls the stored bridge for a step of each workflow. If that fails, the doctor reports the cause."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.intercepting_proxy import Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.harness import Diagnosis, Doctor, text

pytestmark = pytest.mark.node

Serve = Callable[..., str]
Sync = Callable[..., str]


def _by_workflow(diagnosis: Diagnosis) -> dict[str | None, str]:
    return {finding.workflow: finding.status for finding in diagnosis.all("triggering.preview")}


def test_novu_itself_requests_a_step_of_each_workflow(
    doctor: Doctor, serve: Serve, sync: Sync, bridges: BridgeProcess, request: pytest.FixtureRequest
) -> None:
    url = sync(serve(*specs.shop(3)))
    bridges.clear_requests(request.node.name)
    diagnosis = doctor.diagnose(url)
    assert _by_workflow(diagnosis) == dict.fromkeys(
        ("cart-reminder-0003", "order-confirmed-0001", "order-shipped-0002"), "ok"
    )
    previews = [record for record in bridges.requests(request.node.name) if record["action"] == "preview"]
    assert len(previews) == 3
    assert {record["userAgent"] for record in previews} == {"novu-safe-outbound/1.0"}
    assert all(record["signed"] for record in previews)


def test_only_the_selected_workflows_are_tried(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve(*specs.shop(3)))
    diagnosis = doctor.diagnose(url, workflows=("order-shipped-0002", "no-such-workflow"))
    assert _by_workflow(diagnosis) == {"no-such-workflow": "failed", "order-shipped-0002": "ok"}
    assert "Novu stores no code-first workflow with this id" in diagnosis.all("triggering.preview")[0].title


def test_a_channel_step_is_tried_and_a_workflow_without_one_is_skipped(
    doctor: Doctor, serve: Serve, sync: Sync
) -> None:
    with_channel_step = specs.workflow("waiting", steps=[specs.step("wait", "delay"), specs.step("mail", "email")])
    without_channel_step = specs.workflow("silent", steps=[specs.step("wait", "delay")])
    diagnosis = doctor.diagnose(sync(serve(with_channel_step, without_channel_step)))
    assert _by_workflow(diagnosis) == {"silent": "skipped", "waiting": "ok"}
    assert "the step 'mail'" in diagnosis.all("triggering.preview")[1].title


def test_triggers_fail_after_a_successful_sync_if_the_stored_deployment_is_gone(
    doctor: Doctor, serve: Serve, sync: Sync, bridges: BridgeProcess, request: pytest.FixtureRequest
) -> None:
    """The stored URL is a deployment that no longer exists. The configured one is healthy."""
    gone, here = serve(name="-gone"), serve()
    sync(gone)
    bridges.delete(f"{request.node.name}-gone")
    diagnosis = doctor.diagnose(here)
    assert diagnosis.failed == {"registration.url", "triggering.preview"}
    (first, second) = diagnosis.all("triggering.preview")
    assert first.workflow == "order-confirmed-0001"
    assert "a trigger would fail: Novu cannot get the step 'receipt'" in first.title
    assert "returned 404" in text(first)
    assert gone in text(first)
    assert second.status == "failed"


def test_a_key_that_was_changed_after_the_sync_fails_triggers(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    sync(serve())
    diagnosis = doctor.diagnose(serve(key=doctor.novu.production_key))
    assert diagnosis.failed == {"bridge.key", "triggering.preview"}
    assert "key of another environment" in diagnosis.all("triggering.preview")[0].cause


def test_a_deployment_that_lost_a_workflow_fails_its_triggers(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve(*specs.shop(3)))
    serve(*specs.shop(2))
    diagnosis = doctor.diagnose(url)
    assert _by_workflow(diagnosis) == {
        "cart-reminder-0003": "failed",
        "order-confirmed-0001": "ok",
        "order-shipped-0002": "ok",
    }
    assert "does not serve this workflow" in diagnosis.all("triggering.preview")[0].cause


def test_a_deployment_that_lost_a_step_fails_its_triggers(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve(specs.workflow("a", steps=[specs.step("old", "email"), specs.step("mail", "email")])))
    serve(specs.workflow("a", steps=[specs.step("mail", "email")]))
    (finding,) = doctor.diagnose(url).all("triggering.preview")
    assert "without the step 'old'" in finding.cause


def test_a_failing_step_is_reported_if_nothing_else_is_wrong(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve(specs.workflow("a")))
    serve(specs.workflow("a"), fault={"status": 500, "body": {"message": "no template"}, "actions": ["preview"]})
    diagnosis = doctor.diagnose(url)
    assert diagnosis.failed == {"triggering.preview"}
    assert "the step's function fails" in diagnosis["triggering.preview"].cause
    assert "action=preview" in diagnosis["triggering.preview"].fix


def test_every_workflow_is_tried_if_the_bridge_itself_is_healthy(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve(*specs.shop(5)))
    serve(*specs.shop(5), fault={"status": 500, "actions": ["preview"]})
    findings = doctor.diagnose(url).all("triggering.preview")
    assert [finding.status for finding in findings] == ["failed"] * 5


def test_after_three_failures_of_the_bridge_the_other_workflows_are_not_tried(
    doctor: Doctor, serve: Serve, sync: Sync
) -> None:
    url = sync(serve(*specs.shop(5)))
    serve(*specs.shop(5), fault={"status": 500})
    findings = doctor.diagnose(url).all("triggering.preview")
    assert [finding.status for finding in findings] == ["failed", "failed", "failed", "skipped"]
    assert "the other 2 were not tried" in findings[-1].title


_STRICT = specs.schema(
    url={"type": "string", "format": "uri"},
    isbn={"type": "string", "pattern": r"^97[89]\d{10}$"},
    required=["url", "isbn"],
)


def test_the_payload_of_a_preview_is_valid_against_the_schema(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    diagnosis = doctor.diagnose(sync(serve(specs.workflow("strict", payloadSchema=_STRICT))))
    assert _by_workflow(diagnosis) == {"strict": "ok"}


def test_a_schema_without_a_valid_payload_is_reported_as_skipped(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    impossible_schema = specs.schema(name={"type": "string", "pattern": "^x$", "minLength": 5}, required=["name"])
    diagnosis = doctor.diagnose(sync(serve(specs.workflow("impossible", payloadSchema=impossible_schema))))
    assert _by_workflow(diagnosis) == {"impossible": "skipped"}
    assert "valid against the payload schema" in diagnosis["triggering.preview"].title


def test_a_key_without_permission_for_previews_is_reported(doctor: Doctor, serve: Serve, sync: Sync) -> None:
    url = sync(serve())
    refusal = Response(403, json.dumps({"message": "Insufficient permissions"}).encode())
    with intercepting_proxy(doctor.novu.url) as guard:
        guard.respond = lambda request, _forward: refusal if request.path.endswith("/preview") else None
        diagnosis = doctor.diagnose(url, apiUrl=guard.url)
    assert _by_workflow(diagnosis) == {"order-confirmed-0001": "failed", "order-shipped-0002": "failed"}
    assert "denied the request" in diagnosis.all("triggering.preview")[0].title


def test_a_novu_that_does_not_open_previews_to_keys_is_reported(
    start: Start, serve: Serve, sync: Sync, doctor: Doctor
) -> None:
    url = sync(serve())
    refusal = Response(401, json.dumps({"message": "API endpoint not accessible"}).encode())
    with intercepting_proxy(doctor.novu.url) as older:
        older.respond = lambda request, _forward: refusal if request.path.endswith("/preview") else None
        diagnosis = doctor.diagnose(url, apiUrl=older.url)
    assert not diagnosis.failed
    assert set(_by_workflow(diagnosis).values()) == {"skipped"}
    assert "before 2026-03" in diagnosis.all("triggering.preview")[0].cause
