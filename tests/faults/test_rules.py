"""Retries, their number and the waiting times: the rules that tests/unit does not test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import BridgeUnreachable, NovuError, NovuUnreachable, SettingsError, WrongEnvironment
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.target import Target
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from novu_provider.sync.synchronizer import Synchronizer
from tests.unit.clock import Clock
from tests.unit.documents import entry
from tests.unit.fake_novu import API, BRIDGE, KEY, FakeNovu

Answer = httpx.Response | Exception


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Server(httpx.MockTransport):
    """Gives an answer by the number of the request."""

    def __init__(self, answer: Callable[[int], Answer]) -> None:
        super().__init__(self._answer)
        self.requests: list[httpx.Request] = []
        self._by_number = answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._by_number(len(self.requests))
        if isinstance(answer, Exception):
            raise answer
        return answer


class CutBody(httpx.SyncByteStream):
    """A body whose connection breaks in the middle."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"data": '
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def settings(**values: Any) -> Settings:
    configuration = {"secretKey": KEY, "apiUrl": API, "bridgeUrl": BRIDGE, **values}
    return Settings.read(configuration.get, {})


def environment() -> httpx.Response:
    return httpx.Response(200, json={"data": {"_id": "env-1", "name": "Development"}})


def timeout_of(request: httpx.Request) -> dict[str, float]:
    timeouts: dict[str, float] = request.extensions["timeout"]
    return timeouts


@pytest.mark.parametrize("call", [lambda api: api.environment(), lambda api: api.delete_workflow("id-1")])
def test_a_body_that_is_cut_on_its_way_is_a_lost_connection(clock: Clock, call: Callable[[NovuApi], Any]) -> None:
    server = Server(lambda number: httpx.Response(200, stream=CutBody()) if number == 1 else environment())
    call(NovuApi(settings(), server, clock.sleep))
    assert len(server.requests) == 2


def test_a_body_that_is_always_cut_ends_in_an_error_of_ours(clock: Clock) -> None:
    server = Server(lambda _: httpx.Response(200, stream=CutBody()))
    with pytest.raises(NovuUnreachable, match="complete message body"):
        NovuApi(settings(), server, clock.sleep).environment()
    assert len(server.requests) == 5


def test_a_sync_whose_answer_is_cut_is_sent_once(clock: Clock) -> None:
    server = Server(lambda _: httpx.Response(201, stream=CutBody()))
    with pytest.raises(NovuUnreachable):
        NovuApi(settings(), server, clock.sleep).sync(BRIDGE, 5)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("retries", "tries"), [("0", 1), ("1", 2), ("7", 8)])
def test_a_stack_says_how_often_novu_is_asked_again(clock: Clock, retries: str, tries: int) -> None:
    server = Server(lambda _: httpx.Response(503))
    with pytest.raises(NovuUnreachable):
        NovuApi(settings(retries=retries), server, clock.sleep).environment()
    assert len(server.requests) == tries


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (7, 3)])
def test_a_bridge_is_asked_three_times_at_most(clock: Clock, retries: int, tries: int) -> None:
    server = Server(lambda _: httpx.ConnectError("refused"))
    bridge = BridgeClient.connect(BRIDGE, KEY, retries=retries, inner=server, sleep=clock.sleep)
    with pytest.raises(BridgeUnreachable):
        bridge.manifest()
    assert len(server.requests) == tries


@pytest.mark.parametrize(("timeout", "read", "connect"), [("2.5", 2.5, 2.5), (None, 30, 10), ("120", 120, 10)])
def test_a_stack_says_how_long_an_answer_of_novu_may_take(
    clock: Clock, timeout: str | None, read: float, connect: float
) -> None:
    server = Server(lambda _: environment())
    NovuApi(settings(timeout=timeout), server, clock.sleep).environment()
    assert timeout_of(server.requests[0])["read"] == read
    assert timeout_of(server.requests[0])["connect"] == connect


@pytest.mark.parametrize(("timeout", "read"), [("2.5", 2.5), (None, 5), ("120", 5)])
def test_a_bridge_gets_five_seconds_at_most(timeout: str | None, read: float) -> None:
    novu = FakeNovu(entry("a"))
    Session(settings(timeout=timeout), novu).bridge(BRIDGE).manifest()
    assert timeout_of(novu.requests[0])["read"] == read


@pytest.mark.parametrize(("timeout", "seconds"), [("2.5", 5 + 0.3 * 3), (None, 60 + 0.3 * 3)])
def test_the_time_for_a_sync_grows_with_the_workflows(timeout: str | None, seconds: float) -> None:
    novu = FakeNovu(*map(entry, "abc"))
    novu.settings = settings(timeout=timeout)
    _apply(novu)
    (sync,) = [request for request in novu.requests if request.method == "POST"]
    assert timeout_of(sync)["read"] == pytest.approx(seconds)


@pytest.mark.parametrize("values", [{"timeout": "0"}, {"timeout": "soon"}, {"retries": "-1"}, {"retries": "1.5"}])
def test_what_cannot_be_waited_or_counted_is_a_setting_to_correct(values: dict[str, str]) -> None:
    (name,) = values
    with pytest.raises(SettingsError, match=f"novu:{name}"):
        settings(**values)


