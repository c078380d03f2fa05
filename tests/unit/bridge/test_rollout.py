"""Waiting for a rollout: temporary errors are awaited, and permanent errors are raised immediately."""

from __future__ import annotations

from typing import get_args

import httpx
import pytest

from novu_provider.bridge import rollout
from novu_provider.bridge.client import BridgeClient
from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, BridgeFault, ManifestError, ManifestMismatch, NovuError, SettingsError
from novu_provider.model.manifest import Manifest
from tests.unit.clock import Clock
from tests.unit.documents import entry
from tests.unit.server import ScriptedResponse, Server

_URL = "https://app.example.com/api/novu"
_READY = httpx.Response(200, json={"workflows": [entry("welcome")]})


def _export(clock: Clock, seconds: float, *responses: ScriptedResponse) -> tuple[Manifest, list[str]]:
    lines: list[str] = []
    bridge = BridgeClient.connect(
        _URL, "0123456789abcdef0123456789abcdef", retries=0, inner=Server(*responses), sleep=clock.sleep
    )
    manifest = rollout.wait_for(
        bridge.manifest, seconds, "", report=lines.append, sleep=clock.sleep, clock=lambda: clock.now
    )
    return manifest, lines


def _signature_error(code: str) -> httpx.Response:
    return httpx.Response(401, json={"message": "no", "code": code})


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(404),
        httpx.Response(502, html="<p>Bad gateway</p>"),
        httpx.Response(503),
        httpx.Response(429),
        httpx.Response(200, html="<p>Your deployment is building</p>"),
        httpx.Response(200, text=""),
        httpx.ConnectError("[Errno 111] Connection refused"),
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
    ],
)
def test_a_deployment_that_is_not_ready_is_awaited(clock: Clock, response: ScriptedResponse) -> None:
    manifest, lines = _export(clock, 60, response, response, response, _READY)
    assert list(manifest.digests) == ["welcome"]
    assert len(lines) == 1
    assert lines[0].startswith("waiting up to 60 s for the bridge: the bridge https://app.example.com/api/novu")


@pytest.mark.parametrize(
    "response",
    [
        _signature_error("SignatureMismatchError"),
        _signature_error("SigningKeyNotFoundError"),
        _signature_error("SignatureNotFoundError"),
        httpx.Response(401),
        httpx.Response(403),
        httpx.Response(405),
        httpx.Response(400, json={"message": "no"}),
        httpx.Response(307, headers={"location": "https://login.example.com/"}),
        httpx.Response(200, html="<title>Sign in</title><input type=password>"),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"),
        httpx.Response(200, json={"workflows": [{"workflowId": 1}]}),
    ],
)
def test_a_permanent_error_is_raised_immediately(clock: Clock, response: ScriptedResponse) -> None:
    before = clock.now
    with pytest.raises(NovuError):
        _export(clock, 600, response, _READY)
    assert clock.now == before


def test_the_last_error_is_raised_after_the_timeout(clock: Clock) -> None:
    start = clock.now
    with pytest.raises(BridgeFault, match="returned 404"):
        _export(clock, 45, httpx.Response(404))
    assert clock.now == pytest.approx(start + 45)


def test_each_fault_is_either_temporary_or_permanent() -> None:
    """Add each new fault to one of the two sets."""
    permanent = {
        *("url", "certificate", "redirect", "login", "bypass-missing", "bypass-wrong", "method", "status"),
        *("too-large", "key-missing", "key-differs", "unsigned", "expired"),
    }
    assert permanent | rollout.TEMPORARY == set(get_args(Fault))
    assert not permanent & rollout.TEMPORARY


def test_an_older_deployment_is_temporary_only_if_the_manifest_is_known() -> None:
    for error in (ManifestMismatch("it lacks 'a'."), ManifestError("it has no list `workflows`.")):
        assert rollout.is_temporary_for_manifest(error)
        assert not rollout.is_temporary(error)
    for other in (SettingsError("no key."), BridgeError("no.", fault="key-differs")):
        assert not rollout.is_temporary_for_manifest(other)
