"""Authentication in front of the bridge: which product asks for a login, and which token is missing or wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import BridgeLocked
from tests.intercepting_proxy import InterceptingProxy, Request, Response
from tests.unit.doctor.examination import Doctor, text

_PARAMETER = "x-vercel-protection-bypass"
_TOKEN = "bypass-token-of-the-tests"
_PAGE = b"<!doctype html><html><title>Authentication Required</title></html>"


def _vercel(request: Request, _pass: Callable[[], Response]) -> Response | None:
    """Deployment protection: lets through what carries the token, once."""
    if request.path.count(f"{_PARAMETER}={_TOKEN}") == request.path.count(_PARAMETER) == 1:
        return None
    return Response(401, _PAGE, {"content-type": "text/html", "server": "Vercel", "x-vercel-error": "UNAUTHORIZED"})


def _access(request: Request, _pass: Callable[[], Response]) -> Response:
    """Cloudflare Access: to the team's login."""
    return Response(302, headers={"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/app?kid=1"})


def _basic(request: Request, _pass: Callable[[], Response]) -> Response:
    return Response(401, b"Unauthorized", {"www-authenticate": 'Basic realm="staging"'})


def _middleware(status: int, **headers: str) -> Callable[[Request, Callable[[], Response]], Response]:
    """The application's own."""
    return lambda _request, _pass: Response(
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
def test_what_asks_for_a_login_is_named_with_its_bypass(
    doctor: Doctor,
    fronted: InterceptingProxy,
    guard: Callable[[Request, Callable[[], Response]], Response],
    title: str,
    fix: str,
) -> None:
    fronted.respond = guard
    seen = doctor.examine(f"{fronted.url}/api/novu")
    assert seen.failed == {"authentication.login"}
    assert title in seen["authentication.login"].title
    assert fix in seen["authentication.login"].fix
    assert seen["url.path"].status == "skipped"
    assert seen["bridge.discover"].title == "not checked: `url.path` comes first"


def test_a_login_page_that_a_redirect_ends_at_is_no_bridge(doctor: Doctor, fronted: InterceptingProxy) -> None:
    page = Response(200, b'<html><form><input type="password"></form></html>', {"content-type": "text/html"})
    fronted.respond = lambda request, _pass: (
        page if request.path.startswith("/login") else Response(302, headers={"location": "/login"})
    )
    seen = doctor.examine(f"{fronted.url}/api/novu")
    assert seen.failed == {"authentication.login"}
    assert "returned a login page" in seen["authentication.login"].title


def test_a_missing_bypass_token_is_named_with_where_to_have_it(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = _vercel
    seen = doctor.examine(f"{fronted.url}/api/novu")
    assert seen.failed == {"authentication.bypass"}
    assert "Vercel's deployment protection requires a login" in seen["authentication.bypass"].title
    assert "novu:bypassToken" in seen["authentication.bypass"].fix


def test_a_wrong_bypass_token_is_told_from_a_missing_one(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = _vercel
    seen = doctor.examine(f"{fronted.url}/api/novu", bypassToken="a-token-of-before")
    assert seen.failed == {"authentication.bypass"}
    assert "rejected the bypass token" in seen["authentication.bypass"].title
    assert "a-token-of-before" not in text(seen["authentication.bypass"])


@pytest.mark.parametrize("place", ["the setting", "the URL", "both"])
def test_the_right_token_passes_wherever_it_stands(doctor: Doctor, fronted: InterceptingProxy, place: str) -> None:
    fronted.respond = _vercel
    query = f"?{_PARAMETER}={_TOKEN}" if place != "the setting" else ""
    setting = {"bypassToken": _TOKEN} if place != "the URL" else {}
    seen = doctor.examine(f"{fronted.url}/api/novu{query}", **setting)
    assert not seen.failed
    assert _TOKEN not in seen.report.model_dump_json()


def test_two_different_tokens_are_told_as_the_provider_tells_them(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = _vercel
    seen = doctor.examine(f"{fronted.url}/api/novu?{_PARAMETER}={_TOKEN}", bypassToken="a-token-of-before")
    assert seen.failed == {"authentication.token"}
    assert "there are two bypass tokens" in seen["authentication.token"].title


def test_a_token_that_stands_twice_in_the_url_is_told(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = _vercel
    seen = doctor.examine(f"{fronted.url}/api/novu?{_PARAMETER}={_TOKEN}&{_PARAMETER}={_TOKEN}")
    assert "authentication.token" in seen.failed
    assert f"{_PARAMETER} 2 times" in seen["authentication.token"].title


def test_a_token_that_novu_repeats_is_not_shown(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = lambda request, _pass: (
        Response(403) if "novu-safe-outbound" in request.headers.get("user-agent", "") else None
    )
    seen = doctor.examine(f"{fronted.url}/api/novu", bypassToken=_TOKEN)
    assert seen.failed == {"novu.calls"}
    assert "[secret]" in text(seen["novu.calls"])
    assert _TOKEN not in seen.report.model_dump_json()


def test_the_provider_itself_says_the_same(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = _access
    url = f"{fronted.url}/api/novu"
    bridge = BridgeClient.connect(url, "a-key-of-the-tests", retries=0)
    try:
        with pytest.raises(BridgeLocked) as raised:
            bridge.manifest()
    finally:
        bridge.close()
    found = doctor.examine(url)["authentication.login"]
    assert (found.title, found.cause, found.fix) == (raised.value.what, raised.value.why, raised.value.fix)
