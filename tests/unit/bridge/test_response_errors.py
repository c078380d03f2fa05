"""Each response of a bridge that is not a discover document becomes an error with its cause."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from novu_provider.bridge import connection_errors, response_errors
from novu_provider.errors import (
    BridgeError,
    BridgeFault,
    BridgeLocked,
    BridgeUnreachable,
    NotABridge,
    NovuError,
    SignatureRefused,
)
from novu_provider.http.redaction import Redactor

KEY = "d0d0d0d0000000000000000000000001"
URL = "https://app.example.com/api/novu"
PAGE = "<!doctype html><title>Acme</title>"
LOGIN_PAGE = "<!doctype html><title>Sign in</title>"


def read(response: httpx.Response) -> Any:
    return response_errors.read_document(response, URL, Redactor((KEY,)))


def html(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html=PAGE)


def framework_error(code: str, status: int = 401) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": "in the framework's words"})


@pytest.mark.parametrize("document", [{"workflows": []}, {"workflows": [{"code": "…"}]}, {}, [], "ok", 0, False, None])
def test_json_is_returned_unchanged(document: Any) -> None:
    assert read(httpx.Response(200, content=json.dumps(document))) == document


def test_json_is_read_with_any_content_type() -> None:
    assert read(httpx.Response(200, text='{"workflows": []}')) == {"workflows": []}


FAULTS: list[tuple[str, httpx.Response, type[BridgeError], str, str]] = [
    ("401", httpx.Response(401), BridgeLocked, "returned 401", "novu:bypassToken"),
    ("401 JSON", httpx.Response(401, json={"message": "no"}), BridgeLocked, "returned 401", "novu:bypassToken"),
    ("401 page", html(401), BridgeLocked, "requires a login", "novu:bypassToken"),
    ("403", httpx.Response(403), BridgeLocked, "returned 403", "Exempt the bridge's path"),
    ("404", httpx.Response(404), BridgeFault, "returned 404: there is no bridge", "action=health-check"),
    ("404 page", html(404), BridgeFault, "returned 404: there is no bridge", "action=health-check"),
    ("405", httpx.Response(405), BridgeFault, "returned 405: it does not accept GET", "serve("),
    ("413", httpx.Response(413), BridgeFault, "returned 413.", "log"),
    ("500", httpx.Response(500), BridgeFault, "returned 500.", "log"),
    (
        "500 JSON",
        httpx.Response(500, json={"message": "no database"}),
        BridgeFault,
        "returned 500: no database.",
        "log",
    ),
    ("500 list", httpx.Response(500, json={"message": ["a"]}), BridgeFault, "returned 500.", "log"),
    ("500 text", httpx.Response(500, text="Internal Server Error"), BridgeFault, "returned 500.", "log"),
    ("502 page", html(502), BridgeFault, "returned 502.", "novu:waitForBridge"),
    ("page", html(), NotABridge, "returned a web page", "exempt it from the login"),
    ("login page", httpx.Response(200, html=LOGIN_PAGE), BridgeLocked, "returned a login page", "Exempt"),
    ("page as text", httpx.Response(200, text=f"\n  {PAGE}"), NotABridge, "returned a web page", "exempt it"),
    ("empty", httpx.Response(200), NotABridge, "returned 200 without a body", "log"),
    ("204", httpx.Response(204), NotABridge, "returned 204 without a body", "log"),
    (
        "text",
        httpx.Response(200, text="pong"),
        NotABridge,
        "text/plain that is not JSON (4 bytes)",
        "?action=health-check",
    ),
    (
        "cut JSON",
        httpx.Response(200, content=b'{"workflows": [{"wor', headers={"content-type": "application/json"}),
        *(NotABridge, "application/json that is not JSON (20 bytes)", "?action=health-check"),
    ),
    ("no UTF-8", httpx.Response(200, content=b"\xff\xfe\xfa"), NotABridge, "that is not JSON (3 bytes)", "?action"),
    (
        "mismatch",
        framework_error("SignatureMismatchError"),
        SignatureRefused,
        "in the framework's words",
        "the same environment",
    ),
    (
        "invalid",
        framework_error("SignatureInvalidError"),
        SignatureRefused,
        "in the framework's words",
        "the same environment",
    ),
    (
        "not found",
        framework_error("SignatureNotFoundError"),
        SignatureRefused,
        "without a signature",
        "Let the header through",
    ),
    ("expired", framework_error("SignatureExpiredError"), SignatureRefused, "as expired", "time server"),
    (
        "no key",
        framework_error("SigningKeyNotFoundError"),
        SignatureRefused,
        "has no secret key",
        "Set NOVU_SECRET_KEY of the application",
    ),
    (
        "mismatch 400",
        framework_error("SignatureMismatchError", 400),
        SignatureRefused,
        "in the framework's words",
        "same",
    ),
    ("another code", framework_error("SomethingElseError"), BridgeLocked, "returned 401", "Exempt"),
    (
        "302",
        httpx.Response(302, headers={"location": "https://a.example/login?x"}),
        *(BridgeLocked, "redirects to https://a.example/login: it requires a login", "Exempt the bridge's path"),
    ),
    (
        "302 elsewhere",
        httpx.Response(302, headers={"location": "https://www.app.example/api/novu?x"}),
        *(BridgeLocked, "redirects to https://www.app.example/api/novu.", "Set the URL"),
    ),
    ("302 to nowhere", httpx.Response(302), BridgeLocked, "redirects to another address", "Set the URL"),
]


@pytest.mark.parametrize(
    ("response", "error_type", "what", "fix"), [pytest.param(*rest, id=name) for name, *rest in FAULTS]
)
def test_a_response_becomes_an_error_with_its_cause(
    response: httpx.Response, error_type: type[BridgeError], what: str, fix: str
) -> None:
    with pytest.raises(BridgeError) as error:
        read(response)
    assert type(error.value) is error_type
    assert what in error.value.what
    assert fix in error.value.fix
    assert error.value.why


@pytest.mark.parametrize(
    ("code", "prop"),
    [
        ("SignatureMismatchError", "secretKey"),
        ("SignatureInvalidError", "secretKey"),
        ("SignatureNotFoundError", "bridgeUrl"),
        ("SignatureExpiredError", "bridgeUrl"),
        ("SigningKeyNotFoundError", "bridgeUrl"),
    ],
)
def test_a_refused_signature_names_the_property_that_fixes_it(code: str, prop: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        read(framework_error(code))
    assert refused.value.prop == prop


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500, json={"message": f"the key is {KEY}"}),
        httpx.Response(401, json={"code": "SignatureMismatchError", "message": f"the key is {KEY}"}),
        httpx.Response(302, headers={"location": f"https://a.example/{KEY}"}),
    ],
)
def test_a_key_in_the_response_is_hidden(response: httpx.Response) -> None:
    with pytest.raises(NovuError) as error:
        read(response)
    assert KEY not in str(error.value)
    assert "[secret]" in error.value.what


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "Nothing listens at app.example.com"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "does not resolve."),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"), "novu:caBundle"),
        (httpx.ConnectError("[Errno 113] No route to host"), "firewall"),
        (httpx.ReadError(""), "closed the connection"),
        (httpx.RemoteProtocolError("Server disconnected"), "closed the connection"),
    ],
)
def test_the_error_for_an_unreachable_bridge_contains_the_likely_cause(cause: httpx.HTTPError, why: str) -> None:
    error = connection_errors.unreachable(URL, cause, str(cause))
    assert isinstance(error, BridgeUnreachable)
    assert (str(cause) or "the connection was closed") in error.what
    assert why in f"{error.why} {error.fix}"
    assert ("novu:waitForBridge" in error.fix) is (error.fault != "certificate")
