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


def test_the_page_shows_whether_the_bridge_responds(browser: Browser, bridge: FakeBridge) -> None:
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


def test_the_page_syncs_only_the_selected_environment(browser: Browser, bridge: FakeBridge) -> None:
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


def _log_html(browser: Browser) -> str:
    return " ".join(browser.page().partition('id="log"')[2].split())


def test_the_log_lists_the_changes_of_each_sync(browser: Browser, bridge: FakeBridge) -> None:
    bridge.workflows.append(workflow("digest"))
    browser.sync(bridge)
    assert '<span class="good">created</span> welcome, digest' in _log_html(browser)
    bridge.workflows = [
        workflow("welcome", name="Welcome!", tags=["x"], steps=[step("mail", controls=CONTROLS)]),
        workflow("report"),
    ]
    browser.sync(bridge)
    log = _log_html(browser)
    assert '<span class="good">created</span> report' in log
    assert '<span class="warn">changed</span> welcome: name, tags' in log
    assert '<span class="bad">deleted</span> digest' in log
    browser.sync(bridge)
    assert "2 unchanged" in _log_html(browser)


def test_the_log_shows_the_error_and_the_writes_of_a_failed_sync(browser: Browser, bridge: FakeBridge) -> None:
    too_many = [step(f"s{number}") for number in range(21)]
    bridge.workflows = [workflow("fits"), workflow("too-large", steps=too_many)]
    response = browser.send("/local/Development/sync", {"do": "sync", "url": bridge.url})
    assert (response.status_code, "Workflow steps limit exceeded" in response.text) == (400, True)
    log = _log_html(browser)
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
    lines_read = []
    for line in lines:
        lines_read.append(line)
        if text in line:
            return lines_read
    raise AssertionError(f"the stream ended without {text!r}: {lines_read}")


def test_the_log_is_live(browser: Browser, bridge: FakeBridge) -> None:
    with _events(browser.emulator.url) as lines:
        _until(lines, "retry:")
        browser.sync(bridge)
        lines_read = _until(lines, "created")
        assert all(line.startswith(("data: ", "id: ", "retry: ")) or not line for line in lines_read)
        browser.send("/local/Development/sync", {"do": "clear"})
        _until(lines, "bridge URL: removed")


def test_a_browser_that_reconnects_receives_the_missed_entries(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    with _events(browser.emulator.url) as lines:
        number = next(line for line in _until(lines, "id: ") if line.startswith("id: ")).removeprefix("id: ")
    browser.api("GET", "/v2/workflows?query=missed")
    with _events(browser.emulator.url, **{"Last-Event-ID": number}) as lines:
        text = "".join(_until(lines, "missed"))
    assert "Sync" not in text


def test_an_open_page_does_not_delay_the_shutdown_of_the_server() -> None:
    connected = threading.Event()
    stream_ended_properly: list[bool] = []

    def follow(url: str) -> None:
        with _events(url) as lines:
            _until(lines, "retry:")
            connected.set()
            stream_ended_properly.append(not list(lines)[1:])

    with Emulator() as novu:
        reader = threading.Thread(target=follow, args=(novu.url,))
        reader.start()
        assert connected.wait(20)
    reader.join(20)
    # The stream ended properly. If the server closes the connection early, the reader raises an error.
    assert stream_ended_properly == [True]
