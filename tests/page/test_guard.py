"""Only the forms of the page can write, and only from a browser on this machine."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from novu_provider.emulator import create_app
from tests.contract.fake_bridge import FakeBridge
from tests.page.conftest import HTML, Browser


def test_a_browser_gets_the_page_and_other_clients_get_novu_s_response(browser: Browser) -> None:
    assert browser.http.get("/").headers["content-type"] == "text/html; charset=utf-8"
    for accept in ("application/json", "*/*"):
        response = browser.http.get("/", headers={"Accept": accept})
        assert (response.status_code, response.json()["message"]) == (404, "Cannot GET /")
        assert "content-security-policy" not in response.headers
    assert browser.http.post("/").json()["message"] == "Cannot POST /"


def test_every_response_forbids_frames_foreign_scripts_and_caches(browser: Browser) -> None:
    for path in ("/", "/local/comparison", "/local/static/page.js", "/local/Development/bridge"):
        headers = browser.http.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';"), path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1"]
)
def test_another_host_name_does_not_open_the_page(browser: Browser, host: str) -> None:
    """A site that resolves its own name to 127.0.0.1 sends that name."""
    port = browser.emulator.url.rpartition(":")[2]
    response = browser.http.get("/", headers={"Host": host.format(port=port)})
    assert response.status_code == 403
    assert "<html" not in response.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_the_names_of_this_machine_open_the_page(browser: Browser, name: str) -> None:
    port = browser.emulator.url.rpartition(":")[2]
    assert browser.http.get("/", headers={"Host": f"{name}:{port}"}).status_code == 200


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 403), ("", 403)])
def test_another_machine_does_not_open_the_page(address: str, status: int) -> None:
    app = create_app()

    async def get() -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
            return (await client.get("/", headers=HTML)).status_code

    try:
        assert asyncio.run(get()) == status
    finally:
        app.state.backend.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec_fetch_site": None}, 303),
        ({"origin": None}, 303),
        ({"origin": None, "sec_fetch_site": None}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        # A server on another port of this machine belongs to the same site.
        ({"sec_fetch_site": "same-site"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
    ],
)
def test_only_forms_of_the_page_are_accepted(
    browser: Browser, bridge: FakeBridge, headers: dict[str, str | None], status: int
) -> None:
    fields = {"do": "store", "url": bridge.url}
    assert browser.send("/local/Development/sync", fields, **headers).status_code == status
    stored = browser.api("GET", "/v1/environments/me").get("bridge")
    assert (stored == {"url": bridge.url}) == (status == 303)


@pytest.mark.parametrize("token", ["", "wrong", "ümläut"])
def test_a_form_needs_the_token_of_this_process(browser: Browser, bridge: FakeBridge, token: str) -> None:
    response = browser.send("/local/Development/sync", {"do": "store", "url": bridge.url, "token": token})
    assert response.status_code == 403
    assert "Load the page again" in response.text
    assert "bridge" not in browser.api("GET", "/v1/environments/me")


def test_every_path_that_writes_checks_the_origin_and_refuses_get(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    workflow, step = browser.workflow_path("welcome"), browser.step_path("welcome")
    before = browser.api("GET", "/v2/workflows/welcome")
    paths = [f"{workflow}/{name}" for name in ("settings", "preferences", "delete")]
    for path in [*paths, step, "/local/Development/key", "/local/Development/sync"]:
        assert browser.send(path, origin="http://evil.example").status_code == 403, path
        if path != step:
            assert browser.http.get(path).status_code == 404, path
    assert browser.api("GET", "/v2/workflows/welcome") == before


def test_a_form_that_is_too_large_is_refused(browser: Browser) -> None:
    assert browser.send("/local/Development/sync", {"url": "x" * 1_000_001}).status_code == 403
    assert browser.send("/local/Development/sync", {f"f{number}": "" for number in range(1001)}).status_code == 403


def test_another_site_cannot_read_but_can_link_to_the_page(browser: Browser) -> None:
    cross_site = {"Sec-Fetch-Site": "cross-site"}
    assert browser.http.get("/local/Development/bridge", headers=cross_site).status_code == 403
    assert browser.http.get("/", headers={**cross_site, "Sec-Fetch-Mode": "navigate"}).status_code == 200


def test_requests_of_the_page_are_not_recorded_as_api_requests(browser: Browser) -> None:
    browser.emulator.clear_requests()
    browser.page()
    browser.http.get("/local/static/page.css")
    browser.http.get("/", headers={"Accept": "application/json"})
    assert [(request.path, request.status) for request in browser.emulator.requests] == [("/", 404)]


@pytest.mark.parametrize("path", ["/local/Nothing/bridge", "/local/static/routes.py", "/local/previews/x", "/local/x"])
def test_an_unknown_path_is_not_found(browser: Browser, path: str) -> None:
    assert browser.http.get(path).status_code == 404
