"""Write the screenshots of docs/images: `python -m tests.page.screenshots docs/images`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

from novu_provider.emulator import Emulator, EmulatorConfig
from tests.contract.fake_bridge import FakeBridge, fake_bridge, json_response, step, workflow
from tests.page.chromium import chromium
from tests.page.conftest import Browser

_SECONDS = 60
_HTML = """<body style="font-family: sans-serif; margin: 2rem">
<h2>Thank you, Ada!</h2><p>Your order <b>1042</b> is on its way. It contains 3 books.</p></body>"""


def _schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _text(default: str, description: str = "") -> dict[str, Any]:
    return {"type": "string", "default": default, **({"description": description} if description else {})}


def _deploy_application(bridge: FakeBridge) -> None:
    mail = _schema(
        subject=_text("Your order {{payload.orderNumber}}"),
        greeting=_text("Hello", "The first word of the mail"),
        tone={"type": "string", "enum": ["friendly", "formal"], "default": "friendly"},
        showTotal={"type": "boolean", "default": True},
    )
    order = {**_schema(orderNumber=_text("1042"), name=_text("Ada"), books={"type": "integer", "default": 3})}
    bridge.workflows = [
        workflow(
            "order-shipped",
            name="Order shipped",
            description="Tells customers that a parcel left.",
            tags=["orders"],
            payload={"schema": order},
            steps=[step("mail", controls=mail), step("inbox", "in_app", controls=_schema(body=_text("On its way")))],
        ),
        workflow("cart-reminder", name="Cart reminder", steps=[step("wait", "delay"), step("mail", controls=mail)]),
        workflow("weekly-report", name="Weekly report", steps=[step("mail", controls=mail)]),
    ]


def _prepare_environments(browser: Browser, bridge: FakeBridge) -> None:
    _deploy_application(bridge)
    for production in (True, False):
        browser.sync(bridge, production=production)
    bridge.workflows[1]["name"] = "Forgotten cart"
    bridge.workflows.append(workflow("parcel-delivered", name="Parcel delivered", steps=[step("push", "push")]))
    browser.sync(bridge)
    for production, provider, channel in ((True, "ses", "email"), (False, "ses", "email"), (False, "twilio", "sms")):
        body = {"providerId": provider, "channel": channel, "identifier": f"shop-{channel}", "active": True}
        browser.api("POST", "/v1/integrations", production=production, json={**body, "check": False})
    step_path = browser.step_path("order-shipped")
    browser.send(step_path, {"do": "save", "control.subject": "It is on its way!", "control.tone": '"formal"'})
    settings = {"name": "Weekly report", "description": ""}
    browser.send(f"{browser.workflow_path('weekly-report')}/settings", settings)
    health = {"status": "ok", "frameworkVersion": "2024-06-26", "discovered": {"workflows": 4, "steps": 6}}
    outputs = {"subject": "It is on its way!", "body": _HTML}
    bridge.response = json_response({**health, "outputs": outputs})


def _take_screenshots(driver: webdriver.Chrome, browser: Browser, folder: Path) -> None:
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        driver.get(f"{browser.emulator.url}/")
        script = "return document.querySelectorAll('#bridge-Development .good, #bridge-Production .good').length == 2"
        WebDriverWait(driver, _SECONDS).until(lambda _: driver.execute_script(script))  # noqa: B023 - used in this iteration
        _save(driver, folder / f"page-environments-{scheme}.png")
        driver.get(browser.emulator.url + browser.step_path("order-shipped"))
        driver.find_element("css selector", "button[value=preview]").click()
        WebDriverWait(driver, _SECONDS).until(lambda _: driver.find_elements("css selector", "iframe"))
        driver.execute_script("scrollTo(0, 0)")
        _save(driver, folder / f"page-step-{scheme}.png")
        driver.get(f"{browser.emulator.url}/local/comparison")
        _save(driver, folder / f"page-comparison-{scheme}.png")


def _save(driver: webdriver.Chrome, path: Path) -> None:
    height = int(driver.execute_script("return document.querySelector('main').getBoundingClientRect().bottom"))
    size = {"width": 1280, "height": min(height, 1150), "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.save_screenshot(str(path))


def main(folder: Path) -> None:
    """Write all screenshots into a folder."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        fake_bridge() as bridge,
        Emulator(EmulatorConfig(bridge_retry_delay=0)) as emulator,
    ):
        browser = Browser(emulator)
        with browser.http:
            _prepare_environments(browser, bridge)
            with chromium(Path(temporary), "--hide-scrollbars") as driver:
                _take_screenshots(driver, browser, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
