"""Authentication in front of the bridge: products that require a login, and a missing or rejected bypass token."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import BridgeLocked
from tests.intercepting_proxy import InterceptingProxy, Request, Response
from tests.unit.doctor.harness import Doctor, text

_PARAMETER = "x-vercel-protection-bypass"
_TOKEN = "bypass-token-of-the-tests"
_PAGE = b"<!doctype html><html><title>Authentication Required</title></html>"


def _vercel(request: Request, _forward: Callable[[], Response]) -> Response | None:
    """Vercel's deployment protection: accept a request with the token, once."""
    if request.path.count(f"{_PARAMETER}={_TOKEN}") == request.path.count(_PARAMETER) == 1:
        return None
    return Response(401, _PAGE, {"content-type": "text/html", "server": "Vercel", "x-vercel-error": "UNAUTHORIZED"})


def _access(request: Request, _forward: Callable[[], Response]) -> Response:
    """Cloudflare Access: redirect to the team's login."""
    return Response(302, headers={"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/app?kid=1"})


def _basic(request: Request, _forward: Callable[[], Response]) -> Response:
    return Response(401, b"Unauthorized", {"www-authenticate": 'Basic realm="staging"'})


def _middleware(status: int, **headers: str) -> Callable[[Request, Callable[[], Response]], Response]:
    """Middleware of the application itself."""
    return lambda _request, _forward: Response(
        status, b'{"message": "no"}', {"content-type": "application/json", **headers}
    )


@pytest.mark.parametrize(
    ("guard", "title", "fix"),
    [
        (_access, "Cloudflare Access requires a login", "a Bypass policy"),
        (_basic, "basic authentication requires a login", "Exempt the bridge's path"),
        (_middleware(401), "returned 401: it requires a login", "Exempt the bridge's path"),
        (_middleware(403), "returned 403: it requires a login", "Exempt the bridge's path"),
        (
            _middleware(307, location="https://id.example/login?next=1"),
            "redirects to https://id.example/login: ",
            "Exempt the bridge's",
        ),
    ],
    ids=["Cloudflare Access", "basic", "401", "403", "login page"],
)
def test_a_login_is_reported_with_its_bypass(
    doctor: Doctor,
    front_server: InterceptingProxy,
    guard: Callable[[Request, Callable[[], Response]], Response],
    title: str,
    fix: str,
) -> None:
    front_server.respond = guard
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu")
    assert diagnosis.failed == {"authentication.login"}
    assert title in diagnosis["authentication.login"].title
    assert fix in diagnosis["authentication.login"].fix
    assert diagnosis["url.path"].status == "skipped"
    assert diagnosis["bridge.discover"].title == "not checked: depends on `url.path`"


def test_a_redirect_to_a_login_page_is_reported_as_a_login(doctor: Doctor, front_server: InterceptingProxy) -> None:
    page = Response(200, b'<html><form><input type="password"></form></html>', {"content-type": "text/html"})
    front_server.respond = lambda request, _forward: (
        page if request.path.startswith("/login") else Response(302, headers={"location": "/login"})
    )
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu")
    assert diagnosis.failed == {"authentication.login"}
    assert "returned a login page" in diagnosis["authentication.login"].title


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<!doctype html><title>Sign in</title>", "returned a login page"),
        (b"<!doctype html><title>Sign in to acme</title><form id='kc-form-login'></form>", "Keycloak requires a login"),
    ],
    ids=["unknown", "Keycloak"],
)
def test_a_login_page_with_status_200_is_reported(
    doctor: Doctor, front_server: InterceptingProxy, page: bytes, title: str
) -> None:
    front_server.respond = lambda _request, _forward: Response(200, page, {"content-type": "text/html"})
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu")
    assert diagnosis.failed == {"authentication.login"}
    assert title in diagnosis["authentication.login"].title


def test_a_missing_bypass_token_is_reported_with_its_setting(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = _vercel
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu")
    assert diagnosis.failed == {"authentication.bypass"}
    assert "Vercel's deployment protection requires a login" in diagnosis["authentication.bypass"].title
    assert "novu:bypassToken" in diagnosis["authentication.bypass"].fix


def test_a_rejected_bypass_token_differs_from_a_missing_one(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = _vercel
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu", bypassToken="a-token-of-before")
    assert diagnosis.failed == {"authentication.bypass"}
    assert "rejected the bypass token" in diagnosis["authentication.bypass"].title
    assert "a-token-of-before" not in text(diagnosis["authentication.bypass"])


@pytest.mark.parametrize("place", ["the setting", "the URL", "both"])
def test_the_right_token_passes_in_setting_and_url(doctor: Doctor, front_server: InterceptingProxy, place: str) -> None:
    front_server.respond = _vercel
    query = f"?{_PARAMETER}={_TOKEN}" if place != "the setting" else ""
    setting = {"bypassToken": _TOKEN} if place != "the URL" else {}
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu{query}", **setting)
    assert not diagnosis.failed
    assert _TOKEN not in diagnosis.report.model_dump_json()


def test_two_different_tokens_are_reported(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = _vercel
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu?{_PARAMETER}={_TOKEN}", bypassToken="a-token-of-before")
    assert diagnosis.failed == {"authentication.token"}
    assert "there are two bypass tokens" in diagnosis["authentication.token"].title


def test_a_token_that_is_twice_in_the_url_is_reported(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = _vercel
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu?{_PARAMETER}={_TOKEN}&{_PARAMETER}={_TOKEN}")
    assert "authentication.token" in diagnosis.failed
    assert f"{_PARAMETER} 2 times" in diagnosis["authentication.token"].title


def test_a_token_in_novus_message_is_redacted(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = lambda request, _forward: (
        Response(403) if "novu-safe-outbound" in request.headers.get("user-agent", "") else None
    )
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu", bypassToken=_TOKEN)
    assert diagnosis.failed == {"novu.calls"}
    assert "[secret]" in text(diagnosis["novu.calls"])
    assert _TOKEN not in diagnosis.report.model_dump_json()


def test_the_provider_reports_the_same_texts(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = _access
    url = f"{front_server.url}/api/novu"
    bridge = BridgeClient.connect(url, "a-key-of-the-tests", retries=0)
    try:
        with pytest.raises(BridgeLocked) as raised:
            bridge.manifest()
    finally:
        bridge.close()
    finding = doctor.diagnose(url)["authentication.login"]
    assert (finding.title, finding.cause, finding.fix) == (raised.value.what, raised.value.why, raised.value.fix)
