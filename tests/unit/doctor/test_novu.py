"""Novu: unreachable, old, rate-limited, without the group `General`, near its limit of workflows."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from novu_provider.emulator.releases import RELEASES
from tests.contract.fake_bridge import FakeBridge, closed_port, html_response, step, workflow
from tests.engine.novu import Environment
from tests.intercepting_proxy import Request, Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.examination import Doctor, text


def test_a_novu_that_cannot_be_reached_is_told_and_the_bridge_still_looked_at(
    doctor: Doctor, bridge: FakeBridge
) -> None:
    with closed_port() as port:
        seen = doctor.examine(bridge.url, apiUrl=f"http://127.0.0.1:{port}")
    assert seen.failed == {"novu.reachable"}
    assert "novu:apiUrl" in seen["novu.reachable"].fix
    assert seen["bridge.discover"].status == "ok"
    assert seen["registration.url"].title == "not checked: `novu.reachable` comes first"


def test_another_server_in_novus_place_is_told(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.response = html_response()
    seen = doctor.examine(apiUrl=bridge.url.removesuffix("/api/novu"))
    assert seen.failed == {"novu.reachable"}
    assert "not a Novu API response" in seen["novu.reachable"].title


def test_an_api_url_that_cannot_be_used_makes_the_key_travel_nowhere(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url, apiUrl="http://api.novu.co")
    assert seen.failed == {"novu.reachable"}
    assert "Novu Cloud without TLS" in seen["novu.reachable"].title
    assert seen["bridge.discover"].status == "ok"


def test_a_missing_group_general_is_told(start: Start, bridge: FakeBridge) -> None:
    seen = start(general_group=False).examine(bridge.url)
    assert seen.failed == {"novu.group"}
    assert "no notification group 'General'" in seen["novu.group"].title
    assert "Notification group not found" in seen["novu.group"].cause


def test_a_rate_limit_that_others_use_up_warns(start: Start, bridge: FakeBridge) -> None:
    doctor = start(rate_limit=5, rate_limit_window=60)
    headers = {"Authorization": f"ApiKey {doctor.novu.development_key}"}
    with httpx.Client(base_url=doctor.novu.url, headers=headers, trust_env=False) as others:
        while others.get("/v1/environments/me").status_code != 429:
            pass
    del doctor.world["sleep"]  # A real Retry-After is waited for.
    seen = doctor.examine(bridge.url, retries="4")
    assert "novu.rate" not in seen.failed
    assert seen["novu.rate"].status == "warning"
    assert "of 300 requests were left" in text(seen["novu.rate"])


def test_a_rate_limit_that_stays_used_up_fails_what_it_refuses(doctor: Doctor, bridge: FakeBridge) -> None:
    refusal = Response(429, json.dumps({"message": "API rate limit exceeded"}).encode(), {"retry-after": "1"})
    with intercepting_proxy(doctor.novu.url) as limited:
        limited.respond = lambda request, _pass: refusal if "health-check" not in request.path else None
        seen = doctor.examine(bridge.url, apiUrl=limited.url)
    assert seen.failed == {"novu.rate"}
    assert "see `novu.rate`" in seen["key.known"].title
    assert "were refused with 429" in text(seen["novu.rate"])


def test_a_limit_of_workflows_that_is_near_warns(start: Start, bridge: FakeBridge) -> None:
    doctor = start(rate_limit=1000)
    bridge.workflows = [workflow(f"w-{number}") for number in range(17)]
    Environment(doctor.novu).sync(bridge.url)
    assert doctor.examine(bridge.url)["novu.limit"].status == "ok"
    bridge.workflows.append(workflow("one-more"))
    seen = doctor.examine(bridge.url)
    assert seen["novu.limit"].status == "warning"
    assert "17 workflows of about 20, 1 to be created" in seen["novu.limit"].title
    assert "a rename fails too" in seen["novu.limit"].cause


def test_without_a_plan_the_limit_is_novus_own(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.workflows = [workflow(f"w-{number:03}") for number in range(90)]
    seen = doctor.examine(bridge.url)
    assert seen["novu.limit"].status == "warning"
    assert "MAX_WORKFLOW_LIMIT_NUMBER" in text(seen["novu.limit"])


@pytest.mark.parametrize(
    ("release", "checked"),
    [("2024-10", False), ("2025-05", False), ("2025-08", True)],
)
def test_an_older_novu_is_told_with_what_is_not_checked(
    start: Start, bridge: FakeBridge, release: str, checked: bool
) -> None:
    doctor = start(**RELEASES[release])
    bridge.workflows.append(workflow("payment-failed", severity="high"))
    Environment(doctor.novu).sync(bridge.url)
    seen = doctor.examine(bridge.url)
    assert not seen.failed
    assert seen["novu.version"].status == "warning"
    assert RELEASES[release]["version"] in seen["novu.version"].title
    assert "severity" in text(seen["novu.version"])
    assert ("triggers" in text(seen["novu.version"])) is not checked
    skipped = {"registration.integrations", "triggering.preview"}
    assert seen.of("skipped") - {"bridge.key"} == (set() if checked else skipped)
    assert seen["registration.missing"].status == "ok"


def test_an_older_novu_shows_the_issues_of_steps_too(start: Start, bridge: FakeBridge) -> None:
    doctor = start(**RELEASES["2025-05"])
    controls = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    bridge.workflows[0] = workflow("welcome", steps=[step("mail", controls=controls)])
    Environment(doctor.novu).sync(bridge.url)
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"registration.issues"}
    assert "welcome / mail, control 'subject': Subject is required" in seen["registration.issues"].evidence


def test_one_that_looks_for_no_errors_is_told(doctor: Doctor, bridge: FakeBridge) -> None:
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
        seen = doctor.examine(bridge.url, apiUrl=running.url)
    assert not seen.failed
    assert "before 2025-01" in seen["registration.issues"].cause


def test_a_dashboard_workflow_of_an_older_novu_is_looked_up(start: Start, bridge: FakeBridge) -> None:
    doctor = start(**RELEASES["2025-05"])
    doctor.novu.create_dashboard_workflow(workflow_id="welcome")
    assert "registration.dashboard" in doctor.examine(bridge.url).failed


def test_a_health_check_that_a_proxy_keeps_to_itself_is_no_fault(doctor: Doctor, bridge: FakeBridge) -> None:
    with intercepting_proxy(doctor.novu.url) as proxy:
        proxy.respond = lambda request, _pass: Response(403) if request.path == "/v1/health-check" else None
        seen = doctor.examine(bridge.url, apiUrl=proxy.url)
    assert not seen.failed
    assert "does not say its version" in seen["novu.version"].title
