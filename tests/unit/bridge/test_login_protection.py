"""Products that require a login are recognized by their responses, and the error names the right bypass."""

from __future__ import annotations

import httpx
import pytest

from novu_provider.bridge import response_errors
from novu_provider.bridge.login_protection import (
    AUTH0,
    BASIC,
    CLOUDFLARE,
    ENTRA,
    GOOGLE_IAP,
    KEYCLOAK,
    OAUTH2_PROXY,
    OKTA,
    PRODUCTS,
    VERCEL,
    LoginProtection,
    is_login_page,
    recognize,
)
from novu_provider.errors import BridgeLocked
from novu_provider.http.redaction import Redactor

_URL = "https://app.example.com/api/novu"
_TEAM = "https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.com?kid=1"


def _response(status: int, text: str = "", **headers: str) -> httpx.Response:
    header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        status, text=text, headers=header_fields, request=httpx.Request("GET", f"{_URL}?action=discover")
    )


@pytest.mark.parametrize(
    ("response", "product"),
    [
        (_response(401, x_vercel_error="UNAUTHORIZED"), VERCEL),
        (_response(401, "<html><a href='https://vercel.com/sso-api?url=x'></a></html>"), VERCEL),
        (_response(401, "<html></html>", set_cookie="_vercel_sso_nonce=x; Path=/"), VERCEL),
        (_response(302, location="https://vercel.com/sso-api?url=x"), VERCEL),
        (_response(302, location=_TEAM), CLOUDFLARE),
        (_response(302, location="/cdn-cgi/access/login/app.example.com"), CLOUDFLARE),
        (_response(403, "<a href='https://team.cloudflareaccess.com/'>"), CLOUDFLARE),
        (_response(401, www_authenticate='Basic realm="staging"'), BASIC),
        (_response(302, location="https://acme.okta.com/oauth2/v1/authorize?client_id=1"), OKTA),
        (_response(302, location="https://acme.eu.auth0.com/authorize?client_id=1"), AUTH0),
        (_response(302, location="https://login.microsoftonline.com/common/oauth2/v2.0/authorize"), ENTRA),
        (_response(302, location="/.auth/login/aad?post_login_redirect_uri=/api/novu"), ENTRA),
        (_response(302, location="https://accounts.google.com/o/oauth2/v2/auth?client_id=1"), GOOGLE_IAP),
        (_response(401, "Invalid IAP credentials", x_goog_iap_generated_response="true"), GOOGLE_IAP),
        (_response(302, location="https://id.example/realms/acme/protocol/openid-connect/auth?x=1"), KEYCLOAK),
        (_response(302, location="/oauth2/start?rd=%2Fapi%2Fnovu"), OAUTH2_PROXY),
        (_response(403, "<title>Sign In</title>", set_cookie="_oauth2_proxy_csrf=x; Path=/"), OAUTH2_PROXY),
        (_response(401), None),
        (_response(401, x_vercel_id="fra1::abc", server="Vercel"), None),
        (_response(500, x_vercel_error="FUNCTION_INVOCATION_FAILED"), None),
        (_response(403, server="cloudflare"), None),
        (_response(302, location="https://[half/"), None),
        (_response(200, "the words vercel.com/sso-api in a page of the application"), None),
    ],
)
def test_each_product_is_recognized_by_its_responses(response: httpx.Response, product: LoginProtection | None) -> None:
    assert recognize(response) is product


def _page(title: str, body: str = "", head: str = "") -> httpx.Response:
    text = f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return _response(200, text, content_type="text/html; charset=utf-8")


