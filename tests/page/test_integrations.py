"""The integrations on the start page: shown without credentials, and changed as in the dashboard."""

from __future__ import annotations

from typing import Any

from tests.page.conftest import Browser

_PASSWORD = "made-up-password-0001"


def _create(browser: Browser, identifier: str, **fields: Any) -> dict[str, Any]:
    body = {"providerId": "ses", "channel": "email", "identifier": identifier, "active": True, **fields}
    created: dict[str, Any] = browser.api("POST", "/v1/integrations", json=body)
    return created


def _state(browser: Browser) -> dict[str, tuple[bool, bool]]:
    listed = browser.api("GET", "/v1/integrations")
    return {one["identifier"]: (one["active"], one["primary"]) for one in listed if one["channel"] == "email"}


def test_the_page_shows_integrations_without_credentials(browser: Browser) -> None:
    _create(browser, "shop-mail", name="<b>Shop</b>", credentials={"secretKey": _PASSWORD, "from": "x@example.com"})
    page = browser.page()
    assert "shop-mail" in page
    assert "&lt;b&gt;Shop&lt;/b&gt; (ses)" in page
    assert ("Novu Inbox" in page, "Make shop-mail primary" in page) == (True, False)
    assert _PASSWORD not in page
    assert "x@example.com" not in page


def test_an_integration_is_changed_as_in_the_dashboard(browser: Browser) -> None:
    first, second = _create(browser, "first"), _create(browser, "second")
    assert _state(browser) == {"first": (True, True), "second": (True, False)}

    def press(integration: dict[str, Any], button: str) -> None:
        path = f"/local/Development/integrations/{integration['_id']}"
        assert browser.send(path, {"do": button}).status_code == 303

    press(second, "primary")
    assert _state(browser) == {"first": (True, False), "second": (True, True)}
    press(second, "deactivate")
    press(first, "delete")
    assert _state(browser) == {"second": (False, False)}
    assert "integration second: deactivated" in browser.page()


def test_an_unknown_integration_or_button_is_refused(browser: Browser) -> None:
    path = f"/local/Development/integrations/{_create(browser, 'mail')['_id']}"
    assert browser.send(path, {"do": "sell"}).status_code == 404
    assert browser.send(f"/local/Production/integrations/{'0' * 24}", {"do": "delete"}).status_code == 404
    assert browser.send(path, {"do": "delete"}, Origin="https://evil.example.com").status_code == 403
    assert _state(browser) == {"mail": (True, True)}
