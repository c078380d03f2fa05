"""Headless Chromium, controlled through WebDriver. It downloads nothing and leaves no files behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_ARGUMENTS = (
    "--headless=new",
    # Chromium refuses to run as root with its sandbox. It opens only the embedded Novu.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    # No other host name resolves.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    "--window-size=1360,1000",
)


def missing() -> str:
    """Return the programs that are not installed, or an empty text. `tests/page/install.sh` installs them."""
    programs = {"Chromium": _browser(), "chromedriver": shutil.which("chromedriver")}
    return ", ".join(name for name, path in programs.items() if path is None)


def _browser() -> str | None:
    # If both are installed, the driver usually belongs to Chrome.
    return shutil.which("google-chrome") or shutil.which("chromium")


@contextmanager
def chromium(folder: Path, *arguments: str) -> Iterator[webdriver.Chrome]:
    """Run Chromium with its profile in a folder until the end of the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(_browser())
    for argument in (*_ARGUMENTS, f"--user-data-dir={folder / 'profile'}", *arguments):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Chromium writes caches and crash reports below its home. Selenium must not send its client's requests to a proxy.
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    with mock.patch.dict(os.environ, {"SE_OFFLINE": "true", "NO_PROXY": "*", "no_proxy": "*"}):
        driver = webdriver.Chrome(options, Service(str(shutil.which("chromedriver")), env=environment))
        try:
            yield driver
        finally:
            driver.quit()
