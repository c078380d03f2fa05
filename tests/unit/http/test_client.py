"""The HTTP client repeats only safe requests, follows rate limits, and shows no secret."""

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
def test_idempotent_requests_are_retried(clock: Clock, method: str, status: int) -> None:
    server = Server(failing(status), failing(status), httpx.Response(200))
    assert call(server, clock, method).status_code == 200
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("reset")]
)
def test_lost_connections_are_retried(clock: Clock, error: Exception) -> None:
    server = Server(error, httpx.Response(200))
    assert call(server, clock).status_code == 200


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 403, 404, 409, 422, 501])
def test_other_statuses_are_not_retried(clock: Clock, status: int) -> None:
    server = Server(failing(status))
    assert call(server, clock).status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("respond", [failing(429, retry_after="1"), failing(500), failing(503), failing(504)])
def test_post_is_never_retried(clock: Clock, respond: Callable[[httpx.Request], httpx.Response]) -> None:
    server = Server(respond)
    assert call(server, clock, "POST").status_code >= 429
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_idempotent_writes_are_retried(clock: Clock, method: str) -> None:
    server = Server(failing(503), httpx.Response(200))
    assert call(server, clock, method).status_code == 200


def test_a_lost_post_is_not_sent_again(clock: Clock) -> None:
    server = Server(httpx.ReadTimeout("slow"))
    with pytest.raises(httpx.ReadTimeout):
        call(server, clock, "POST")
    assert len(server.requests) == 1


def test_the_client_returns_the_last_response_after_four_retries(clock: Clock) -> None:
    server = Server(failing(503))
    assert call(server, clock).status_code == 503
    assert len(server.requests) == 5
    assert len(clock.waits) == 4


def test_the_wait_is_the_value_of_retry_after(clock: Clock) -> None:
    server = Server(failing(429, retry_after="3"), failing(503, retry_after="7"), httpx.Response(200))
    assert call(server, clock).status_code == 200
    assert clock.waits == [3, 7]


def test_one_wait_is_at_most_20_seconds_and_all_waits_at_most_60(clock: Clock) -> None:
    call(Server(failing(429, retry_after="86400")), clock)
    assert clock.waits == [20, 20, 20]


@pytest.mark.parametrize("value", ["soon", "-5", "", "0"])
def test_an_invalid_retry_after_is_ignored(clock: Clock, value: str) -> None:
    server = Server(failing(429, retry_after=value), httpx.Response(200))
    assert call(server, clock).status_code == 200
    assert all(0 <= wait <= 1 for wait in clock.waits)


@pytest.mark.parametrize("location", ["https://evil.example/", "https://a.example/y", "/y"])
def test_a_redirect_is_not_followed(clock: Clock, location: str) -> None:
    server = Server(failing(302, location=location))
    assert call(server, clock).status_code == 302
    assert len(server.requests) == 1


def rate_limited(clock: Clock, *responses: httpx.Response) -> httpx.Client:
    return httpx.Client(transport=RateLimitTransport(Server(*responses), clock.sleep, clock))


def used_up(reset: str, remaining: str = "0") -> httpx.Response:
    return httpx.Response(200, headers={"RateLimit-Remaining": remaining, "RateLimit-Reset": reset})


def test_the_next_request_waits_for_the_end_of_a_used_up_window(clock: Clock) -> None:
    with rate_limited(clock, used_up("4"), httpx.Response(200)) as client:
        client.get("https://a.example")
        assert clock.waits == []
        client.get("https://a.example")
        client.get("https://a.example")
    assert clock.waits == [4]


def test_the_delay_is_shorter_by_the_time_that_passed(clock: Clock) -> None:
    with rate_limited(clock, used_up("4"), httpx.Response(200)) as client:
        client.get("https://a.example")
        clock.now += 3
        client.get("https://a.example")
        clock.now += 60
        client.get("https://a.example")
    assert clock.waits == [1]


def test_a_rate_limit_delay_is_at_most_30_seconds(clock: Clock) -> None:
    with rate_limited(clock, used_up("86400"), httpx.Response(200)) as client:
        client.get("https://a.example")
        client.get("https://a.example")
    assert clock.waits == [30]


@pytest.mark.parametrize(
    "response",
    [used_up("4", remaining="1"), used_up("4", remaining="many"), used_up("soon"), used_up("nan"), used_up("-1")],
)
def test_invalid_rate_limit_headers_cause_no_wait(clock: Clock, response: httpx.Response) -> None:
    with rate_limited(clock, response) as client:
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
def test_plain_and_encoded_secrets_are_replaced(text: str, cleaned: str) -> None:
    assert Redactor((KEY, "to+ken== 0", None, "")).clean(text) == cleaned


def test_a_secret_that_contains_another_secret_is_replaced_completely() -> None:
    assert Redactor(("abcdef", "abcdefghi")).clean("abcdefghi abcdef") == "[secret] [secret]"


def test_very_short_secrets_are_not_replaced() -> None:
    assert Redactor(("key",)).clean("the key is wrong") == "the key is wrong"


def test_other_objects_are_cleaned_as_their_text() -> None:
    assert Redactor((KEY,)).clean(ValueError(KEY)) == "[secret]"


def test_a_missing_ca_bundle_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory") as refused:
        http_client.build_client(headers={}, ca_bundle=str(tmp_path / "none.pem"))
    assert refused.value.prop == "caBundle"


def test_a_ca_bundle_without_a_certificate_is_a_settings_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    with pytest.raises(SettingsError, match="contains no PEM certificate"):
        http_client.build_client(headers={}, ca_bundle=str(empty))


def test_the_log_of_httpx_shows_no_bypass_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="httpx")
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with http_client.build_client(headers={}, transport=transport) as client:
        client.get("http://bridge.invalid/api?x-vercel-protection-bypass=the-token&action=discover")
    assert "action=discover" in caplog.text
    assert "the-token" not in caplog.text
