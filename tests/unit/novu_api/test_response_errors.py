"""What each of Novu's error answers means, and what to do about it."""

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


def fault(response: httpx.Response) -> NovuApiError:
    response.request = httpx.Request("GET", f"{BASE}/v1/environments/me")
    return response_errors.error_for_response(response, BASE, "/v1/environments/me", Redactor((KEY,)))


def answer(status: int, message: Any, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message, **more})


@pytest.mark.parametrize(
    ("response", "kind", "what", "fix"),
    [
        (answer(401, "API Key not found"), KeyRejected, "API Key not found", "novu:region eu"),
        (answer(401, "Missing authorization header"), KeyRejected, "Missing authorization header", "novu:secretKey"),
        (httpx.Response(401, html="<p>Login</p>"), KeyRejected, "returned 401: no JSON", "novu:secretKey"),
        (answer(401, "API endpoint not accessible"), EndpointClosed, "endpoint not accessible", "self-hosted"),
        (
            answer(401, "This action is only allowed in Development environment"),
            AccessDenied,
            "only in Development",
            "novu:allowEmpty",
        ),
        (answer(403, "Forbidden"), AccessDenied, "returned 403: Forbidden", "this stack's environment"),
        (
            answer(404, "Workflow cannot be found"),
            RequestRefused,
            "with 404: Workflow cannot be found",
            "Fix the problem",
        ),
        (answer(400, ["one", "two"]), RequestRefused, "one", "Fix the problem"),
        (answer(400, {"field": "bad"}), RequestRefused, "field", "Fix the problem"),
        (httpx.Response(400, json=[]), RequestRefused, "with 400: no message", "Fix the problem"),
        (httpx.Response(400), RequestRefused, "with 400: no text", "Fix the problem"),
        (httpx.Response(413, html="<p>Too large</p>"), RequestRefused, "with 413: no JSON", "Fix the problem"),
        (answer(429, "API rate limit exceeded"), NovuUnreachable, "returned 429", "Wait a minute"),
        (httpx.Response(408), NovuUnreachable, "returned 408", "Wait a minute"),
        (answer(500, "Internal server error"), NovuUnreachable, "returned 500: Internal server error", "Wait a minute"),
        (httpx.Response(502, html="<h1>Bad Gateway</h1>"), NovuUnreachable, "returned 502: no JSON", "Wait a minute"),
        (httpx.Response(301, headers={"location": "/x"}), NovuUnreachable, "returned 301", ""),
    ],
)
def test_a_status_becomes_what_a_user_can_do_about_it(
    response: httpx.Response, kind: type[NovuApiError], what: str, fix: str
) -> None:
    found = fault(response)
    assert type(found) is kind
    # Each workflow's deletion is refused alike, and told once.
    assert f"GET {BASE}/v1/environments/me" in found.what or kind is AccessDenied
    assert what in found.what
    assert fix in found.fix
    assert found.why


def test_a_validation_error_gives_each_reason() -> None:
    errors = {"general": {"messages": ["bridgeUrl must be a URL address"]}, "x": {"messages": ["x is missing"]}, "y": 5}
    found = fault(answer(422, "Validation Error", errors=errors))
    assert isinstance(found, RequestRefused)
    assert found.status == 422
    assert found.message == "Validation Error; bridgeUrl must be a URL address; x is missing"
    assert found.message in found.what


@pytest.mark.parametrize("errors", [None, [], "none", {"general": None}, {"general": {"messages": None}}])
def test_reasons_of_an_unknown_form_are_left_out(errors: Any) -> None:
    assert response_errors.message(answer(422, "Validation Error", errors=errors)) == "Validation Error"


def test_the_401_that_repeats_the_key_is_shown_without_it() -> None:
    # Novu's own words for a key without its scheme, as recorded.
    found = fault(answer(401, f'Invalid authentication scheme: "{KEY}"'))
    assert KEY not in str(found)
    assert 'Invalid authentication scheme: "[secret]"' in found.what


def test_a_request_without_an_answer_is_named_with_its_method_and_url() -> None:
    found = response_errors.unreachable("POST", BASE, "/v1/bridge/sync", "")
    assert isinstance(found, NovuUnreachable)
    assert found.what == f"POST {BASE}/v1/bridge/sync got no response: the connection was closed."


def test_an_answer_that_cannot_be_read_is_an_error_of_ours_and_another_error_stays_itself() -> None:
    with (
        pytest.raises(NovuUnreachable, match=r"without the expected field '_id'"),
        response_errors.expect_response_shape(BASE, "/x"),
    ):
        raise KeyError("_id")
    with pytest.raises(RequestRefused), response_errors.expect_response_shape(BASE, "/x"):
        raise RequestRefused("no")


def test_a_server_without_the_newer_endpoints_is_no_wrong_url_and_a_wrong_url_no_older_server() -> None:
    response = answer(404, "Cannot GET /v2/workflows?limit=100")
    response.request = httpx.Request("GET", f"{BASE}/v2/workflows?limit=100")
    assert type(response_errors.error_for_response(response, BASE, "/v2/workflows", Redactor(()))) is EndpointClosed
    assert type(fault(answer(404, "Cannot GET /v1/environments/me"))) is RequestRefused
    response = answer(404, "Cannot find the workflow 6a12")
    response.request = httpx.Request("GET", f"{BASE}/v2/workflows/6a12")
    assert (
        type(response_errors.error_for_response(response, BASE, "/v2/workflows/6a12", Redactor(()))) is RequestRefused
    )


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500])
def test_every_refusal_carries_its_status_and_novu_s_words(status: int) -> None:
    found = fault(answer(status, "Some words"))
    assert (found.status, found.message) == (status, "Some words")
