"""The proxy of faults does to a request what it says, and nothing to the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.faults.proxy import Call, Fault, FaultProxy, Response

_ME = Call("GET", "/v1/environments/me")
_CLEAR = Call("PUT", "/v1/environments/*")


@pytest.fixture
def novu() -> Iterator[Emulator]:
    with Emulator(EmulatorConfig()) as server:
        yield server


@pytest.fixture
def proxy(novu: Emulator) -> Iterator[FaultProxy]:
    with FaultProxy() as made:
        made.upstream = novu.url
        yield made


def ask(proxy: FaultProxy, method: str = "GET", path: str = "me") -> httpx.Response:
    headers = {"Authorization": f"ApiKey {EmulatorConfig().development_key}"}
    url = f"{proxy.url}/v1/environments/{path}"
    body = {"bridge": {"url": "http://127.0.0.1:9/b"}} if method == "PUT" else None
    return httpx.request(method, url, headers=headers, json=body, timeout=0.5, trust_env=False, verify=False)


def test_without_a_fault_answers_pass(proxy: FaultProxy) -> None:
    assert ask(proxy).json()["data"]["name"] == "Development"
    assert proxy.calls == [_ME]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.RESET_BEFORE, httpx.ReadError),
        (Fault.RESET_AFTER, httpx.ReadError),
        (Fault.STALL, httpx.ReadTimeout),
        (Fault.REFUSED, httpx.ConnectError),
    ],
)
def test_a_connection_fails_in_its_own_way(proxy: FaultProxy, fault: Fault, error: type[Exception]) -> None:
    proxy.arm(fault, _ME, 1, lasting=False)
    assert ask(proxy).status_code == 200
    assert proxy.met == (fault is Fault.REFUSED)
    with pytest.raises(error):
        ask(proxy)
    assert proxy.met
    proxy.disarm()
    assert ask(proxy).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (Fault.TOO_MANY, 429, "application/json; charset=utf-8"),
        (Fault.ERROR, 500, "application/json; charset=utf-8"),
        (Fault.GATEWAY, 502, "text/html"),
        (Fault.UNAVAILABLE, 503, "text/plain"),
        (Fault.TRUNCATED, 200, "application/json"),
    ],
)
def test_an_answer_fails_in_its_own_way(proxy: FaultProxy, fault: Fault, status: int, kind: str) -> None:
    proxy.arm(fault, _ME, 0, lasting=False)
    answer = ask(proxy)
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    if fault is Fault.TRUNCATED:
        with pytest.raises(ValueError, match=r".*"):
            answer.json()
    assert ask(proxy).json()["data"]["name"] == "Development"


def test_a_lasting_fault_meets_each_request_of_its_kind_and_no_other(proxy: FaultProxy) -> None:
    proxy.arm(Fault.ERROR, _ME, 1, lasting=True)
    assert [ask(proxy).status_code for _ in range(3)] == [200, 500, 500]
    assert ask(proxy, path="other").status_code == 404
    proxy.disarm()
    assert ask(proxy).status_code == 200


def test_each_request_may_fail_once_in_its_own_way(proxy: FaultProxy) -> None:
    faults = iter([Fault.ERROR, Fault.UNAVAILABLE, Fault.TOO_MANY])
    proxy.retry_after = "0"
    proxy.arm_each(lambda call: None if call.path.endswith("other") else next(faults))
    assert [ask(proxy).status_code for _ in range(5)] == [500, 200, 503, 200, 429]
    assert ask(proxy, path="other").status_code == 404
    assert proxy.failed == [(_ME, Fault.ERROR), (_ME, Fault.UNAVAILABLE), (_ME, Fault.TOO_MANY)]
    proxy.disarm()
    assert ask(proxy).status_code == 200


@pytest.mark.parametrize(
    ("fault", "applied"), [(Fault.RESET_BEFORE, False), (Fault.RESET_AFTER, True), (Fault.GATEWAY, True)]
)
def test_a_write_is_applied_or_not(proxy: FaultProxy, fault: Fault, applied: bool) -> None:
    path = ask(proxy).json()["data"]["_id"]
    proxy.arm(fault, _CLEAR, 0, lasting=False)
    with suppress(httpx.ReadError):
        assert ask(proxy, "PUT", path).status_code == 502
    assert ("bridge" in ask(proxy).json()["data"]) == applied


def test_another_response_is_the_foreign_one(proxy: FaultProxy) -> None:
    proxy.foreign_response = lambda call, forward: Response.of(200, {"data": [call.method, forward().status]})
    proxy.arm(Fault.OTHER_SET, _ME, 0, lasting=False)
    assert ask(proxy).json() == {"data": ["GET", 200]}
