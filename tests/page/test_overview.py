"""The start page: settings to copy, bridges, syncs, and the live log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from novu_provider.emulator import Emulator
from tests.contract.fake_bridge import BridgeResponse, FakeBridge, html_response, json_response, step, workflow
from tests.page.conftest import CONTROLS, Browser


def test_the_settings_of_an_environment_can_be_copied(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    page, url = browser.page(), browser.emulator.url
    for line in (
        f"pulumi config set novu:apiUrl {url}",
        f"pulumi config set novu:bridgeUrl {bridge.url}",
        "pulumi config set novu:environment Production",
        f"export NOVU_API_URL={url}",
        f"export NOVU_BRIDGE_URL={bridge.url}",
    ):
        assert line in page


def test_the_page_says_whether_the_bridge_answers_now(browser: Browser, bridge: FakeBridge) -> None:
    assert "No bridge URL is stored." in browser.page("/local/Development/bridge")
    browser.sync(bridge)
    health = {"status": "ok", "frameworkVersion": "2024-06-26", "discovered": {"workflows": 1, "steps": 2}}
    bridge.response = json_response(health)
    text = browser.page("/local/Development/bridge")
    assert ("Answers." in text, "1 workflow." in text, "2024-06-26" in text) == (True, True, True)
    bridge.response = html_response()
    assert "not that of a bridge" in browser.page("/local/Development/bridge")
    bridge.response = BridgeResponse(drop=True)
    text = browser.page("/local/Development/bridge")
    assert ("Does not answer." in text, "Unable to reach Bridge Endpoint" in text) == (True, True)


def test_a_sync_from_the_page_writes_what_a_sync_of_the_api_writes(browser: Browser, bridge: FakeBridge) -> None:
    response = browser.send("/local/Production/sync", {"do": "sync", "url": bridge.url})
    assert (response.status_code, response.headers["location"]) == (303, "/#Production")
    assert browser.api("GET", "/v2/workflows", production=True)["totalCount"] == 1
    assert browser.api("GET", "/v2/workflows")["totalCount"] == 0


@pytest.mark.parametrize("url", ["javascript:alert(1)", "no-url", ""])
def test_an_invalid_bridge_url_is_refused(browser: Browser, url: str) -> None:
    response = browser.send("/local/Development/sync", {"do": "store", "url": url})
    assert (response.status_code, "bridgeUrl must be a URL address" in response.text) == (422, True)


def test_the_bridge_url_can_be_cleared(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    browser.send("/local/Development/sync", {"do": "clear", "url": bridge.url})
    assert browser.api("GET", "/v1/environments/me")["bridge"] == {"url": ""}


def _log_of(browser: Browser) -> str:
    return " ".join(browser.page().partition('id="log"')[2].split())


def test_the_log_says_what_each_sync_created_changed_and_deleted(browser: Browser, bridge: FakeBridge) -> None:
    bridge.workflows.append(workflow("digest"))
    browser.sync(bridge)
    assert '<span class="good">created</span> welcome, digest' in _log_of(browser)
    bridge.workflows = [
        workflow("welcome", name="Welcome!", tags=["x"], steps=[step("mail", controls=CONTROLS)]),
        workflow("report"),
    ]
    browser.sync(bridge)
    log = _log_of(browser)
    assert '<span class="good">created</span> report' in log
    assert '<span class="warn">changed</span> welcome: name, tags' in log
    assert '<span class="bad">deleted</span> digest' in log
    browser.sync(bridge)
    assert "2 unchanged" in _log_of(browser)


def test_the_log_says_why_a_sync_failed_and_what_it_wrote(browser: Browser, bridge: FakeBridge) -> None:
    too_many = [step(f"s{number}") for number in range(21)]
    bridge.workflows = [workflow("fits"), workflow("too-large", steps=too_many)]
    response = browser.send("/local/Development/sync", {"do": "sync", "url": bridge.url})
    assert (response.status_code, "Workflow steps limit exceeded" in response.text) == (400, True)
    log = _log_of(browser)
    assert "Failed: Workflow steps limit exceeded" in log
    assert '<span class="good">created</span> fits' in log


@contextmanager
def _events(url: str, **headers: str) -> Iterator[Iterator[str]]:
    with (
        httpx.Client(trust_env=False, verify=False, timeout=20) as client,
        client.stream("GET", f"{url}/local/events", headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.iter_lines()


def _until(lines: Iterator[str], text: str) -> list[str]:
    seen = []
    for line in lines:
        seen.append(line)
        if text in line:
            return seen
    raise AssertionError(f"the stream ended without {text!r}: {seen}")


def test_the_log_is_live(browser: Browser, bridge: FakeBridge) -> None:
    with _events(browser.emulator.url) as lines:
        _until(lines, "retry:")
        browser.sync(bridge)
        seen = _until(lines, "created")
        assert all(line.startswith(("data: ", "id: ", "retry: ")) or not line for line in seen)
        browser.send("/local/Development/sync", {"do": "clear"})
        _until(lines, "bridge URL: removed")


def test_a_browser_that_was_away_gets_what_it_missed(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    with _events(browser.emulator.url) as lines:
        number = next(line for line in _until(lines, "id: ") if line.startswith("id: ")).removeprefix("id: ")
    browser.api("GET", "/v2/workflows?query=missed")
    with _events(browser.emulator.url, **{"Last-Event-ID": number}) as lines:
        seen = "".join(_until(lines, "missed"))
    assert "Sync" not in seen


def test_an_open_page_does_not_delay_the_end_of_the_server() -> None:
    opened = threading.Event()
    ended: list[bool] = []

    def follow(url: str) -> None:
        with _events(url) as lines:
            _until(lines, "retry:")
            opened.set()
            ended.append(not list(lines)[1:])

    with Emulator() as novu:
        reader = threading.Thread(target=follow, args=(novu.url,))
        reader.start()
        assert opened.wait(20)
    reader.join(20)
    # The stream ended properly. A connection that the server cuts raises an error in the reader.
    assert ended == [True]
