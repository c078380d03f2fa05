"""How requests leave: repeated when that is safe, paced by the server, and without a secret in any text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from novu_provider.errors import SettingsError
from novu_provider.http import client as http_client
from novu_provider.http.redaction import Redactor
from novu_provider.http.retries import RateLimitTransport
from tests.unit.clock import Clock
from tests.unit.server import Server


def call(server: Server, clock: Clock, method: str = "GET") -> httpx.Response:
    with http_client.build_client(
        headers={"Authorization": "ApiKey k"}, base_url="https://a.example", transport=server, sleep=clock.sleep
    ) as client:
        return client.request(method, "/x")


def failing(status: int, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_is_safe_to_repeat_is_repeated(clock: Clock, method: str, status: int) -> None:
    server = Server(failing(status), failing(status), httpx.Response(200))
    assert call(server, clock, method).status_code == 200
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("reset")]
)
def test_a_lost_connection_is_tried_again(clock: Clock, error: Exception) -> None:
    server = Server(error, httpx.Response(200))
    assert call(server, clock).status_code == 200


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 403, 404, 409, 422, 501])
def test_an_answer_is_taken_as_it_is(clock: Clock, status: int) -> None:
    server = Server(failing(status))
    assert call(server, clock).status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [failing(429, retry_after="1"), failing(500), failing(503), failing(504)])
def test_what_is_not_safe_to_repeat_is_never_repeated(
    clock: Clock, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    server = Server(answer)
    assert call(server, clock, "POST").status_code >= 429
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_that_sets_what_it_says_is_tried_again(clock: Clock, method: str) -> None:
    server = Server(failing(503), httpx.Response(200))
    assert call(server, clock, method).status_code == 200


def test_a_lost_writing_request_is_not_sent_again(clock: Clock) -> None:
    server = Server(httpx.ReadTimeout("slow"))
    with pytest.raises(httpx.ReadTimeout):
        call(server, clock, "POST")
    assert len(server.requests) == 1


def test_it_gives_up_after_four_retries_with_the_last_answer(clock: Clock) -> None:
    server = Server(failing(503))
    assert call(server, clock).status_code == 503
    assert len(server.requests) == 5
    assert len(clock.waits) == 4


def test_it_waits_for_as_long_as_retry_after_says(clock: Clock) -> None:
    server = Server(failing(429, retry_after="3"), failing(503, retry_after="7"), httpx.Response(200))
    assert call(server, clock).status_code == 200
    assert clock.waits == [3, 7]


def test_no_single_wait_is_longer_than_20_seconds_and_all_together_than_60(clock: Clock) -> None:
    call(Server(failing(429, retry_after="86400")), clock)
    assert clock.waits == [20, 20, 20]


@pytest.mark.parametrize("value", ["soon", "-5", "", "0"])
def test_a_retry_after_that_says_nothing_is_passed_over(clock: Clock, value: str) -> None:
    server = Server(failing(429, retry_after=value), httpx.Response(200))
    assert call(server, clock).status_code == 200
    assert all(0 <= wait <= 1 for wait in clock.waits)


@pytest.mark.parametrize("location", ["https://evil.example/", "https://a.example/y", "/y"])
def test_a_redirect_is_not_followed(clock: Clock, location: str) -> None:
    server = Server(failing(302, location=location))
    assert call(server, clock).status_code == 302
    assert len(server.requests) == 1


def pace(clock: Clock, *answers: httpx.Response) -> httpx.Client:
    return httpx.Client(transport=RateLimitTransport(Server(*answers), clock.sleep, clock))


def used_up(reset: str, remaining: str = "0") -> httpx.Response:
    return httpx.Response(200, headers={"RateLimit-Remaining": remaining, "RateLimit-Reset": reset})


def test_a_used_up_window_is_waited_out_before_the_next_request(clock: Clock) -> None:
    with pace(clock, used_up("4"), httpx.Response(200)) as client:
        client.get("https://a.example")
        assert clock.waits == []
        client.get("https://a.example")
        client.get("https://a.example")
    assert clock.waits == [4]


def test_time_that_passed_meanwhile_is_not_waited_again(clock: Clock) -> None:
    with pace(clock, used_up("4"), httpx.Response(200)) as client:
        client.get("https://a.example")
        clock.now += 3
        client.get("https://a.example")
        clock.now += 60
        client.get("https://a.example")
    assert clock.waits == [1]


def test_no_header_makes_it_wait_longer_than_30_seconds(clock: Clock) -> None:
    with pace(clock, used_up("86400"), httpx.Response(200)) as client:
        client.get("https://a.example")
        client.get("https://a.example")
    assert clock.waits == [30]


@pytest.mark.parametrize(
    "answer",
    [used_up("4", remaining="1"), used_up("4", remaining="many"), used_up("soon"), used_up("nan"), used_up("-1")],
)
def test_headers_that_say_nothing_cause_no_wait(clock: Clock, answer: httpx.Response) -> None:
    with pace(clock, answer) as client:
        client.get("https://a.example")
        client.get("https://a.example")
    assert clock.waits == []


KEY = "d0d0d0d0000000000000000000000001"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f'Invalid authentication scheme: "{KEY}"', 'Invalid authentication scheme: "[secret]"'),
        (f"{KEY}{KEY} and {KEY}", "[secret][secret] and [secret]"),
        ("https://a.example/?x-vercel-protection-bypass=to%2Bken%3D%3D+0", "https://a.example/?x-vercel-protection-bypass=[secret]"),
        ("https://a.example/?x-vercel-protection-bypass=to%2Bken%3D%3D%200", "https://a.example/?x-vercel-protection-bypass=[secret]"),
        ("the token is to+ken== 0", "the token is [secret]"),
        ("nothing to hide", "nothing to hide"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_secret_is_replaced_plain_or_encoded(text: str, cleaned: str) -> None:
    assert Redactor((KEY, "to+ken== 0", None, "")).clean(text) == cleaned


def test_a_secret_that_contains_another_leaves_nothing_behind() -> None:
    assert Redactor(("abcdef", "abcdefghi")).clean("abcdefghi abcdef") == "[secret] [secret]"


def test_a_value_as_short_as_a_word_hides_nothing() -> None:
    assert Redactor(("key",)).clean("the key is wrong") == "the key is wrong"


def test_what_is_no_text_is_cleaned_as_its_text() -> None:
    assert Redactor((KEY,)).clean(ValueError(KEY)) == "[secret]"


def test_a_ca_bundle_that_is_not_there_is_a_setting_to_correct(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory") as refused:
        http_client.build_client(headers={}, ca_bundle=str(tmp_path / "none.pem"))
    assert refused.value.prop == "caBundle"


def test_a_ca_bundle_without_a_certificate_is_a_setting_to_correct(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    with pytest.raises(SettingsError, match="holds no PEM certificate"):
        http_client.build_client(headers={}, ca_bundle=str(empty))


def test_httpx_s_own_log_shows_no_bypass_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="httpx")
    answering = httpx.MockTransport(lambda _: httpx.Response(200))
    with http_client.build_client(headers={}, transport=answering) as client:
        client.get("http://bridge.invalid/api?x-vercel-protection-bypass=the-token&action=discover")
    assert "action=discover" in caplog.text
    assert "the-token" not in caplog.text
