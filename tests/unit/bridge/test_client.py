"""The client sends the same requests as Novu, and sends its signature to no other host."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from novu_provider.bridge.client import BridgeClient, signature
from novu_provider.errors import (
    BridgeFault,
    BridgeLocked,
    BridgeUnreachable,
    ManifestError,
    NovuError,
    SignatureRefused,
)
from novu_provider.settings import Settings
from tests.unit.clock import Clock
from tests.unit.documents import discover, entry
from tests.unit.server import Server

KEY = "d0d0d0d0000000000000000000000001"
TOKEN = "vercel-bypass-0123456789"
URL = "https://app.example.com/api/novu"


def serving(*entries: Any) -> httpx.Response:
    return httpx.Response(200, json=discover(*entries))


def connect(application: Server, clock: Clock, url: str = URL, token: str | None = None) -> BridgeClient:
    return BridgeClient.connect(url, KEY, token, inner=application, sleep=clock.sleep)


def refused_with(code: str, message: str = "Signature refused") -> httpx.Response:
    return httpx.Response(401, json={"code": code, "message": message})


def test_the_signature_equals_novu_s() -> None:
    mac = hmac.new(KEY.encode(), b"1700000000000.{}", hashlib.sha256).hexdigest()
    assert signature(KEY, 1_700_000_000_000) == f"t=1700000000000,v1={mac}"


def test_a_connection_takes_token_timeout_and_retries_from_the_settings(clock: Clock) -> None:
    values = {"secretKey": KEY, "bypassToken": TOKEN, "timeout": 2, "retries": 1}
    server = Server(httpx.Response(503))
    bridge = BridgeClient.from_settings(Settings.read(values.get, {}), URL, inner=server, sleep=clock.sleep)
    with pytest.raises(BridgeFault):
        bridge.request("discover")
    assert len(server.requests) == 2
    assert server.requests[0].extensions["timeout"]["read"] == 2
    assert server.requests[0].url.params["x-vercel-protection-bypass"] == TOKEN


def test_a_bridge_has_its_own_bounds_for_timeout_and_retries(clock: Clock) -> None:
    values = {"secretKey": KEY, "bypassToken": TOKEN, "timeout": 60, "retries": 9}
    server = Server(httpx.Response(503))
    settings = Settings.read(values.get, {})
    bridge = BridgeClient.from_settings(settings, URL, bypass_token=None, inner=server, sleep=clock.sleep)
    with pytest.raises(BridgeFault):
        bridge.request("discover")
    assert len(server.requests) == 3
    assert server.requests[0].extensions["timeout"]["read"] == 5
    assert "x-vercel-protection-bypass" not in server.requests[0].url.params


def test_discovery_is_a_signed_get_with_the_environment_s_type(clock: Clock) -> None:
    application = Server(serving(entry("welcome")))
    manifest = connect(application, clock).manifest("prod")
    (request,) = application.requests
    assert (request.method, str(request.url)) == ("GET", f"{URL}?action=discover&environmentType=prod")
    assert re.fullmatch(r"t=\d{13},v1=[0-9a-f]{64}", request.headers["novu-signature"])
    assert request.headers["bypass-tunnel-reminder"] == "true"
    assert "authorization" not in request.headers
    assert (list(manifest.digests), manifest.source) == (["welcome"], f"the bridge {URL}")


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", [("action", "discover")]),
        ("?tenant=a&flag", [("tenant", "a"), ("flag", ""), ("action", "discover")]),
        ("?action=trigger&tenant=a", [("tenant", "a"), ("action", "discover")]),
        ("#top", [("action", "discover")]),
    ],
)
def test_an_action_in_the_url_is_overwritten_and_other_parameters_stay(
    clock: Clock, query: str, parameters: list[tuple[str, str]]
) -> None:
    application = Server(serving())
    connect(application, clock, URL + query).manifest()
    assert parse_qsl(application.requests[0].url.query.decode(), keep_blank_values=True) == parameters


def test_the_bypass_token_is_added_to_the_request_and_hidden_in_errors(clock: Clock) -> None:
    application = Server(serving(), httpx.Response(500, json={"message": f"no route for ?token={TOKEN}"}))
    bridge = connect(application, clock, token=TOKEN)
    assert TOKEN not in bridge.manifest().source
    assert application.requests[0].url.params["x-vercel-protection-bypass"] == TOKEN
    with pytest.raises(BridgeFault) as fault:
        bridge.manifest()
    assert "no route for ?token=[secret]" in fault.value.what
    assert TOKEN not in str(fault.value)


def test_redirects_on_the_same_origin_are_followed_with_a_signature(clock: Clock) -> None:
    first_redirect = httpx.Response(308, headers={"location": "/novu?action=discover"})
    second_redirect = httpx.Response(302, headers={"location": "https://app.example.com:443/last"})
    application = Server(first_redirect, second_redirect, serving(entry("welcome")))
    assert list(connect(application, clock).manifest().digests) == ["welcome"]
    assert application.urls[1:] == ["https://app.example.com/novu?action=discover", "https://app.example.com/last"]
    assert all("novu-signature" in request.headers for request in application.requests)


@pytest.mark.parametrize(
    "location",
    [
        "https://login.example.com/sso?next=x",
        "http://app.example.com/api/novu",
        "https://app.example.com:8443/",
        "//login.example.com/",
        "https://app.example.com@evil.example/",
    ],
)
def test_a_redirect_to_another_origin_is_not_followed(clock: Clock, location: str) -> None:
    application = Server(httpx.Response(307, headers={"location": location}), serving())
    with pytest.raises(BridgeLocked, match="redirects to") as refused:
        connect(application, clock, token=TOKEN).manifest()
    assert len(application.requests) == 1
    assert TOKEN not in str(refused.value)
    assert "next=x" not in str(refused.value)


def test_the_redirect_of_a_login_page_is_shown_without_its_query(clock: Clock) -> None:
    location = f"https://vercel.com/sso?url=https%3A%2F%2Fapp.example.com%3Fx-vercel-protection-bypass%3D{TOKEN}"
    application = Server(httpx.Response(302, headers={"location": location}))
    with pytest.raises(
        BridgeLocked, match=r"redirects to https://vercel\.com/sso: Vercel.s deployment protection rejected"
    ):
        connect(application, clock, token=TOKEN).manifest()


def test_a_redirect_loop_ends(clock: Clock) -> None:
    application = Server(httpx.Response(302, headers={"location": URL}))
    with pytest.raises(BridgeLocked):
        connect(application, clock).manifest()
    assert len(application.requests) == 4


@pytest.mark.parametrize(
    "headers", [{}, {"location": "https://[half/"}, {"location": "https://app.example.com:99999/"}]
)
def test_a_redirect_without_a_valid_location_is_a_bridge_error(clock: Clock, headers: dict[str, str]) -> None:
    application = Server(httpx.Response(302, headers=headers))
    with pytest.raises((BridgeLocked, BridgeFault)) as refused:
        connect(application, clock).manifest()
    assert URL in refused.value.what


def test_an_expired_signature_is_renewed_once(clock: Clock) -> None:
    application = Server(refused_with("SignatureExpiredError"), serving(entry("welcome")))
    assert list(connect(application, clock).manifest().digests) == ["welcome"]
    assert len(application.requests) == 2


def test_two_expired_signatures_mean_clock_skew(clock: Clock) -> None:
    application = Server(refused_with("SignatureExpiredError"))
    with pytest.raises(SignatureRefused, match="refused two signatures as expired") as refused:
        connect(application, clock).manifest()
    assert "clock" in refused.value.why
    assert len(application.requests) == 2


@pytest.mark.parametrize("url", [URL, "https://expired.example.com/api/novu"])
def test_a_signature_with_another_key_is_not_retried(clock: Clock, url: str) -> None:
    application = Server(refused_with("SignatureMismatchError"))
    with pytest.raises(SignatureRefused):
        connect(application, clock, url).manifest()
    assert len(application.requests) == 1


@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("slow")])
def test_the_error_for_a_bridge_that_does_not_respond_contains_the_timeout(clock: Clock, error: Exception) -> None:
    application = Server(error)
    with pytest.raises(BridgeFault, match="did not respond within 5 seconds") as fault:
        connect(application, clock).manifest()
    assert "Novu's limit is 5 seconds" in fault.value.why
    assert len(application.requests) == 3


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("[Errno 111] Connection refused"),
        httpx.ReadError(""),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    ],
)
def test_the_error_for_an_unreachable_bridge_contains_the_reason(clock: Clock, error: Exception) -> None:
    with pytest.raises(BridgeUnreachable) as fault:
        connect(Server(error), clock).manifest()
    assert str(error).rstrip(".") in fault.value.what
    assert "app.example.com" in fault.value.why


def test_a_temporary_failure_is_retried(clock: Clock) -> None:
    busy = httpx.Response(503)
    application = Server(httpx.ConnectError("refused"), busy, serving(entry("welcome")))
    assert list(connect(application, clock).manifest().digests) == ["welcome"]


@pytest.mark.parametrize("url", ["app.example.com/api/novu", "ftp://app.example.com", "https://app.example.com/\x01"])
def test_the_error_contains_an_invalid_url(clock: Clock, url: str) -> None:
    # The transport's error for another protocol. The last URL fails earlier.
    application = Server(httpx.UnsupportedProtocol("Request URL has an unsupported protocol."))
    with pytest.raises(BridgeUnreachable, match="is invalid: ") as fault:
        connect(application, clock, url).manifest()
    assert "https://app.example.com/api/novu" in fault.value.fix


def test_a_document_that_is_not_a_manifest_is_refused_with_the_bridge_s_url(clock: Clock) -> None:
    with pytest.raises(ManifestError, match=re.escape(URL)):
        connect(Server(httpx.Response(200, json={"status": "ok"})), clock).manifest()


def test_errors_of_the_bridge_hide_the_key(clock: Clock) -> None:
    for response in (
        httpx.Response(500, json={"message": f"bad key {KEY}"}),
        refused_with("SignatureMismatchError", f"not {KEY}"),
        httpx.Response(302, headers={"location": f"https://evil.example/{KEY}"}),
        httpx.ConnectError(f"refused {KEY}"),
    ):
        with pytest.raises(NovuError) as error:
            connect(Server(response), clock).manifest()
        assert KEY not in str(error.value)
        assert "[secret]" in str(error.value)
