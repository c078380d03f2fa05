"""Each error response of Novu becomes an error with its cause and its fix."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from novu_provider.errors import (
    AccessDenied,
    EndpointClosed,
    KeyRejected,
    NovuApiError,
    NovuUnreachable,
    RequestRefused,
)
from novu_provider.http.redaction import Redactor
from novu_provider.novu_api import response_errors

KEY = "d0d0d0d0000000000000000000000001"
BASE = "https://api.novu.co"


def error_for(response: httpx.Response) -> NovuApiError:
    response.request = httpx.Request("GET", f"{BASE}/v1/environments/me")
    return response_errors.error_for_response(response, BASE, "/v1/environments/me", Redactor((KEY,)))


def error_response(status: int, message: Any, **fields: Any) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message, **fields})


@pytest.mark.parametrize(
    ("response", "error_type", "what", "fix"),
    [
        (error_response(401, "API Key not found"), KeyRejected, "API Key not found", "novu:region eu"),
        (
            error_response(401, "Missing authorization header"),
            KeyRejected,
            "Missing authorization header",
            "novu:secretKey",
        ),
        (httpx.Response(401, html="<p>Login</p>"), KeyRejected, "returned 401: no JSON", "novu:secretKey"),
        (error_response(401, "API endpoint not accessible"), EndpointClosed, "endpoint not accessible", "self-hosted"),
        (
            error_response(401, "This action is only allowed in Development environment"),
            AccessDenied,
            "only in Development",
            "novu:allowEmpty",
        ),
        (error_response(403, "Forbidden"), AccessDenied, "returned 403: Forbidden", "this stack's environment"),
        (
            error_response(404, "Workflow cannot be found"),
            RequestRefused,
            "with 404: Workflow cannot be found",
            "Fix the problem",
        ),
        (error_response(400, ["one", "two"]), RequestRefused, "one", "Fix the problem"),
        (error_response(400, {"field": "bad"}), RequestRefused, "field", "Fix the problem"),
        (httpx.Response(400, json=[]), RequestRefused, "with 400: no message", "Fix the problem"),
        (httpx.Response(400), RequestRefused, "with 400: no text", "Fix the problem"),
        (httpx.Response(413, html="<p>Too large</p>"), RequestRefused, "with 413: no JSON", "Fix the problem"),
        (error_response(429, "API rate limit exceeded"), NovuUnreachable, "returned 429", "Wait a minute"),
        (httpx.Response(408), NovuUnreachable, "returned 408", "Wait a minute"),
        (
            error_response(500, "Internal server error"),
            NovuUnreachable,
            "returned 500: Internal server error",
            "Wait a minute",
        ),
        (httpx.Response(502, html="<h1>Bad Gateway</h1>"), NovuUnreachable, "returned 502: no JSON", "Wait a minute"),
        (httpx.Response(301, headers={"location": "/x"}), NovuUnreachable, "returned 301", ""),
    ],
)
def test_each_status_has_a_cause_and_a_fix(
    response: httpx.Response, error_type: type[NovuApiError], what: str, fix: str
) -> None:
    error = error_for(response)
    assert type(error) is error_type
    # The refusal of a deletion names no workflow, so that it is reported once for all of them.
    assert f"GET {BASE}/v1/environments/me" in error.what or error_type is AccessDenied
    assert what in error.what
    assert fix in error.fix
    assert error.why


def test_a_validation_error_contains_every_reason() -> None:
    errors = {"general": {"messages": ["bridgeUrl must be a URL address"]}, "x": {"messages": ["x is missing"]}, "y": 5}
    error = error_for(error_response(422, "Validation Error", errors=errors))
    assert isinstance(error, RequestRefused)
    assert error.status == 422
    assert error.message == "Validation Error; bridgeUrl must be a URL address; x is missing"
    assert error.message in error.what


@pytest.mark.parametrize("errors", [None, [], "none", {"general": None}, {"general": {"messages": None}}])
def test_reasons_in_an_unknown_form_are_omitted(errors: Any) -> None:
    assert response_errors.message(error_response(422, "Validation Error", errors=errors)) == "Validation Error"


def test_a_401_that_repeats_the_key_hides_it() -> None:
    # The recorded message for a key without its scheme.
    error = error_for(error_response(401, f'Invalid authentication scheme: "{KEY}"'))
    assert KEY not in str(error)
    assert 'Invalid authentication scheme: "[secret]"' in error.what


def test_the_error_for_a_lost_response_contains_method_and_url() -> None:
    error = response_errors.unreachable("POST", BASE, "/v1/bridge/sync", "")
    assert isinstance(error, NovuUnreachable)
    assert error.what == f"POST {BASE}/v1/bridge/sync got no response: the connection was closed."


def test_an_unreadable_response_is_an_error_and_other_errors_pass_through() -> None:
    with (
        pytest.raises(NovuUnreachable, match=r"without the expected field '_id'"),
        response_errors.expect_response_shape(BASE, "/x"),
    ):
        raise KeyError("_id")
    with pytest.raises(RequestRefused), response_errors.expect_response_shape(BASE, "/x"):
        raise RequestRefused("no")


def test_an_older_server_and_a_wrong_url_are_distinguished() -> None:
    response = error_response(404, "Cannot GET /v2/workflows?limit=100")
    response.request = httpx.Request("GET", f"{BASE}/v2/workflows?limit=100")
    assert type(response_errors.error_for_response(response, BASE, "/v2/workflows", Redactor(()))) is EndpointClosed
    assert type(error_for(error_response(404, "Cannot GET /v1/environments/me"))) is RequestRefused
    response = error_response(404, "Cannot find the workflow 6a12")
    response.request = httpx.Request("GET", f"{BASE}/v2/workflows/6a12")
    assert (
        type(response_errors.error_for_response(response, BASE, "/v2/workflows/6a12", Redactor(()))) is RequestRefused
    )


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500])
def test_every_refusal_has_its_status_and_novu_s_message(status: int) -> None:
    error = error_for(error_response(status, "Some words"))
    assert (error.status, error.message) == (status, "Some words")
