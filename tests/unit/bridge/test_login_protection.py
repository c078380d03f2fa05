"""Products that require a login are recognized by their responses, and the error names the right bypass."""

from __future__ import annotations

import httpx
import pytest

from novu_provider.bridge import response_errors
from novu_provider.bridge.login_protection import BASIC, CLOUDFLARE, VERCEL, LoginProtection, recognize
from novu_provider.errors import BridgeLocked
from novu_provider.http.redaction import Redactor

_URL = "https://app.example.com/api/novu"
_TEAM = "https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.com?kid=1"


def _answer(status: int, text: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, text=text, headers=named, request=httpx.Request("GET", f"{_URL}?action=discover"))


@pytest.mark.parametrize(
    ("response", "product"),
    [
        (_answer(401, x_vercel_error="UNAUTHORIZED"), VERCEL),
        (_answer(401, "<html><a href='https://vercel.com/sso-api?url=x'></a></html>"), VERCEL),
        (_answer(401, "<html></html>", set_cookie="_vercel_sso_nonce=x; Path=/"), VERCEL),
        (_answer(302, location="https://vercel.com/sso-api?url=x"), VERCEL),
        (_answer(302, location=_TEAM), CLOUDFLARE),
        (_answer(302, location="/cdn-cgi/access/login/app.example.com"), CLOUDFLARE),
        (_answer(403, "<a href='https://team.cloudflareaccess.com/'>"), CLOUDFLARE),
        (_answer(401, www_authenticate='Basic realm="staging"'), BASIC),
        (_answer(401), None),
        (_answer(401, x_vercel_id="fra1::abc", server="Vercel"), None),
        (_answer(500, x_vercel_error="FUNCTION_INVOCATION_FAILED"), None),
        (_answer(403, server="cloudflare"), None),
        (_answer(302, location="https://[half/"), None),
        (_answer(200, "the words vercel.com/sso-api in a page of the application"), None),
    ],
)
def test_a_product_is_recognized_only_by_its_own_marks(
    response: httpx.Response, product: LoginProtection | None
) -> None:
    assert recognize(response) is product


@pytest.mark.parametrize("product", [VERCEL, CLOUDFLARE, BASIC])
def test_every_product_has_a_bypass(product: LoginProtection) -> None:
    assert product.bypass


@pytest.mark.parametrize(
    ("query", "fault", "words"),
    [
        ("", "bypass-missing", "requires a login"),
        ("&x-vercel-protection-bypass=abcdefgh", "bypass-wrong", "rejected the bypass token"),
    ],
)
def test_a_missing_token_is_distinguished_from_a_wrong_one(query: str, fault: str, words: str) -> None:
    response = _answer(401, x_vercel_error="UNAUTHORIZED")
    response.request = httpx.Request("GET", f"{_URL}?action=discover{query}")
    with pytest.raises(BridgeLocked, match=words) as raised:
        response_errors.read_document(response, _URL, Redactor(()))
    assert raised.value.fault == fault
    assert raised.value.prop == "bypassToken"
