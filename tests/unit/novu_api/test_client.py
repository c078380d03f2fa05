"""Novu's API: every endpoint, and listings that change while they are read."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from novu_provider.errors import (
    AccessDenied,
    KeyRejected,
    NovuApiError,
    NovuUnreachable,
    RequestRefused,
    SettingsError,
)
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import Environment, WorkflowSummary
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from tests.unit.clock import Clock
from tests.unit.documents import entry, stored
from tests.unit.server import Server

KEY = "d0d0d0d0000000000000000000000001"
TOKEN = "vercel-bypass-0123456789"
URL = "https://novu.example.com"


def connect(server: Server, clock: Clock) -> NovuApi:
    values = {"secretKey": KEY, "apiUrl": URL, "bypassToken": TOKEN}
    return NovuApi(Settings.read(values.get, {}), server, clock.sleep)


def data(value: Any, status: int = 200, **fields: Any) -> httpx.Response:
    return httpx.Response(status, json={"data": value, **fields})


def error(status: int, message: Any, **fields: Any) -> httpx.Response:
    body = {"statusCode": status, "path": "/x", "message": message, **fields}
    return httpx.Response(status, json=body)


def test_every_request_has_the_key_only_in_its_header(clock: Clock) -> None:
    server = Server(data({"_id": "e1"}))
    connect(server, clock).environment()
    (request,) = server.requests
    assert request.headers["authorization"] == f"ApiKey {KEY}"
    assert str(request.url) == f"{URL}/v1/environments/me"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"_id": "e1", "name": "Production", "type": "prod", "bridge": {"url": "https://a.example"}},
            Environment("e1", "Production", "prod", "https://a.example"),
        ),
        ({"_id": "e1"}, Environment("e1", "", None, "")),
        ({"_id": "e1", "name": None, "type": None, "bridge": None}, Environment("e1", "", None, "")),
        ({"_id": "e1", "bridge": {"url": None}}, Environment("e1", "", None, "")),
    ],
)
def test_the_environment_is_read_before_and_after_a_first_sync(
    clock: Clock, document: JsonObject, expected: Environment
) -> None:
    assert connect(Server(data(document)), clock).environment() == expected


def test_a_put_sets_and_clears_the_bridge_url(clock: Clock) -> None:
    server = Server(data({}))
    api = connect(server, clock)
    api.set_bridge_url("e1", "https://a.example")
    api.set_bridge_url("e/1", "")
    assert server.methods_and_paths == [("PUT", "/v1/environments/e1"), ("PUT", "/v1/environments/e%2F1")]
    assert [json.loads(request.content) for request in server.requests] == [
        {"bridge": {"url": "https://a.example"}},
        {"bridge": {"url": ""}},
    ]


def test_a_sync_sends_the_url_and_returns_the_stored_ids(clock: Clock) -> None:
    server = Server(data([stored(entry("b"), "1"), stored(entry("a"), "2")], 201))
    assert connect(server, clock).sync("https://a.example/?x=1", 90) == {"b": "1", "a": "2"}
    (request,) = server.requests
    assert (request.method, str(request.url)) == ("POST", f"{URL}/v1/bridge/sync?source=pulumi")
    assert json.loads(request.content) == {"bridgeUrl": "https://a.example/?x=1"}
    assert request.extensions["timeout"]["read"] == 90


def test_a_workflow_is_read_written_and_deleted_by_its_internal_id(clock: Clock) -> None:
    server = Server(data({"_id": "1", "workflowId": "a"}), data({}), httpx.Response(204))
    api = connect(server, clock)
    assert api.workflow("1")["workflowId"] == "a"
    api.update_workflow("1", {"name": "A"})
    assert api.delete_workflow("1") is True
    assert server.methods_and_paths == [(method, "/v2/workflows/1") for method in ("GET", "PUT", "DELETE")]
    assert json.loads(server.requests[1].content) == {"name": "A"}


def test_deleting_a_missing_workflow_returns_false(clock: Clock) -> None:
    assert connect(Server(error(404, "Workflow cannot be found")), clock).delete_workflow("1") is False


@pytest.mark.parametrize("status", [400, 409, 422])
def test_any_other_refusal_of_a_deletion_is_an_error(clock: Clock, status: int) -> None:
    with pytest.raises(RequestRefused) as refused:
        connect(Server(error(status, "no")), clock).delete_workflow("1")
    assert refused.value.status == status


def test_a_deletion_with_a_lost_response_is_repeated(clock: Clock) -> None:
    server = Server(httpx.ReadTimeout("slow"), error(404, "Workflow cannot be found"))
    assert connect(server, clock).delete_workflow("1") is False
    assert len(server.requests) == 2


class Listing:
    """Both listings of the same workflows, in pages as in Novu. ``after_page`` runs after each page."""

    def __init__(self, count: int, total: bool = True) -> None:
        self.rows = [stored(entry(f"w{number:03}"), f"id-{number:03}") for number in range(count)]
        self.after_page: Callable[[], None] = lambda: None
        self._total = total

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        limit = int(query["limit"])
        assert limit <= 100
        v2 = request.url.path == "/v2/workflows"
        start = int(query["offset"]) if v2 else int(query["page"]) * limit
        page, total = self.rows[start : start + limit], len(self.rows)
        self.after_page()
        if not v2:
            return data(page, **({"totalCount": total} if self._total else {}))
        summaries = [
            {"_id": row["_id"], "workflowId": row["triggers"][0]["identifier"], "origin": row["origin"]} for row in page
        ]
        return data({"workflows": summaries, "totalCount": total})


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (250, 3)])
def test_listings_are_read_in_pages_of_a_hundred(clock: Clock, count: int, calls: int) -> None:
    server = Server(Listing(count))
    api = connect(server, clock)
    assert [summary.workflow_id for summary in api.workflow_summaries()] == [f"w{number:03}" for number in range(count)]
    assert len(server.requests) == calls
    assert [workflow.workflow_id for workflow in api.stored_workflows()] == [f"w{number:03}" for number in range(count)]
    assert len(server.requests) == 2 * calls


def test_a_listing_without_a_total_is_read_to_its_end(clock: Clock) -> None:
    assert len(connect(Server(Listing(250, total=False)), clock).stored_workflows()) == 250


def test_a_workflow_that_moves_to_another_page_is_returned_once(clock: Clock) -> None:
    listing = Listing(150)

    def create_workflow() -> None:
        if len(listing.rows) == 150:
            listing.rows.insert(0, stored(entry("new"), "id-new"))

    listing.after_page = create_workflow
    workflow_ids = [workflow.workflow_id for workflow in connect(Server(listing), clock).stored_workflows()]
    assert sorted(workflow_ids) == sorted(set(workflow_ids))
    assert set(workflow_ids) >= {f"w{number:03}" for number in range(150)}


@pytest.mark.parametrize("read", [NovuApi.stored_workflows, NovuApi.workflow_summaries])
def test_a_workflow_that_both_pages_omit_is_found(clock: Clock, read: Callable[[NovuApi], Any]) -> None:
    """Two workflows have the same creation time, so both pages of a hundred contain the same one of them."""
    listing = Listing(150)

    def respond(request: httpx.Request) -> httpx.Response:
        page_of_hundred = request.url.params["limit"] == "100"
        second_page = request.url.params.get("page") == "1" or request.url.params.get("offset") == "100"
        row = listing.rows[100]
        if page_of_hundred and second_page:
            listing.rows[100] = listing.rows[99]
        response = listing(request)
        listing.rows[100] = row
        return response

    workflow_ids = [workflow.workflow_id for workflow in read(connect(Server(respond), clock))]
    assert sorted(workflow_ids) == [f"w{number:03}" for number in range(150)]


def test_a_summary_contains_the_origin(clock: Clock) -> None:
    rows = [
        {"_id": "1", "workflowId": "a", "origin": "external"},
        {"_id": "2", "workflowId": "b", "origin": "novu-cloud"},
        {"_id": "3", "workflowId": "c", "origin": "novu-cloud-v1"},
        {"_id": "4", "workflowId": "d"},
    ]
    summaries = connect(Server(data({"workflows": rows, "totalCount": 4})), clock).workflow_summaries()
    assert summaries[0] == WorkflowSummary("1", "a", "external")
    assert [summary.is_code_first for summary in summaries] == [True, False, False, True]


def test_the_full_listing_contains_only_code_first_workflows(clock: Clock) -> None:
    document = stored(entry("a"), "1")
    rows = [
        document,
        document | {"_id": "2", "type": "REGULAR", "origin": "novu-cloud-v1"},
        document | {"_id": "3", "origin": "novu-cloud"},
        document | {"_id": "4", "type": "ECHO", "origin": None},
    ]
    workflows = connect(Server(data(rows, totalCount=4)), clock).stored_workflows()
    assert [workflow.id for workflow in workflows] == ["1", "4"]
    assert workflows[0].workflow_id == "a"


def test_a_request_is_repeated_after_the_time_in_retry_after(clock: Clock) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "2"})
    server = Server(busy, data({"_id": "e1"}))
    assert connect(server, clock).environment().id == "e1"
    assert clock.waits == [2]


@pytest.mark.parametrize(
    "response",
    [
        *(httpx.Response(status, text="<html>Bad Gateway</html>") for status in (408, 429, 500, 502, 503, 504)),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("reset"),
    ],
)
def test_a_sync_is_sent_once_for_any_response(clock: Clock, response: httpx.Response | Exception) -> None:
    server = Server(response)
    with pytest.raises(NovuUnreachable):
        connect(server, clock).sync("https://a.example", 60)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("response", "error_type"),
    [
        (error(401, "API Key not found"), KeyRejected),
        (error(403, "Forbidden resource"), AccessDenied),
        (error(404, "Not Found"), RequestRefused),
        (error(422, "Validation Error"), RequestRefused),
        (httpx.Response(500), NovuUnreachable),
        (httpx.Response(301, headers={"location": "https://evil.example"}), NovuUnreachable),
        (httpx.Response(200, html="<html></html>"), NovuUnreachable),
        (httpx.Response(200, json=[]), NovuUnreachable),
        (httpx.Response(200, json={"status": "ok"}), NovuUnreachable),
        (httpx.Response(200), NovuUnreachable),
        (httpx.Response(200, text='{"data": {"_id"'), NovuUnreachable),
    ],
)
def test_every_method_raises_an_error_of_this_package(
    clock: Clock, response: httpx.Response, error_type: type[NovuApiError]
) -> None:
    api = connect(Server(response), clock)
    calls: list[Callable[[], object]] = [
        api.environment,
        api.workflow_summaries,
        api.stored_workflows,
        lambda: api.workflow("1"),
        lambda: api.update_workflow("1", {}),
        lambda: api.set_bridge_url("e1", ""),
        lambda: api.sync("https://a.example", 60),
    ]
    for call in calls:
        with pytest.raises(error_type) as raised:
            call()
        assert URL in raised.value.what
        assert raised.value.why
        assert raised.value.fix


def test_a_second_refusal_does_not_repeat_the_first(clock: Clock) -> None:
    api = connect(Server(error(422, "Validation Error")), clock)
    with pytest.raises(RequestRefused) as raised:  # noqa: PT012
        try:
            api.environment()
        except RequestRefused:
            api.environment()
    assert "During handling" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "value", [None, 5, "ok", [None], [{}], [{"_id": "1"}], {"workflows": None}, {"workflows": [{}]}]
)
def test_json_without_novu_s_fields_is_an_error(clock: Clock, value: Any) -> None:
    api = connect(Server(data(value)), clock)
    for call in (api.environment, api.workflow_summaries, lambda: api.sync("https://a.example", 60)):
        with pytest.raises(NovuUnreachable, match="without the expected field"):
            call()


def test_a_stored_workflow_without_an_id_is_an_error(clock: Clock) -> None:
    broken = stored(entry("a"), "1") | {"triggers": []}
    with pytest.raises(NovuUnreachable, match="/v1/workflows returned JSON without"):
        connect(Server(data([broken], totalCount=1)), clock).stored_workflows()


def test_errors_hide_the_key_and_the_bypass_token(clock: Clock) -> None:
    for response in (
        error(401, f'Invalid authentication scheme: "{KEY}"'),
        error(400, f"Unable to reach Bridge Endpoint at `https://a.example?x-vercel-protection-bypass={TOKEN}`."),
        error(422, "Validation Error", errors={"general": {"messages": [f"{KEY} is no URL"]}}),
        httpx.ConnectError(f"cannot reach {KEY}"),
    ):
        with pytest.raises(NovuApiError) as raised:
            connect(Server(response), clock).sync("https://a.example", 60)
        for text in (str(raised.value), repr(raised.value)):
            assert KEY not in text
            assert TOKEN not in text
            assert "[secret]" in text


def test_a_redirect_does_not_send_the_key_to_another_host(clock: Clock) -> None:
    server = Server(httpx.Response(307, headers={"location": "https://evil.example/"}))
    with pytest.raises(NovuUnreachable):
        connect(server, clock).environment()
    assert {request.url.host for request in server.requests} == {"novu.example.com"}


def test_an_unreadable_ca_bundle_is_a_settings_error() -> None:
    values = {"secretKey": KEY, "apiUrl": URL, "caBundle": "/nowhere/ca.pem"}
    with pytest.raises(SettingsError) as refused:
        NovuApi(Settings.read(values.get, {}))
    assert refused.value.prop == "caBundle"
