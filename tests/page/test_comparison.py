"""Two environments side by side: the differences, and those that promotion would carry."""

from __future__ import annotations

import pytest

from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.page.comparison import Comparer, Comparison
from tests.contract.fake_bridge import FakeBridge, step, workflow
from tests.page.conftest import CONTROLS, Browser


@pytest.fixture
def both(browser: Browser, bridge: FakeBridge) -> Browser:
    """The same workflow in both environments."""
    for production in (False, True):
        browser.sync(bridge, production=production)
    return browser


def _compare(browser: Browser, source: str = "Development") -> Comparison:
    backend = browser.emulator._running_backend
    environments: dict[str, Environment] = {one.name: one for one in backend.environments.all()}
    target = "Production" if source == "Development" else "Development"
    return Comparer(backend.store, backend.workflows).compare(environments[source], environments[target])


def _differences(found: Comparison) -> dict[str, tuple[object, object, str]]:
    return {one.setting: (one.source, one.target, one.reason) for each in found.workflows for one in each.differences}


def test_equal_environments_have_no_differences(both: Browser) -> None:
    found = _compare(both)
    assert (found.workflows, found.equal, found.carried) == ((), 1, 0)
    assert "Promotion would carry nothing" in both.page()


def test_values_preferences_and_switches_are_carried(both: Browser) -> None:
    both.api("PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": "Moin"}})
    both.api("PATCH", "/v2/workflows/welcome", json={"active": False})
    both.send(f"{both.workflow_path('welcome')}/preferences", {"do": "save", "all.enabled": "on"})
    found = _differences(_compare(both))
    assert found["controls.mail.subject"] == ("Moin", None, "")
    assert found["active"] == (False, True, "")
    assert found["preferences"][1:] == (None, "")
    page = both.page("/local/comparison")
    assert ('id="carried-count">3<' in page, "Moin" in page, "controls.mail.subject" in page) == (True, True, True)
    assert "Promotion would carry 3 values" in both.page()


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ({}, {"subject": "Theirs"}, "Development does not set it"),
        ({"subject": "Hello"}, {"subject": "Theirs"}, "Development has the code's default"),
        ({"subject": "x" * 21}, {}, "the schema in Production does not accept it"),
    ],
)
def test_a_value_that_is_not_carried_has_a_reason(
    both: Browser, ours: dict[str, str], theirs: dict[str, str], reason: str
) -> None:
    for values, production in ((ours, False), (theirs, True)):
        if values:
            path = "/v1/bridge/controls/welcome/mail"
            both.api("PUT", path, production=production, json={"variables": values})
    assert _differences(_compare(both))["controls.mail.subject"][2] == reason


def test_a_default_that_is_set_is_no_difference(both: Browser) -> None:
    both.api("PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": "Hello"}})
    assert _compare(both).workflows == ()


def test_defaults_of_the_source_are_not_carried(both: Browser) -> None:
    both.api("PATCH", "/v2/workflows/welcome", json={"active": False, "validatePayload": True})
    found = _differences(_compare(both, "Production"))
    assert found == {
        "active": (True, False, "Production has the default"),
        "validatePayload": (False, True, "Production has the default"),
    }


def test_code_that_differs_is_named(both: Browser, bridge: FakeBridge) -> None:
    bridge.workflows = [
        workflow("welcome", name="New", steps=[step("mail", controls=CONTROLS), step("inbox")]),
        workflow("only-here"),
    ]
    both.sync(bridge)
    both.api("PUT", "/v1/bridge/controls/welcome/inbox", json={"variables": {"body": "x"}})
    found = _compare(both)
    assert (found.only_in_source, found.only_in_target) == (("only-here",), ())
    assert found.workflows[0].registration == ("name", "steps")
    assert _differences(found)["controls.inbox.body"][2] == "Production has no such step"
    page = both.page("/local/comparison?to=Development")
    assert ("Production → Development" in page, "Only in Development" in page) == (True, True)
