"""A Novu from before 2025-09: a refused feature is replaced, remembered, and reported once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from novu_provider.errors import AccessDenied, EndpointClosed, KeyRejected, NovuUnreachable, RequestRefused
from novu_provider.model.environment import WorkflowSummary
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides
from novu_provider.settings import Settings
from novu_provider.sync.rename_carryover import DashboardSettings, apply_settings
from tests.unit.clock import Clock
from tests.unit.documents import Document, entry, schema, step, stored

CLOSED = httpx.Response(401, json={"statusCode": 401, "message": "API endpoint not accessible"})


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message})


class OldNovu(httpx.MockTransport):
    """A server with closed newer endpoints. ``routes`` are responses to further requests."""

    def __init__(self, *documents: Document, **routes: Callable[[], httpx.Response] | httpx.Response) -> None:
        super().__init__(self._respond)
        self.stored = list(documents)
        self.requests: list[str] = []
        self.routes: dict[str, Any] = {key.replace("_", " ", 1): response for key, response in routes.items()}
        self.version: httpx.Response | None = httpx.Response(
            200, json={"data": {"details": {"apiVersion": {"version": "2.0.0"}}}}
        )

    def api(self, clock: Clock, report: Callable[[str], None] = lambda _: None) -> NovuApi:
        values = {"secretKey": "d0d0d0d0000000000000000000000001", "apiUrl": "https://novu.example.com"}
        return NovuApi(Settings.read(values.get, {}), self, clock.sleep, report)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.requests.append(f"{request.method} {path}")
        if self.requests[-1] in self.routes:
            route = self.routes[self.requests[-1]]
            return route if isinstance(route, httpx.Response) else route()
        if path == "/v1/health-check" and self.version is not None:
            return self.version
        if path.startswith("/v2/"):
            return CLOSED
        if path == "/v1/workflows":
            # Without dashboard workflows, as in 2024-11.
            rows = [document for document in self.stored if document["origin"] != "novu-cloud"]
            return httpx.Response(200, json={"data": rows, "totalCount": len(rows)})
        return self._workflow_response(request)

    def _workflow_response(self, request: httpx.Request) -> httpx.Response:
        name = re.sub(r".*/", "", request.url.path)
        matching = [
            document for document in self.stored if name in (document["_id"], document["triggers"][0]["identifier"])
        ]
        if not matching and request.method == "DELETE":
            return refusal(400, f"Could not find workflow with id {name}")
        if not matching:
            return refusal(404, f"Template with id {name} not found")
        if request.method == "DELETE":
            self.stored.remove(matching[0])
            return httpx.Response(200, json={"data": True})
        return httpx.Response(200, json={"data": matching[0]})


def old_document(workflow_id: str, internal_id: str, severity: str = "none", **changes: Any) -> Document:
    """Return a document as a server without severities stores it."""
    document = stored(entry(workflow_id, severity=severity), internal_id) | changes
    del document["severity"]
    return document


def test_ids_that_the_listing_does_not_contain_are_requested_individually(clock: Clock) -> None:
    novu = OldNovu(
        old_document("a", "1"),
        old_document("taken", "2", origin="novu-cloud"),
        old_document("classic", "3", type="REGULAR"),
    )
    summaries = novu.api(clock).workflow_summaries(["a", "taken", "new"])
    assert summaries == [
        WorkflowSummary("1", "a", "external"),
        WorkflowSummary("3", "classic", "novu-cloud-v1"),
        WorkflowSummary("2", "taken", "novu-cloud"),
    ]
    assert novu.requests == [
        "GET /v2/workflows",
        "GET /v1/workflows",
        "GET /v1/workflows/new",
        "GET /v1/workflows/taken",
    ]


def test_a_refused_endpoint_is_not_requested_again(clock: Clock) -> None:
    novu = OldNovu(old_document("a", "1"))
    api = novu.api(clock)
    api.workflow_summaries()
    api.workflow_summaries()
    assert api.delete_workflow("1") is True
    assert novu.requests == ["GET /v2/workflows", "GET /v1/workflows", "GET /v1/workflows", "DELETE /v1/workflows/1"]


def test_the_older_endpoint_deletes_workflows(clock: Clock) -> None:
    novu = OldNovu(old_document("a", "1"))
    api = novu.api(clock)
    assert api.delete_workflow("1") is True
    assert api.delete_workflow("1") is False
    assert novu.stored == []
    assert novu.requests == ["DELETE /v2/workflows/1", "DELETE /v1/workflows/1", "DELETE /v1/workflows/1"]


def test_the_oldest_server_crashes_on_a_deletion_although_its_listing_is_closed(clock: Clock) -> None:
    novu = OldNovu(old_document("a", "1"), **{"DELETE_/v2/workflows/1": refusal(500, "Internal server error")})
    assert novu.api(clock).delete_workflow("1") is True
    assert novu.requests[-2:] == ["GET /v2/workflows", "DELETE /v1/workflows/1"]


def test_a_failing_server_is_not_treated_as_an_old_one(clock: Clock) -> None:
    listing = httpx.Response(200, json={"data": {"workflows": [], "totalCount": 0}})
    for status in (500, 503):
        novu = OldNovu(
            **{"DELETE_/v2/workflows/1": refusal(status, "Internal server error"), "GET_/v2/workflows": listing}
        )
        with pytest.raises(NovuUnreachable):
            novu.api(clock).delete_workflow("1")
        assert "DELETE /v1/workflows/1" not in novu.requests


def test_a_refused_deletion_in_an_environment_with_a_parent_has_a_fix(clock: Clock) -> None:
    guard = refusal(401, "This action is only allowed in Development environment")
    novu = OldNovu(old_document("a", "1"), **{"DELETE_/v1/workflows/1": guard})
    with pytest.raises(AccessDenied, match="only in Development") as refused:
        novu.api(clock).delete_workflow("1")
    assert "novu:allowEmpty" in refused.value.fix


def test_an_invalid_key_is_reported_although_the_closed_endpoint_is_requested_first(clock: Clock) -> None:
    invalid_key = refusal(401, "API Key not found")
    novu = OldNovu(**{"GET_/v1/workflows": invalid_key})
    with pytest.raises(KeyRejected):
        novu.api(clock).workflow_summaries(["a"])
    novu = OldNovu(**{"GET_/v2/workflows": invalid_key})
    with pytest.raises(KeyRejected):
        novu.api(clock).workflow_summaries(["a"])
    assert novu.requests == ["GET /v2/workflows"]


def test_a_failed_request_for_an_id_does_not_mean_that_the_id_is_free(clock: Clock) -> None:
    novu = OldNovu(**{"GET_/v1/workflows/a": refusal(422, "Validation Error")})
    with pytest.raises(RequestRefused):
        novu.api(clock).workflow_summaries(["a"])


def test_without_severities_the_last_declared_severity_is_used(clock: Clock) -> None:
    reports: list[str] = []
    novu = OldNovu(old_document("a", "1", "high"), old_document("b", "2"))
    api = novu.api(clock, reports.append)
    assert [workflow.registration.severity for workflow in api.stored_workflows()] == ["high", "none"]
    assert [workflow.registration.severity for workflow in api.stored_workflows()] == ["high", "none"]
    assert novu.requests == [
        "GET /v1/workflows",
        "GET /v2/workflows/1",
        "GET /v1/health-check",
        "GET /v1/workflows",
    ]
    (line,) = reports
    assert line == (
        "Novu 2.0.0 is older than 2025-09: it has no severities. "
        "The severities in the code are recorded, but have no effect."
    )
    assert list(api.capabilities.warnings) == reports


def test_without_declared_severities_nothing_is_requested_or_reported(clock: Clock) -> None:
    reports: list[str] = []
    novu = OldNovu(old_document("a", "1"), old_document("b", "2"))
    assert len(novu.api(clock, reports.append).stored_workflows()) == 2
    assert (novu.requests, reports) == (["GET /v1/workflows"], [])


def test_an_updated_server_has_severities_although_its_old_workflows_have_none(clock: Clock) -> None:
    response = httpx.Response(200, json={"data": {"_id": "1", "workflowId": "a", "severity": "none"}})
    novu = OldNovu(old_document("a", "1", "high"), **{"GET_/v2/workflows/1": response})
    assert [workflow.registration.severity for workflow in novu.api(clock).stored_workflows()] == ["none"]
    newer_document = stored(entry("b", severity="low"), "2")
    novu = OldNovu(old_document("a", "1", "high"), newer_document)
    assert [workflow.registration.severity for workflow in novu.api(clock).stored_workflows()] == ["none", "low"]
    assert novu.requests == ["GET /v1/workflows"]


def test_a_server_of_summer_2025_opens_v2_and_has_no_severities(clock: Clock) -> None:
    response = httpx.Response(200, json={"data": {"_id": "1", "workflowId": "a"}})
    novu = OldNovu(old_document("a", "1", "high"), **{"GET_/v2/workflows/1": response})
    assert [workflow.registration.severity for workflow in novu.api(clock).stored_workflows()] == ["high"]


@pytest.mark.parametrize(
    "version", [refusal(404, "Cannot GET /v1/health-check"), httpx.Response(200, json={"data": None}), None]
)
def test_a_missing_version_is_omitted_from_the_warning(clock: Clock, version: httpx.Response | None) -> None:
    reports: list[str] = []
    novu = OldNovu(old_document("a", "1", "high"))
    novu.version = version
    novu.api(clock, reports.append).stored_workflows()
    assert reports[0].startswith("this Novu is older than 2025-09: ")


def test_the_bridge_url_cannot_be_set_without_a_sync(clock: Clock) -> None:
    novu = OldNovu(**{"PUT_/v1/environments/e1": CLOSED})
    with pytest.raises(EndpointClosed):
        novu.api(clock).set_bridge_url("e1", "")


def test_the_older_endpoint_sets_the_activation_and_no_other_flag(clock: Clock) -> None:
    deactivated = httpx.Response(200, json={"data": {"_id": "1", "active": False}})
    novu = OldNovu(old_document("a", "1"), **{"PUT_/v1/workflows/1/status": deactivated})
    assert novu.api(clock).patch_workflow("1", {"active": False}) == {"active": False}
    assert novu.requests == ["PATCH /v2/workflows/1", "PUT /v1/workflows/1/status"]
    with pytest.raises(EndpointClosed, match="does not open PATCH"):
        novu.api(clock).patch_workflow("1", {"validatePayload": True})


def test_an_activation_with_a_lost_response_is_repeated(clock: Clock) -> None:
    responses = iter([httpx.Response(503), refusal(400, "You must provide a different status from the current status")])
    novu = OldNovu(old_document("a", "1"), **{"PUT_/v1/workflows/1/status": lambda: next(responses)})
    novu.api(clock).patch_workflow("1", {"active": False})
    assert novu.requests.count("PUT /v1/workflows/1/status") == 2


def test_any_other_refusal_of_an_activation_is_an_error(clock: Clock) -> None:
    novu = OldNovu(
        old_document("a", "1"), **{"PUT_/v1/workflows/1/status": refusal(404, "Template with id 1 not found")}
    )
    with pytest.raises(RequestRefused):
        novu.api(clock).patch_workflow("1", {"active": False})


def test_overrides_are_read_step_by_step(clock: Clock) -> None:
    values = httpx.Response(200, json={"data": {"controls": {"subject": "Hello"}}})
    override = {"all": {"enabled": False}}
    novu = OldNovu(old_document("a", "1", userPreferences=override), **{"GET_/v1/bridge/controls/a/send": values})
    overrides = Overrides(novu.api(clock))
    assert overrides.workflow("1") == ({"send": {"subject": "Hello"}}, override)
    assert overrides.workflow("2") is None


def test_a_rename_reports_the_settings_that_it_cannot_carry_over(clock: Clock) -> None:
    writes: list[str] = []

    def put() -> httpx.Response:
        writes.append(novu.requests[-1])
        return httpx.Response(200, json={"data": {"controls": {"subject": "Hello"}}})

    guard = refusal(401, "This action is only allowed in Development environment")
    document = old_document("new", "1") | {"rawData": entry("new", step(controls=schema(subject={"type": "string"})))}
    routes: dict[str, Any] = {
        "GET_/v1/bridge/controls/new/send": httpx.Response(200, json={"data": None}),
        "PUT_/v1/bridge/controls/new/send": put,
        "PUT_/v1/workflows/1/status": guard,
    }
    novu = OldNovu(document, **routes)
    api = novu.api(clock)
    (workflow,) = api.stored_workflows()
    carryover = DashboardSettings({"send": {"subject": "Hello"}}, {"all": {"enabled": False}}, active=False)
    results = list(map(str, apply_settings(api, Overrides(api), carryover, workflow)))
    assert writes == ["PUT /v1/bridge/controls/new/send"]
    assert results[0] == "the control values subject of the step 'send'"
    assert results[1].startswith("not active: false, because this Novu allows API keys to delete, activate")
    assert results[2].startswith("not the preference override, because this Novu does not open ")


@pytest.mark.parametrize(
    "carryover", [DashboardSettings(preferences={"all": {"enabled": False}}), DashboardSettings(active=False)]
)
def test_a_firewall_s_refusal_of_a_carryover_is_an_error(clock: Clock, carryover: DashboardSettings) -> None:
    current = httpx.Response(200, json={"data": {"_id": "1", "workflowId": "new", "name": "New", "steps": []}})
    refused_response = refusal(403, "Request blocked")
    routes = {
        "GET_/v2/workflows/1": current,
        "PUT_/v2/workflows/1": refused_response,
        "PATCH_/v2/workflows/1": refused_response,
    }
    api = OldNovu(old_document("new", "1"), **routes).api(clock)
    (workflow,) = api.stored_workflows()
    with pytest.raises(AccessDenied, match="Request blocked"):
        apply_settings(api, Overrides(api), carryover, workflow)
