"""The command `novu-provider local` in a separate process."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from novu_provider.emulator import Emulator
from novu_provider.emulator.config import DEVELOPMENT_KEY, PRODUCTION_KEY
from tests.contract.fake_bridge import BridgeResponse, FakeBridge, workflow

pytestmark = pytest.mark.slow

_COMMAND = [sys.executable, "-c", "from novu_provider.cli.local import local; local()"]


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """Run the command. Yield its URL and the lines of its output."""
    process = subprocess.Popen([*_COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl+C" in line:
                break
        url = re.search(r"http://127\.0\.0\.1:\d+", "".join(lines))
        assert url, lines
        yield url.group(), lines
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


def _workflows(url: str) -> int:
    response = httpx.get(
        f"{url}/v2/workflows", headers={"Authorization": f"ApiKey {DEVELOPMENT_KEY}"}, trust_env=False, verify=False
    )
    return int(response.json()["data"]["totalCount"])


def test_the_command_prints_its_url_and_keeps_its_database(tmp_path: Path, bridge: FakeBridge) -> None:
    database = str(tmp_path / "novu.sqlite3")
    bridge.workflows = [workflow("a")]
    with _running("--database", database) as (url, lines):
        assert DEVELOPMENT_KEY in "".join(lines)
        assert PRODUCTION_KEY in "".join(lines)
        assert f"Open {url} in a browser" in "".join(lines)
        page = httpx.get(url, headers={"Accept": "text/html"}, trust_env=False, verify=False)
        assert (page.status_code, "Embedded Novu" in page.text) == (200, True)
        httpx.post(
            f"{url}/v1/bridge/sync",
            json={"bridgeUrl": bridge.url},
            headers={"Authorization": f"ApiKey {DEVELOPMENT_KEY}"},
            trust_env=False,
            verify=False,
        )
    with _running("--database", database) as (url, _):
        assert _workflows(url) == 1
    with _running("--database", database, "--reset") as (url, _):
        assert _workflows(url) == 0


def test_the_command_emulates_an_older_release(tmp_path: Path) -> None:
    with _running("--database", str(tmp_path / "novu.sqlite3"), "--release", "2024-10") as (url, lines):
        assert "Embedded Novu 2.0.0" in "".join(lines)
        headers = {"Authorization": f"ApiKey {DEVELOPMENT_KEY}"}
        assert httpx.get(f"{url}/v2/workflows", headers=headers, trust_env=False, verify=False).status_code == 401


def test_the_error_names_a_port_that_is_in_use(tmp_path: Path) -> None:
    with Emulator() as novu:
        port = novu.url.rpartition(":")[2]
        result = subprocess.run(
            [*_COMMAND, "--port", port, "--database", str(tmp_path / "novu.sqlite3")],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr


def test_the_error_names_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    database = tmp_path / "missing" / "novu.sqlite3"
    result = subprocess.run(
        [*_COMMAND, "--port", "0", "--database", str(database)], capture_output=True, text=True, check=False, timeout=30
    )
    assert result.returncode == 1
    assert str(database) in result.stderr


def test_the_server_stops_during_a_request(bridge: FakeBridge) -> None:
    """A bridge that never responds must not keep the server alive."""
    bridge.response = BridgeResponse(hang=True)
    with Emulator() as novu:

        def send_sync() -> None:
            # The test does not depend on the result of this request.
            with suppress(httpx.HTTPError):
                httpx.post(
                    f"{novu.url}/v1/bridge/sync",
                    json={"bridgeUrl": bridge.url},
                    headers={"Authorization": f"ApiKey {novu.development_key}"},
                    trust_env=False,
                    verify=False,
                    timeout=30,
                )

        sync = threading.Thread(target=send_sync)
        sync.start()
        while not bridge.requests:
            sync.join(0.01)
    sync.join(timeout=30)
    assert not sync.is_alive()
