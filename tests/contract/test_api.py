"""Lookup, paging, keys, limits and addresses, which recordings show only in part. Observed on Novu 3.19.0."""

from __future__ import annotations

import asyncio
import threading
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

from novu_provider.emulator import Emulator, EmulatorConfig, create_app
from tests.contract.conftest import Start
from tests.contract.fake_bridge import FakeBridge, step, workflow


def test_workflows_are_found_by_id_identifier_and_slug(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("order-shipped")]
    novu.sync(bridge)
    stored = novu.workflow("order-shipped")
    assert novu.workflow(stored["_id"]) == stored
    assert novu.workflow(stored["slug"]) == stored


def test_an_identifier_of_exactly_sixteen_letters_and_digits_is_not_found(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("abcdefgh12345678"), workflow("orderShippedNotification")]
    novu.sync(bridge)
    assert novu.http.get("/v2/workflows/abcdefgh12345678").status_code == 404
    assert novu.http.get("/v2/workflows/orderShippedNotification").status_code == 200
    # The v1 endpoints do not parse their parameters.
    assert novu.http.get("/v1/workflows/abcdefgh12345678").status_code == 200
    by_id = {stored["workflowId"]: stored["_id"] for stored in novu.workflows()}
    assert novu.http.delete(f"/v2/workflows/{by_id['abcdefgh12345678']}").status_code == 204


@pytest.mark.parametrize("workflow_id", ["with space", "Umläut-ß", "a/b", "100%"])
def test_any_text_is_an_identifier(start: Start, bridge: FakeBridge, workflow_id: str) -> None:
    novu = start()
    bridge.workflows = [workflow(workflow_id)]
    novu.sync(bridge)
    (stored,) = novu.workflows()
    assert stored["workflowId"] == workflow_id
    assert novu.workflow(stored["_id"])["workflowId"] == workflow_id


def test_workflows_come_in_pages_newest_first(start: Start, bridge: FakeBridge) -> None:
    novu = start(workflow_limit=200)
    bridge.workflows = [workflow(f"w{number:03}") for number in range(120)]
    novu.sync(bridge)
    assert len(novu.workflows()) == 50
    pages = [*novu.workflows(limit=100), *novu.workflows(limit=100, offset=100)]
    assert sorted(stored["workflowId"] for stored in pages) == [item["workflowId"] for item in bridge.workflows]
    assert [stored["createdAt"] for stored in pages] == sorted((stored["createdAt"] for stored in pages), reverse=True)
    listed = novu.http.get("/v1/workflows", params={"page": 1, "limit": 100}).json()
    assert (listed["page"], listed["totalCount"], listed["pageSize"], len(listed["data"])) == (1, 120, 100, 20)


@pytest.mark.parametrize("path", ["/v1/workflows", "/v2/workflows"])
def test_a_limit_above_a_hundred_is_refused_but_not_an_invalid_number(start: Start, path: str) -> None:
    novu = start()
    assert novu.http.get(path, params={"limit": 1000}).status_code == 422
    assert novu.http.get(path, params={"limit": "abc"}).status_code == 200


def test_workflows_are_filtered_by_text_tag_and_status(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("alpha", tags=["x"]), workflow("beta", name="Alphabet"), workflow("off", active=False)]
    novu.sync(bridge)

    def filtered_ids(**query: Any) -> list[str]:
        return sorted(stored["workflowId"] for stored in novu.workflows(**query))

    assert filtered_ids(query="ALPHA") == ["alpha", "beta"]
    assert filtered_ids(tags=["x", "y"]) == ["alpha"]
    assert filtered_ids(status="INACTIVE") == ["off"]
    assert [stored["workflowId"] for stored in novu.workflows(orderBy="name", orderDirection="ASC")] == [
        "beta",
        "alpha",
        "off",
    ]


