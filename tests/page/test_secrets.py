"""The page shows secrets only on request."""

from __future__ import annotations

from tests.contract.fake_bridge import FakeBridge, step, workflow
from tests.page.conftest import Browser

_TOKEN = "x-vercel-protection-bypass=a-made-up-bypass-token"


def _pages(browser: Browser) -> str:
    paths = ["/", "/local/comparison", browser.workflow_path("welcome"), browser.step_path("welcome")]
    return "".join(map(browser.page, [*paths, "/local/Development/bridge"]))


def test_no_page_contains_a_secret(browser: Browser, bridge: FakeBridge) -> None:
    """A workflow and the log contain a key, and the bridge URL contains a token."""
    key, other = browser.emulator.development_key, browser.emulator.production_key
    bridge.workflows = [workflow("welcome", name=f"leaks {key}", description=other, steps=[step("mail")])]
    url = f"{bridge.url}?{_TOKEN}"
    browser.api("POST", "/v1/bridge/sync", json={"bridgeUrl": url})
    browser.api("GET", f"/v2/workflows?query={key}")
    pages = _pages(browser)
    assert "leaks ••••••••" in pages
    assert "x-vercel-protection-bypass=••••••••" in pages
    for secret in (key, other, "a-made-up-bypass-token"):
        assert secret not in pages


def test_an_error_about_the_bridge_hides_the_token_of_its_url(browser: Browser) -> None:
    url = f"http://127.0.0.1:9/api?{_TOKEN}"
    response = browser.send("/local/Development/sync", {"do": "sync", "url": url})
    assert (response.status_code, "Unable to reach Bridge Endpoint" in response.text) == (400, True)
    assert "a-made-up-bypass-token" not in response.text + browser.page()


def test_the_button_shows_the_secrets_of_one_environment_once(browser: Browser, bridge: FakeBridge) -> None:
    key, other = browser.emulator.development_key, browser.emulator.production_key
    browser.api("POST", "/v1/bridge/sync", json={"bridgeUrl": f"{bridge.url}?{_TOKEN}"})
    response = browser.send("/local/Development/key")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert f"pulumi config set --secret novu:secretKey {key}" in response.text
    assert f"export NOVU_SECRET_KEY={key}" in response.text
    assert f"pulumi config set --secret novu:bridgeUrl &#39;{bridge.url}?{_TOKEN}&#39;" in response.text
    assert other not in response.text
    assert key not in browser.page()


def test_the_commands_quote_every_bridge_url(browser: Browser) -> None:
    url = "http://127.0.0.1:9/$(touch${IFS}x);'"
    browser.send("/local/Development/sync", {"do": "store", "url": url})
    assert "novu:bridgeUrl &#39;http://127.0.0.1:9/$(touch${IFS}x);&#39;&#34;&#39;&#34;&#39;&#39;" in browser.page()


def test_a_stored_url_with_a_secret_is_synced_but_not_shown(browser: Browser, bridge: FakeBridge) -> None:
    url = f"{bridge.url}?{_TOKEN}"
    browser.send("/local/Development/sync", {"do": "store", "url": url})
    assert browser.send("/local/Development/sync", {"do": "sync", "url": ""}).status_code == 303
    assert browser.api("GET", "/v1/environments/me")["bridge"]["url"] == url
    assert "welcome" in browser.page()


def test_the_mask_of_a_hidden_secret_is_not_saved(browser: Browser, bridge: FakeBridge) -> None:
    browser.sync(bridge)
    path = browser.step_path("welcome")
    browser.api(
        "PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": browser.emulator.production_key}}
    )
    assert browser.emulator.production_key not in browser.page(path)
    response = browser.send(path, {"do": "save", "control.subject": "••••••••"})
    assert (response.status_code, "hidden secret" in response.text) == (422, True)
    stored = browser.api("GET", "/v1/bridge/controls/welcome/mail")["controls"]
    assert stored == {"subject": browser.emulator.production_key}
