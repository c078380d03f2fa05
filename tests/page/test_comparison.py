"""The comparison of two environments: all differences, and which of them a promotion would copy."""

from __future__ import annotations

import pytest

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.page.comparison import Comparer, Comparison
from tests.contract.fake_bridge import FakeBridge, step, workflow
from tests.page.conftest import CONTROLS, Browser


@pytest.fixture
def synced_browser(browser: Browser, bridge: FakeBridge) -> Browser:
    """The same workflow in both environments."""
    for production in (False, True):
        browser.sync(bridge, production=production)
    return browser


def _compare(browser: Browser, source: str = "Development") -> Comparison:
    backend = browser.emulator._running_backend
    environments: dict[str, Environment] = {environment.name: environment for environment in backend.environments.all()}
    target = "Production" if source == "Development" else "Development"
    return Comparer(backend.store, backend.workflows).compare(environments[source], environments[target])


def _differences(comparison: Comparison) -> dict[str, tuple[object, object, str]]:
    return {
        difference.setting: (difference.source, difference.target, difference.reason)
        for workflow in comparison.workflows
        for difference in workflow.differences
    }


def test_equal_environments_have_no_differences(synced_browser: Browser) -> None:
    comparison = _compare(synced_browser)
    assert (comparison.workflows, comparison.equal, comparison.carried) == ((), 1, 0)
    assert "Promotion would carry nothing" in synced_browser.page()


def test_values_preferences_and_activation_are_promoted(synced_browser: Browser) -> None:
    synced_browser.api("PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": "Moin"}})
    synced_browser.api("PATCH", "/v2/workflows/welcome", json={"active": False})
    synced_browser.send(f"{synced_browser.workflow_path('welcome')}/preferences", {"do": "save", "all.enabled": "on"})
    differences = _differences(_compare(synced_browser))
    assert differences["controls.mail.subject"] == ("Moin", None, "")
    assert differences["active"] == (False, True, "")
    assert differences["preferences"][1:] == (None, "")
    page = synced_browser.page("/local/comparison")
    assert ('id="carried-count">3<' in page, "Moin" in page, "controls.mail.subject" in page) == (True, True, True)
    assert "Promotion would carry 3 values" in synced_browser.page()


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ({}, {"subject": "Theirs"}, "Development does not set it"),
        ({"subject": "Hello"}, {"subject": "Theirs"}, "Development has the code's default"),
        ({"subject": "x" * 21}, {}, "the schema in Production does not accept it"),
    ],
)
def test_a_value_that_is_not_promoted_has_a_reason(
    synced_browser: Browser, ours: dict[str, str], theirs: dict[str, str], reason: str
) -> None:
    for values, production in ((ours, False), (theirs, True)):
        if values:
            path = "/v1/bridge/controls/welcome/mail"
            synced_browser.api("PUT", path, production=production, json={"variables": values})
    assert _differences(_compare(synced_browser))["controls.mail.subject"][2] == reason


def test_a_value_equal_to_the_default_is_no_difference(synced_browser: Browser) -> None:
    synced_browser.api("PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": "Hello"}})
    assert _compare(synced_browser).workflows == ()


def test_default_values_of_the_source_are_not_promoted(synced_browser: Browser) -> None:
    synced_browser.api("PATCH", "/v2/workflows/welcome", json={"active": False, "validatePayload": True})
    differences = _differences(_compare(synced_browser, "Production"))
    assert differences == {
        "active": (True, False, "Production has the default"),
        "validatePayload": (False, True, "Production has the default"),
    }


def test_differences_in_the_code_are_listed(synced_browser: Browser, bridge: FakeBridge) -> None:
    bridge.workflows = [
        workflow("welcome", name="New", steps=[step("mail", controls=CONTROLS), step("inbox")]),
        workflow("only-here"),
    ]
    synced_browser.sync(bridge)
    synced_browser.api("PUT", "/v1/bridge/controls/welcome/inbox", json={"variables": {"body": "x"}})
    comparison = _compare(synced_browser)
    assert (comparison.only_in_source, comparison.only_in_target) == (("only-here",), ())
    assert comparison.workflows[0].registration == ("name", "steps")
    assert _differences(comparison)["controls.inbox.body"][2] == "Production has no such step"
    page = synced_browser.page("/local/comparison?to=Development")
    assert ("Production → Development" in page, "Only in Development" in page) == (True, True)
