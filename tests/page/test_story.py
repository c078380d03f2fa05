"""The page in Chromium, with the real Pulumi engine: sync, edit a value, detect the drift, promote."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.contract.fake_bridge import fake_bridge, html_response
from tests.engine.conftest import App, bridges, novu  # noqa: F401 - fixtures
from tests.engine.declare import FIRST, MAIL, Dashboard
from tests.engine.stack import Change, Stack
from tests.page.chromium import chromium, missing

#: They also need a browser.
pytestmark = [pytest.mark.engine, pytest.mark.node]

#: Timeout that only a test that hangs reaches.
_SECONDS = 60
_PROGRAM = 'import novu_provider as novu\n\nnovu.Bridge("app")\n'


class Visitor:
    """A developer at the page."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str = "/") -> None:
        self.driver.get(self.url + path)

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def press(self, element: WebElement) -> None:
        """Press a button and wait for the page that it loads."""
        element.click()
        self._wait().until(staleness_of(element))

    def read(self, css: str, text: str) -> str:
        """Wait until an element contains this text, without reloading the page. Return its whole text."""

        def visible_text(_: Chrome) -> str:
            shown = str(self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", css))
            return shown if text in shown else ""

        return str(self._wait().until(visible_text, f"{css} does not get {text!r}"))

    def tab_to(self, label: str) -> WebElement:
        """Press Tab until the focus is on the element with this text or label."""
        for _ in range(60):
            element = self.driver.switch_to.active_element
            if label in (element.text, element.accessible_name, element.get_attribute("name")):
                return element
            element.send_keys(Keys.TAB)
        raise AssertionError(f"the Tab key does not focus {label!r}")

    def console_errors(self) -> list[str]:
        """Return the errors on the browser's console, for example about the content security policy."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def _wait(self) -> WebDriverWait[Chrome]:
        return WebDriverWait(self.driver, _SECONDS, poll_frequency=0.05)


@pytest.fixture
def visitor(tmp_path: Path, novu: Emulator) -> Iterator[Visitor]:  # noqa: F811 - the fixture
    if missing():
        # In CI, a missing browser is a failure, because a skipped test would hide it.
        end = pytest.fail if os.environ.get("CI") else pytest.skip
        end(f"not installed: {missing()}. `make browser` installs the browser and its driver on Debian, as root.")
    with chromium(tmp_path) as driver:
        yield Visitor(driver, novu.url)


class Shop:
    """An application in both environments, and the stacks of one project."""

    def __init__(self, novu: Emulator, bridges: BridgeProcess, folder: Path) -> None:  # noqa: F811 - the fixtures
        self.stacks: dict[str, Stack] = {}
        for name, key in (("dev", novu.development_key), ("prod", novu.production_key)):
            app = App(bridges, key)
            app.deploy(*specs.shop(2))
            stack = Stack(folder, {}, name=name, program=_PROGRAM)
            stack.config(apiUrl=novu.url, bridgeUrl=app.url, agents="false")
            stack.set_secret("secretKey", key)
            self.stacks[name] = stack

    def promote(self, *arguments: str) -> Any:
        stack = self.stacks["prod"]
        result = subprocess.run(
            ["novu-provider", "promote", "--from", "dev", "--to", "prod", "--json", *arguments],
            cwd=stack.directory,
            env=stack.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.stdout, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def shop(novu: Emulator, bridges: BridgeProcess, tmp_path: Path) -> Shop:  # noqa: F811 - the fixtures
    return Shop(novu, bridges, tmp_path / "project")


def test_sync_edit_drift_and_promotion(visitor: Visitor, shop: Shop, novu: Emulator) -> None:  # noqa: F811
    dev, prod = shop.stacks["dev"], shop.stacks["prod"]
    dev.run("config", "set", "--path", f"novu:workflows.{FIRST}.controls.{MAIL}.body", "Declared")

    # The open page follows `pulumi up`.
    visitor.open()
    visitor.read("#log-state", "Live.")
    dev.up("--skip-preview")
    prod.up("--skip-preview")
    assert FIRST in visitor.read("#log .sync", "created")
    assert "edited" in visitor.read("#workflows-Development", FIRST)
    assert "2 workflows" in visitor.read("#bridge-Development", "Answers.")
    visitor.read("#workflows-Production", FIRST)

    # Only with the keyboard: open the step, enter a new value, save.
    visitor.tab_to(FIRST).send_keys(Keys.ENTER)
    visitor.read("h1", FIRST)
    visitor.tab_to(MAIL).send_keys(Keys.ENTER)
    visitor.read("h1", MAIL)
    field = visitor.tab_to("control.body")
    assert field.get_attribute("value") == "Declared"
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("Thanks for <b>order</b> 7")

    # The preview shows the typed value and does not save it.
    visitor.find("[name='payload.orderNumber']").send_keys("7")
    visitor.press(visitor.find("button[value=preview]"))
    visitor.read("section[aria-labelledby=preview]", "Rendered by the bridge")
    visitor.driver.switch_to.frame(visitor.find("iframe"))
    assert visitor.find("body").text == "Thanks for order 7"
    visitor.driver.switch_to.default_content()
    assert Dashboard(novu).values() == {"body": "Declared"}

    visitor.press(visitor.tab_to("Save"))
    assert Dashboard(novu).values() == {"body": "Thanks for <b>order</b> 7"}

    # Pulumi reports the edit as drift.
    assert dev.refresh().changes == {Change("update", "StepControls", f"{FIRST}/{MAIL}")}
    assert dev.preview().changes == {Change("update", "StepControls", f"{FIRST}/{MAIL}")}

    # The comparison shows the values that the command promotes, and updates after `pulumi up`.
    visitor.open("/local/comparison")
    rows = visitor.read("#comparison", "carries it")
    assert f"controls.{MAIL}.body" in rows
    promotion = shop.promote()
    assert visitor.find("#carried-count").text == str(promotion["count"]) == "1"
    assert promotion["workflows"][0]["values"][0]["after"] == "Thanks for <b>order</b> 7"
    shop.promote("--write")
    prod.up("--skip-preview")
    visitor.read("#comparison", "Promotion would carry 0 values")
    assert Dashboard(novu, novu.production_key).values() == {"body": "Thanks for <b>order</b> 7"}

    assert visitor.console_errors() == []


def test_secrets_are_shown_copied_and_hidden(visitor: Visitor, novu: Emulator) -> None:  # noqa: F811
    """The button Show reveals the key and the commands to copy. The button Hide removes the key."""
    visitor.open()
    assert novu.production_key not in visitor.driver.page_source
    visitor.press(visitor.find("#Production form[action$='/key'] button"))
    assert visitor.find("#Production .key").text == novu.production_key
    visitor.driver.set_permissions("clipboard-read", "granted")
    visitor.driver.set_permissions("clipboard-write", "granted")
    visitor.find("button[data-copy='lines-Production-2']").click()
    visitor.read("button[data-copy='lines-Production-2']", "Copied")
    copied = visitor.driver.execute_script("return navigator.clipboard.readText()")
    assert copied == f"export NOVU_API_URL={novu.url}\nexport NOVU_SECRET_KEY={novu.production_key}\n"
    visitor.press(visitor.find("#Production dd a.button"))
    assert novu.production_key not in visitor.driver.page_source
    assert visitor.console_errors() == []


def test_another_site_can_neither_write_nor_frame_the_page(visitor: Visitor, novu: Emulator) -> None:  # noqa: F811
    """A page on another port of this machine, which is another origin, sends the form with a real browser."""
    with fake_bridge() as evil:
        evil.response = html_response()
        visitor.open()
        token = visitor.find("[name=token]").get_attribute("value")
        visitor.driver.get(evil.url)
        script = """
            const form = document.createElement("form");
            form.method = "post";
            form.action = arguments[0] + "/local/Development/sync";
            form.innerHTML = `<input name=token value="${arguments[1]}"><input name=do value=store>
                <input name=url value="http://127.0.0.1:9/evil"><iframe src="${arguments[0]}"></iframe>`;
            document.body.append(form);
            fetch(form.action, {method: "POST", mode: "no-cors", body: new URLSearchParams(new FormData(form))})
                .finally(() => { document.body.dataset.sent = "yes"; });
        """
        visitor.driver.execute_script(script, novu.url, token)
        WebDriverWait(visitor.driver, _SECONDS).until(lambda _: visitor.find("body").get_attribute("data-sent"))
        assert any("Framing" in error or "frame" in error for error in visitor.console_errors())
        visitor.driver.execute_script("document.forms[0].submit()")
        visitor.read("body", "Another site sent this request.")
    assert "bridge" not in Dashboard(novu).environment.call("GET", "/v1/environments/me")["data"]
