"""Older releases, as in Novu's source code. There are no recordings of older servers."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.emulator.releases import RELEASES
from tests.contract.conftest import Client, Start
from tests.contract.fake_bridge import FakeBridge, workflow

NOT_ACCESSIBLE = "API endpoint not accessible"


def workflows_by_id(novu: Client) -> dict[str, dict[str, Any]]:
    """Return the workflows of the v1 listing by workflow id."""
    workflows = novu.http.get("/v1/workflows", params={"limit": 100}).json()["data"]
    return {workflow["triggers"][0]["identifier"]: workflow for workflow in workflows}


@pytest.mark.parametrize("release", ["2024-10", "2025-05"])
def test_before_june_2025_the_newer_endpoints_refuse_every_api_key(start: Start, release: str) -> None:
    novu = start(**RELEASES[release])
    id_ = novu.http.get("/v1/environments/me").json()["data"]["_id"]
    for key in (novu.emulator.development_key, "unknown"):
        headers = {"Authorization": f"ApiKey {key}"}
        for response in (
            novu.http.get("/v2/workflows", headers=headers),
            novu.http.put("/v2/workflows/a", json={}, headers=headers),
            novu.http.put(f"/v1/environments/{id_}", json={}, headers=headers),
        ):
            assert (response.status_code, response.json()["message"]) == (401, NOT_ACCESSIBLE)
    response_to_unknown_key = novu.http.get("/v1/environments/me", headers={"Authorization": "ApiKey unknown"})
    assert response_to_unknown_key.json()["message"] == "API Key not found"


@pytest.mark.parametrize(("release", "status"), [("2024-10", 500), ("2025-05", 401), ("2025-08", 404)])
def test_each_release_has_its_own_status_for_a_deletion(start: Start, release: str, status: int) -> None:
    assert start(**RELEASES[release]).http.delete("/v2/workflows/6b0528220057fb1b5e3922c5").status_code == status


@pytest.mark.parametrize("release", sorted(RELEASES))
def test_before_september_2025_there_is_no_severity(start: Start, bridge: FakeBridge, release: str) -> None:
    novu = start(**RELEASES[release])
    bridge.workflows = [workflow("a", severity="high")]
    (synced,) = novu.sync(bridge).json()["data"]
    assert "severity" not in synced
    assert "severity" not in workflows_by_id(novu)["a"]
    assert synced["rawData"]["severity"] == "high"


def test_in_summer_2025_a_put_sets_no_severity(start: Start, bridge: FakeBridge) -> None:
    novu = start(**RELEASES["2025-08"])
    bridge.workflows = [workflow("a")]
    novu.sync(bridge)
    stored = novu.workflow("a")
    body = {**stored, "severity": "high", "preferences": {"user": None}}
    response = novu.http.put(f"/v2/workflows/{stored['_id']}", json=body)
    assert (response.status_code, "severity" in response.json()["data"]) == (200, False)


@pytest.mark.parametrize(("release", "status", "name"), [("2024-10", 201, "a"), ("2025-05", 400, "Made by hand")])
def test_before_december_2024_a_sync_overwrites_a_dashboard_workflow(
    start: Start, bridge: FakeBridge, release: str, status: int, name: str
) -> None:
    novu = start(**RELEASES[release])
    novu.emulator.create_dashboard_workflow(workflow_id="a", name="Made by hand")
    bridge.workflows = [workflow("a")]
    assert novu.sync(bridge).status_code == status
    stored = novu.http.get("/v1/workflows/a").json()["data"]
    assert (stored["name"], stored["origin"]) == (name, "novu-cloud")


@pytest.mark.parametrize(("release", "listed"), [("2024-10", True), ("2025-05", False)])
def test_the_first_releases_list_dashboard_workflows_too(start: Start, release: str, listed: bool) -> None:
    novu = start(**RELEASES[release])
    novu.emulator.create_dashboard_workflow(workflow_id="a")
    assert ("a" in workflows_by_id(novu)) is listed


def test_before_2026_environments_and_bridge_requests_have_no_type(start: Start, bridge: FakeBridge) -> None:
    novu = start(**RELEASES["2025-08"])
    assert "type" not in novu.http.get("/v1/environments/me").json()["data"]
    assert all("type" not in environment for environment in novu.http.get("/v1/environments").json()["data"])
    novu.sync(bridge)
    assert bridge.requests
    assert all("environmentType" not in request.query for request in bridge.requests)


def test_activation_can_be_changed_only_in_development(start: Start, bridge: FakeBridge) -> None:
    novu = start(**RELEASES["2024-10"])
    bridge.workflows = [workflow("a")]
    novu.sync(bridge)
    path = f"/v1/workflows/{workflows_by_id(novu)['a']['_id']}/status"
    assert novu.http.put(path, json={"active": False}).json()["data"]["active"] is False
    second_response = novu.http.put(path, json={"active": False})
    assert (second_response.status_code, "different status" in second_response.json()["message"]) == (400, True)
    key = {"Authorization": f"ApiKey {novu.emulator.production_key}"}
    assert novu.http.put(path, json={"active": True}, headers=key).status_code == 401


def test_each_release_reports_its_version(start: Start) -> None:
    for release in RELEASES:
        health = start(**RELEASES[release]).http.get("/v1/health-check").json()["data"]
        assert health["details"]["apiVersion"]["version"] == RELEASES[release]["version"]