def test_a_lost_sync_is_waited_for_the_longer_the_longer_an_answer_may_take() -> None:
    waited = []
    for timeout in ("3", "30"):
        novu = FakeNovu(entry("a"))
        novu.settings = settings(timeout=timeout)
        novu.faults.extend([_lost_before, _lost_before])
        with pytest.raises(NovuError):
            _apply(novu)
        waited.append(sum(novu.clock.waits))
    assert waited[0] < waited[1]


def test_an_answer_for_another_environment_is_no_basis_for_a_sync() -> None:
    novu = FakeNovu(entry("a"))
    with pytest.raises(WrongEnvironment, match="env-1"):
        _apply(novu, environment_id="env-2")
    assert novu.writes == []


def test_a_read_back_of_another_environment_is_not_believed() -> None:
    novu = FakeNovu(entry("a"))
    other_environment = NovuOfAnotherEnvironment(novu, after="/v1/bridge/sync")
    with pytest.raises(WrongEnvironment, match="env-9"):
        _apply(novu, inner=other_environment)
    assert novu.workflow_ids == ["a"]


def test_the_document_of_another_workflow_is_not_written_back() -> None:
    novu = FakeNovu(entry("a", severity="high"), entry("b"))
    novu.store(entry("a"), entry("b"))
    with pytest.raises(NovuUnreachable, match="returned the workflow id-2"):
        _apply(novu, inner=NovuWithWrongDocument(novu))
    assert novu.writes == []


def test_workflows_that_novu_created_again_are_reported() -> None:
    novu = FakeNovu(entry("a"), entry("b"))
    novu.store(entry("a"))
    reported: list[str] = []

    def emptied(act: Callable[[], httpx.Response]) -> httpx.Response:
        # What Novu does when the bridge answers its own request with half a document.
        novu.stored.clear()
        return httpx.Response(201, json={"data": []})

    novu.faults.append(emptied)
    _apply(novu, report=reported.append)
    assert novu.workflow_ids == ["a", "b"]
    assert [line for line in reported if "deleted 'a' during the sync" in line]


def test_a_destroy_asks_no_listing() -> None:
    novu = FakeNovu()
    novu.store(entry("a"), entry("b"))
    Session(novu.settings, novu).delete("a", "id-1")
    assert [f"{one.method} {one.url.path}" for one in novu.requests] == ["DELETE /v2/workflows/id-1"]


def test_a_destroy_deletes_a_workflow_that_was_registered_again() -> None:
    novu = FakeNovu()
    novu.store(entry("a"))
    Session(novu.settings, novu).delete("a", "id-of-yesterday")
    assert novu.workflow_ids == []


def test_after_a_sync_what_was_read_back_decides_and_not_the_state() -> None:
    novu = FakeNovu()
    session = Session(novu.settings, novu)
    session.sync_started = True
    session.delete("a", "id-1")
    assert novu.writes == []


def test_a_workflow_that_is_listed_and_cannot_be_deleted_is_an_error() -> None:
    novu = FakeNovu()
    novu.store(entry("a"))
    session = Session(novu.settings, NovuThatKeepsWorkflows(novu))
    with pytest.raises(NovuUnreachable, match="lists the workflow 'a'"):
        session.delete("a", "id-1")


def _lost_before(_: Callable[[], httpx.Response]) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] Connection refused")


def _apply(
    novu: FakeNovu,
    inner: httpx.BaseTransport | None = None,
    environment_id: str = "env-1",
    report: Callable[[str], None] = lambda _: None,
) -> None:
    target = Target(environment_id, BRIDGE, novu.manifest().digests, frozenset(novu.workflow_ids))
    api = NovuApi(novu.settings, inner or novu, novu.clock.sleep)
    Synchronizer(api, novu.bridge(), report, sleep=novu.clock.sleep, clock=novu.clock).apply(target)


class _NovuFront(httpx.BaseTransport):
    """Forwards requests to Novu. Subclasses change some responses."""

    def __init__(self, novu: FakeNovu) -> None:
        self.novu = novu

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.novu.handle_request(request)


class NovuOfAnotherEnvironment(_NovuFront):
    """Answers for another environment, after a request to a path."""

    def __init__(self, novu: FakeNovu, after: str) -> None:
        super().__init__(novu)
        self._after = after
        self._passed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        self._passed = self._passed or request.url.path == self._after
        if not self._passed or request.url.path != "/v1/environments/me":
            return answer
        return httpx.Response(200, json={"data": json.loads(answer.read())["data"] | {"_id": "env-9"}})


class NovuWithWrongDocument(_NovuFront):
    """Gives the document of the second workflow for the first."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path == "/v2/workflows/id-1":
            request = httpx.Request("GET", f"{API}/v2/workflows/id-2")
        return super().handle_request(request)


class NovuThatKeepsWorkflows(_NovuFront):
    """Lists what it does not delete."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(404, json={"statusCode": 404, "message": "Workflow cannot be found"})
        return super().handle_request(request)