#: Login pages with the status 200, shortened to the parts that identify the product.
_LOGIN_PAGES = [
    (_page("Login – Vercel", "<a href='https://vercel.com/sso-api?url=x'>Continue</a>"), VERCEL),
    (_page("Sign in ・ Cloudflare Access", "<form action='/cdn-cgi/access/callback'></form>"), CLOUDFLARE),
    (_page("Acme - Sign In", "<div id='okta-sign-in'></div>"), OKTA),
    (_page("Redirecting", "<script>window.location.href='https://acme.okta.com/app/x'</script>"), OKTA),
    (_page("Log in | Acme", "<script src='https://cdn.auth0.com/ulp/x.js'></script>"), AUTH0),
    (_page("", head="<meta http-equiv='refresh' content='0; url=https://acme.auth0.com/login'>"), AUTH0),
    (_page("Sign in to your account", "<form action='https://login.microsoftonline.com/common/login'>"), ENTRA),
    (_page("Sign in - Google Accounts", "<form action='/signin/v2'></form>"), GOOGLE_IAP),
    (_page("Sign in to acme", "<form id='kc-form-login' action='/realms/acme/login-actions/authenticate'>"), KEYCLOAK),
    (_page("Sign In", "<form method='GET' action='/oauth2/start'><button>Sign in</button></form>"), OAUTH2_PROXY),
    (_page("Sign in"), None),
    (_page("Acme | Log in", "<p>Welcome back</p>"), None),
    (_page("Please sign in to Acme"), None),
    (_page("Authentication required"), None),
    (_page("Acme", "<form><input name='password' type='password'></form>"), None),
]

_MANUAL = "How to configure the product. " * 20
#: Pages and documents that mention a login but are not one.
_OTHER_PAGES = [
    _page("Acme", "<a href='https://acme.okta.com/login'>Sign in</a><p>Welcome</p>"),
    _page("How to sign in users with Auth0", f"<p>{_MANUAL}</p><pre>https://acme.auth0.com/authorize</pre>"),
    _page("Sign in with Okta: a guide", f"<p>{_MANUAL} okta-sign-in</p>"),
    _page(
        "Acme",
        f"<p>{_MANUAL}</p><script>function out() {{ location.href='https://acme.auth0.com/v2/logout' }}</script>",
    ),
    _page("Keycloak for beginners", f"<p>{_MANUAL} kc-form-login</p>"),
    _page("Application", "<h1>Hello</h1>"),
    _page("Login statistics", f"<p>{_MANUAL}</p>"),
    _response(
        200, '{"workflows": [], "code": "<title>Sign in</title> vercel.com/sso-api"}', content_type="application/json"
    ),
    _response(200, "{}", content_type="application/json", set_cookie="_oauth2_proxy=refreshed; Path=/"),
    _response(200, "pong", content_type="text/plain"),
]


@pytest.mark.parametrize(("response", "product"), _LOGIN_PAGES)
def test_a_login_page_with_status_200_is_recognized(response: httpx.Response, product: LoginProtection | None) -> None:
    assert recognize(response) is product
    with pytest.raises(BridgeLocked) as raised:
        response_errors.read_document(response, _URL, Redactor(()))
    assert raised.value.fault == ("bypass-missing" if product is VERCEL else "login")
    assert "Exempt" in raised.value.fix or (product is not None and product.bypass == raised.value.fix)


@pytest.mark.parametrize("response", _OTHER_PAGES)
def test_another_page_is_not_a_login(response: httpx.Response) -> None:
    assert recognize(response) is None
    assert not is_login_page(response)


@pytest.mark.parametrize("product", [*PRODUCTS, BASIC])
def test_every_product_has_a_bypass(product: LoginProtection) -> None:
    assert product.bypass


@pytest.mark.parametrize(
    ("query", "fault", "words"),
    [
        ("", "bypass-missing", "requires a login"),
        ("&x-vercel-protection-bypass=abcdefgh", "bypass-wrong", "rejected the bypass token"),
    ],
)
def test_a_missing_token_is_distinguished_from_a_rejected_one(query: str, fault: str, words: str) -> None:
    response = _response(401, x_vercel_error="UNAUTHORIZED")
    response.request = httpx.Request("GET", f"{_URL}?action=discover{query}")
    with pytest.raises(BridgeLocked, match=words) as raised:
        response_errors.read_document(response, _URL, Redactor(()))
    assert raised.value.fault == fault
    assert raised.value.prop == "bypassToken"
