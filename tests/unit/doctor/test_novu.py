"""Novu: unreachable, old, rate-limited, without the group `General`, near its limit of workflows."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from novu_provider.emulator.releases import RELEASES
from tests.contract.fake_bridge import (
    BridgeResponse,
    FakeBridge,
    closed_port,
    html_response,
    json_response,
    step,
    workflow,
)
from tests.engine.novu import Environment
from tests.intercepting_proxy import Request, Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.harness import Doctor, text


def test_an_unreachable_novu_is_reported_and_the_bridge_is_still_checked(doctor: Doctor, bridge: FakeBridge) -> None:
    with closed_port() as port:
        diagnosis = doctor.diagnose(bridge.url, apiUrl=f"http://127.0.0.1:{port}")
    assert diagnosis.failed == {"novu.reachable"}
    assert "novu:apiUrl" in diagnosis["novu.reachable"].fix
    assert diagnosis["bridge.discover"].status == "ok"
    assert diagnosis["registration.url"].title == "not checked: depends on `novu.reachable`"


def test_another_server_instead_of_novu_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.response = html_response()
    diagnosis = doctor.diagnose(apiUrl=bridge.url.removesuffix("/api/novu"))
    assert diagnosis.failed == {"novu.reachable"}
    assert "not a Novu API response" in diagnosis["novu.reachable"].title


@pytest.mark.parametrize(
    "response",
    [
        json_response({"message": "Cannot GET /v1/health-check", "statusCode": 404}, 404),
        json_response({"data": {"hello": "world"}}),
        json_response({"error": "no such route"}, 400),
    ],
    ids=["404", "other JSON", "400"],
)
@pytest.mark.parametrize("key", [None, ""])
def test_a_server_that_is_not_novu_is_reported(
    doctor: Doctor, bridge: FakeBridge, response: BridgeResponse, key: str | None
) -> None:
    bridge.response = response
    diagnosis = doctor.diagnose(key=key, apiUrl=bridge.url.removesuffix("/api/novu"))
    assert "novu.reachable" in diagnosis.failed
    assert "is not Novu's API" in diagnosis["novu.reachable"].title
    assert "novu:apiUrl" in diagnosis["novu.reachable"].fix
    assert diagnosis.report.root_cause == "novu.reachable"


def test_an_api_url_with_a_version_is_accepted(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, apiUrl=f"{doctor.novu.url}/v1")
    assert diagnosis["novu.reachable"].status == "ok"
    assert diagnosis["key.known"].status == "ok"


def test_an_api_url_with_another_path_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, apiUrl=f"{doctor.novu.url}/api")
    assert diagnosis.failed == {"novu.reachable"}
    assert "is not Novu's API" in diagnosis["novu.reachable"].title


def test_the_address_of_the_dashboard_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, apiUrl="https://dashboard.novu.co")
    assert diagnosis.failed == {"novu.reachable"}
    assert "dashboard" in text(diagnosis["novu.reachable"])


def test_the_key_is_not_sent_to_an_invalid_api_url(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, apiUrl="http://api.novu.co")
    assert diagnosis.failed == {"novu.reachable"}
    assert "Novu Cloud without TLS" in diagnosis["novu.reachable"].title
    assert diagnosis["bridge.discover"].status == "ok"


def test_a_missing_group_general_is_reported(start: Start, bridge: FakeBridge) -> None:
    diagnosis = start(general_group=False).diagnose(bridge.url)
    assert diagnosis.failed == {"novu.group"}
    assert "no notification group 'General'" in diagnosis["novu.group"].title
    assert "Notification group not found" in diagnosis["novu.group"].cause


def test_a_rate_limit_that_others_use_up_is_a_warning(start: Start, bridge: FakeBridge) -> None:
    doctor = start(rate_limit=5, rate_limit_window=60)
    headers = {"Authorization": f"ApiKey {doctor.novu.development_key}"}
    with httpx.Client(base_url=doctor.novu.url, headers=headers, trust_env=False) as others:
        while others.get("/v1/environments/me").status_code != 429:
            pass
    del doctor.system["sleep"]  # A real Retry-After is waited for.
    diagnosis = doctor.diagnose(bridge.url, retries="4")
    assert "novu.rate" not in diagnosis.failed
    assert diagnosis["novu.rate"].status == "warning"
    assert "of 300 requests were left" in text(diagnosis["novu.rate"])


def test_an_exhausted_rate_limit_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    refusal = Response(429, json.dumps({"message": "API rate limit exceeded"}).encode(), {"retry-after": "1"})
    with intercepting_proxy(doctor.novu.url) as limited:
        limited.respond = lambda request, _forward: refusal if "health-check" not in request.path else None
        diagnosis = doctor.diagnose(bridge.url, apiUrl=limited.url)
    assert diagnosis.failed == {"novu.rate"}
    assert "see `novu.rate`" in diagnosis["key.known"].title
    assert "requests with 429" in text(diagnosis["novu.rate"])


def test_a_number_of_workflows_near_the_limit_is_a_warning(start: Start, bridge: FakeBridge) -> None:
    doctor = start(rate_limit=1000)
    bridge.workflows = [workflow(f"w-{number}") for number in range(17)]
    Environment(doctor.novu).sync(bridge.url)
    assert doctor.diagnose(bridge.url)["novu.limit"].status == "ok"
    bridge.workflows.append(workflow("one-more"))
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis["novu.limit"].status == "warning"
    assert "17 workflows of about 20, 1 to create" in diagnosis["novu.limit"].title
    assert "a rename fails too" in diagnosis["novu.limit"].cause


def test_without_a_plan_novus_default_limit_is_used(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.workflows = [workflow(f"w-{number:03}") for number in range(90)]
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis["novu.limit"].status == "warning"
    assert "MAX_WORKFLOW_LIMIT_NUMBER" in text(diagnosis["novu.limit"])


@pytest.mark.parametrize(
    ("release", "checked"),
    [("2024-10", False), ("2025-05", False), ("2025-08", True)],
)
def test_an_older_novu_is_reported_with_the_unchecked_features(
    start: Start, bridge: FakeBridge, release: str, checked: bool
) -> None:
    doctor = start(**RELEASES[release])
    bridge.workflows.append(workflow("payment-failed", severity="high"))
    Environment(doctor.novu).sync(bridge.url)
    diagnosis = doctor.diagnose(bridge.url)
    assert not diagnosis.failed
    assert diagnosis["novu.version"].status == "warning"
    assert RELEASES[release]["version"] in diagnosis["novu.version"].title
    assert "severity" in text(diagnosis["novu.version"])
    assert ("triggers" in text(diagnosis["novu.version"])) is not checked
    skipped = {"triggering.preview"}
    assert diagnosis.with_status("skipped") - {"bridge.key"} == (set() if checked else skipped)
    assert diagnosis["registration.missing"].status == "ok"


def test_an_older_novu_shows_the_issues_of_steps_too(start: Start, bridge: FakeBridge) -> None:
    doctor = start(**RELEASES["2025-05"])
    controls = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    bridge.workflows[0] = workflow("welcome", steps=[step("mail", controls=controls)])
    Environment(doctor.novu).sync(bridge.url)
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"registration.issues"}
    assert "welcome / mail, control 'subject': Subject is required" in diagnosis["registration.issues"].evidence


def test_a_novu_without_issues_of_workflows_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    Environment(doctor.novu).sync(bridge.url)

    def older(request: Request, through: Callable[[], Response]) -> Response | None:
        if request.path.startswith("/v2/"):
            return Response(401, json.dumps({"message": "API endpoint not accessible"}).encode())
        if not request.path.startswith("/v1/workflows/"):
            return None
        answer = through()
        document = json.loads(answer.body)
        del document["data"]["status"]
        return Response(answer.status, json.dumps(document).encode(), answer.headers)

    with intercepting_proxy(doctor.novu.url) as running:
        running.respond = older
        diagnosis = doctor.diagnose(bridge.url, apiUrl=running.url)
    assert not diagnosis.failed
    assert "before 2025-01" in diagnosis["registration.issues"].cause


def test_a_dashboard_workflow_of_an_older_novu_is_looked_up(start: Start, bridge: FakeBridge) -> None:
    doctor = start(**RELEASES["2025-05"])
    doctor.novu.create_dashboard_workflow(workflow_id="welcome")
    assert "registration.dashboard" in doctor.diagnose(bridge.url).failed


def test_a_blocked_health_check_is_no_problem(doctor: Doctor, bridge: FakeBridge) -> None:
    with intercepting_proxy(doctor.novu.url) as proxy:
        proxy.respond = lambda request, _forward: Response(403) if request.path == "/v1/health-check" else None
        diagnosis = doctor.diagnose(bridge.url, apiUrl=proxy.url)
    assert not diagnosis.failed
    assert "its version is unknown" in diagnosis["novu.version"].title