def test_a_key_gives_no_access_to_the_other_environment(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a")]
    novu.sync(bridge)
    key = {"Authorization": f"ApiKey {novu.emulator.production_key}"}
    production = novu.http.get("/v1/environments/me", headers=key).json()["data"]
    assert novu.http.get("/v2/workflows", headers=key).json()["data"]["totalCount"] == 0
    assert "bridge" not in production
    assert novu.http.put(f"/v1/environments/{production['_id']}", json={}).status_code == 403
    response = novu.http.get("/v2/workflows/a", params={"environmentId": production["_id"]})
    assert response.status_code == 403
    assert "is scoped to a single environment" in response.json()["message"]


def test_the_bridge_url_is_set_and_cleared_without_a_sync(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    id_ = novu.http.get("/v1/environments/me").json()["data"]["_id"]
    for url in (bridge.url, ""):
        response = novu.http.put(f"/v1/environments/{id_}", json={"bridge": {"url": url}})
        assert (response.status_code, response.json()) == (200, {"data": {"matched": 1, "modified": 1}})
        assert novu.bridge_url() == url
    assert bridge.requests == []
    assert novu.http.put("/v1/environments/6b0528220057fb1b5e3922c5", json={}).status_code == 401


def test_old_servers_refuse_api_keys(start: Start) -> None:
    novu = start(v2_api_keys=False, put_environments=False, version="2.0.0")
    id_ = novu.http.get("/v1/environments/me").json()["data"]["_id"]
    for response in (novu.http.get("/v2/workflows"), novu.http.put(f"/v1/environments/{id_}", json={})):
        assert (response.status_code, response.json()["message"]) == (401, "API endpoint not accessible")
    assert novu.http.get("/v1/health-check").json()["data"]["details"]["apiVersion"]["version"] == "2.0.0"


def test_v1_deletes_only_in_development_and_fails_for_identifiers(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a"), workflow("b")]
    novu.sync(bridge)
    key = {"Authorization": f"ApiKey {novu.emulator.production_key}"}
    assert novu.http.delete("/v1/workflows/a", headers=key).status_code == 401
    assert novu.http.delete("/v1/workflows/a").status_code == 500
    assert novu.http.delete(f"/v1/workflows/{novu.workflow('b')['_id']}").json() == {"data": True}
    assert novu.workflow_ids() == []


def test_put_matches_steps_by_id_and_replaces_the_raw_data(start: Start, bridge: FakeBridge) -> None:
    novu = start()
    bridge.workflows = [workflow("a", steps=[step("one"), step("two")])]
    novu.sync(bridge)
    one, two = novu.workflow("a")["steps"]
    body = {
        "name": "a",
        "origin": "external",
        "preferences": {"user": None},
        "steps": [{"_id": two["_id"], "name": "two", "type": "email"}, {"name": "New One", "type": "sms"}],
    }
    put = novu.http.put("/v2/workflows/a", json=body).json()["data"]
    assert [item["stepId"] for item in put["steps"]] == ["two", "new-one"]
    assert put["steps"][0]["_id"] == two["_id"]
    assert put["updatedBy"]["_id"]
    diff = novu.http.post("/v1/bridge/diff", json={}).json()["data"]
    assert diff["current"]["workflows"] == [body]
    assert one["_id"] not in str(novu.workflow("a"))


def test_without_the_general_group_no_workflow_is_created(start: Start, bridge: FakeBridge) -> None:
    novu = start(general_group=False)
    bridge.workflows = [workflow("a")]
    response = novu.sync(bridge)
    assert (response.status_code, response.json()["message"]) == (400, "Notification group not found")


def test_unknown_controls_and_agents_are_not_found(start: Start) -> None:
    novu = start()
    assert novu.http.get("/v1/bridge/controls/a/b").json()["message"] == "Workflow not found"
    assert novu.http.get("/v1/agents/a").status_code == 404


def test_an_unknown_path_or_method_is_not_found(start: Start) -> None:
    novu = start()
    for response in (novu.http.get("/v1/nothing?x=1"), novu.http.delete("/v1/bridge/sync")):
        assert response.status_code == 404
        assert response.json()["message"].startswith("Cannot ")


def test_a_body_with_invalid_json_is_refused(start: Start) -> None:
    novu = start()
    response = novu.http.post("/v1/bridge/sync", content=b'{"bridgeUrl"', headers={"content-type": "application/json"})
    assert response.status_code == 400


def test_there_are_no_rate_limit_headers_by_default(start: Start) -> None:
    assert "ratelimit-limit" not in start().http.get("/v1/environments/me").headers


def test_the_free_tier_has_novu_s_limits(start: Start) -> None:
    novu = start(rate_limit=30)
    first = novu.http.get("/v1/environments/me").headers
    assert first["ratelimit-limit"] == "150"
    assert first["ratelimit-policy"] == (
        '150;w=5;burst=165;comment="token bucket";category="global";cost="single";serviceLevel="free"'
    )
    assert novu.http.get("/v2/workflows").headers["ratelimit-limit"] == "100"


def test_an_empty_bucket_returns_429_with_retry_after(start: Start) -> None:
    novu = start(rate_limit=1)
    responses = [novu.http.get("/v1/environments/me") for _ in range(50)]
    limited = next(response for response in responses if response.status_code == 429)
    assert limited.headers["retry-after"] == "1"
    assert limited.headers["ratelimit-remaining"] == "0"
    assert limited.json()["message"] == "API rate limit exceeded"
    # Each category and each environment has its own bucket.
    key = {"Authorization": f"ApiKey {novu.emulator.production_key}"}
    assert novu.http.get("/v1/environments/me", headers=key).status_code == 200
    assert novu.http.get("/v2/workflows").status_code == 200


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://localhost:1/x", 'bridgeUrl: Requests to "localhost" are not allowed.'),
        (
            "http://10.0.0.1/x",
            "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 10.0.0.1).",
        ),
        (
            "http://[::1]/x",
            "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: ::1).",
        ),
        (
            "http://169.254.169.254/x",
            "bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 169.254.169.254).",
        ),
    ],
)
def test_novu_s_outbound_policy_refuses_private_bridges(start: Start, url: str, message: str) -> None:
    # The allow-list cannot contain `localhost` or the metadata address.
    novu = start(allow_private_bridges=False, allowed_outbound=("localhost", "169.254.0.0/16", "127.0.0.0/8"))
    response = novu.sync(url)
    assert (response.status_code, response.json()["message"]) == (400, message)


def test_requests_are_recorded_with_their_environment(start: Start) -> None:
    novu = start()
    novu.emulator.clear_requests()
    novu.http.get("/v2/workflows", params={"limit": 10})
    httpx.get(f"{novu.emulator.url}/v1/environments/me", trust_env=False, verify=False)
    assert [(item.method, item.path, item.query, item.status, item.environment) for item in novu.emulator.requests] == [
        ("GET", "/v2/workflows", "limit=10", 200, "Development"),
        ("GET", "/v1/environments/me", "", 401, None),
    ]


def test_data_survives_a_restart_but_not_a_reset(start: Start, bridge: FakeBridge, tmp_path: Path) -> None:
    database = str(tmp_path / "novu.sqlite3")
    first = start(database=database)
    bridge.workflows = [workflow("a")]
    first.sync(bridge)
    first.http.post("/v1/agents", json={"name": "Helper", "identifier": "helper"})
    stored, environments = first.workflow("a"), first.http.get("/v1/environments").json()
    first.emulator.stop()
    second = start(database=database)
    assert second.workflow("a") == stored
    assert second.http.get("/v1/environments").json() == environments
    assert second.http.get("/v1/agents/helper").status_code == 200
    second.emulator.stop()
    assert start(database=database, reset=True).workflow_ids() == []


def test_a_stopped_server_leaves_no_thread_behind(bridge: FakeBridge) -> None:
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        novu = Emulator(EmulatorConfig())
        novu.start()
        novu.stop()
        novu.stop()
    assert set(threading.enumerate()) == before
    with pytest.raises(RuntimeError):
        _ = novu.url


def test_the_application_works_without_a_port() -> None:
    app = create_app(EmulatorConfig())

    async def get_environment() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://novu.test") as client:
            return await client.get(
                "/v1/environments/me", headers={"Authorization": f"ApiKey {EmulatorConfig().production_key}"}
            )

    try:
        assert asyncio.run(get_environment()).json()["data"]["name"] == "Production"
    finally:
        app.state.backend.close()
