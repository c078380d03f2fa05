"""The key: malformed, unknown, of another region or environment, or without permission."""

from __future__ import annotations

import json

import httpx
import pytest

from novu_provider.doctor.report import Finding
from tests.contract.fake_bridge import FakeBridge
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.unit.doctor.examination import Doctor, Seen, text

_UNKNOWN = "0000beef0000beef0000beef0000beef"
_US, _EU = "https://api.novu.co", "https://eu.api.novu.co"


@pytest.mark.parametrize("key", ["two words", "clé-secrète", "line\nbreak"])
def test_a_key_that_cannot_be_one_is_sent_nowhere(doctor: Doctor, bridge: FakeBridge, key: str) -> None:
    seen = doctor.examine(bridge.url, key=key)
    assert seen.failed == {"key.form"}
    assert key not in seen.report.model_dump_json()
    assert seen["key.known"].status == "skipped"
    assert all(request.environment is None for request in doctor.novu.requests)
    assert "none" not in "".join(request.headers.get("authorization", "") for request in bridge.requests)
    assert seen["bridge.health"].status == "ok", "what needs no key is looked at"


def test_no_key_at_all_is_told(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url, key="")
    assert seen.failed == {"key.form"}
    assert "no secret key" in seen["key.form"].title


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "a token of a session"),
        ("pk_keyless_0123456789", "keyless"),
        ("aB3dE6gH9jK2", "an application identifier"),
        ("dec0de00dec0de00", "a key that was cut"),
    ],
)
def test_what_does_not_look_like_a_key_is_named(doctor: Doctor, bridge: FakeBridge, key: str, words: str) -> None:
    seen = doctor.examine(bridge.url, key=key)
    assert seen.failed == {"key.known"}
    assert seen["key.form"].status == "warning"
    assert words in seen["key.form"].cause
    assert key not in seen.report.model_dump_json()


def test_an_unknown_key_of_a_self_hosted_novu_goes_nowhere_else(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url, key=_UNKNOWN)
    assert seen.failed == {"key.known"}
    assert "rejected the secret key" in seen["key.known"].title
    assert not seen.said
    assert not seen["key.known"].evidence


class _Cloud(httpx.MockTransport):
    """Novu Cloud's two regions, of which one knows the key; nothing leaves this process."""

    def __init__(self, *knowing: str) -> None:
        super().__init__(self._answer)
        self.asked: list[str] = []
        self.keys: set[tuple[str, str]] = set()
        self._knowing = knowing

    def _answer(self, request: httpx.Request) -> httpx.Response:
        origin = f"{request.url.scheme}://{request.url.host}"
        self.asked.append(f"{origin}{request.url.path}")
        self.keys.add((origin, request.headers.get("authorization", "")))
        if request.url.path == "/v1/health-check":
            return httpx.Response(200, json={"data": {"status": "ok", "details": {}}})
        if origin not in self._knowing:
            return httpx.Response(401, json={"message": "API Key not found"})
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": {"_id": "e1", "name": "Production", "type": "prod"}})
        return httpx.Response(200, json={"data": [], "totalCount": 0})


def _in_cloud(doctor: Doctor, cloud: _Cloud, api_url: str) -> tuple[Seen, Finding]:
    doctor.world |= {"network": lambda _: cloud, "resolve": lambda _: []}
    seen = doctor.examine("https://app.example.com/api/novu", key=_UNKNOWN, apiUrl=api_url)
    return seen, seen["key.known"]


@pytest.mark.parametrize(("here", "there", "name"), [(_US, _EU, "eu"), (_EU, _US, "us")])
def test_between_novu_clouds_regions_the_key_is_tried_and_that_is_said_first(
    doctor: Doctor, here: str, there: str, name: str
) -> None:
    cloud = _Cloud(there)
    seen, known = _in_cloud(doctor, cloud, here)
    assert known.status == "failed"
    assert f"belongs to Novu Cloud's region {name}" in known.title
    assert f"`novu:region` to {name}" in known.fix
    assert [f"asking its other region, {name}" in line for line in seen.said] == [True]
    assert f"{there}/v1/environments/me" in cloud.asked
    assert not [url for url in cloud.asked if url.startswith(there) and not url.endswith("/v1/environments/me")]


def test_a_key_that_no_region_knows_is_told_with_both(doctor: Doctor) -> None:
    seen, known = _in_cloud(doctor, _Cloud(), _US)
    assert "rejected the secret key" in known.title
    assert f"{_EU} was asked as well" in text(known)
    assert _UNKNOWN not in seen.report.model_dump_json()


@pytest.mark.parametrize(
    "api_url", ["https://novu.example.com", "https://staging.novu.co", "https://api.novu.co.example.com"]
)
def test_no_other_server_makes_the_key_travel(doctor: Doctor, api_url: str) -> None:
    cloud = _Cloud(_US, _EU)
    seen, known = _in_cloud(doctor, cloud, api_url)
    assert known.status == "failed"
    assert not seen.said
    assert {origin for origin, key in cloud.keys if _UNKNOWN in key} == {api_url}


def test_a_known_key_is_tried_nowhere_else(doctor: Doctor) -> None:
    cloud = _Cloud(_US, _EU)
    _seen, known = _in_cloud(doctor, cloud, _US)
    assert known.status == "ok"
    assert not [url for url in cloud.asked if url.startswith(_EU)]


def test_the_key_of_another_environment_than_intended_is_told(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url, environment="Production")
    assert seen.failed == {"key.environment"}
    assert "opens the environment 'Development', and 'Production' is meant" in seen["key.environment"].title


def test_the_intended_environment_is_well(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url, key=doctor.novu.production_key, environment="Production")
    assert seen["key.environment"].status == "ok"
    assert seen.report.environment == "Production"


@pytest.mark.parametrize("path", ["/v1/workflows", "/v2/workflows"])
def test_a_key_without_permission_is_told(doctor: Doctor, bridge: FakeBridge, path: str) -> None:
    with intercepting_proxy(doctor.novu.url) as guard:
        _refuse(guard, path)
        seen = doctor.examine(bridge.url, apiUrl=guard.url)
    assert seen.failed == {"key.permission"}
    assert "Novu denied the request" in seen["key.permission"].title
    assert seen["registration.missing"].status == "skipped"


def _refuse(guard: InterceptingProxy, path: str) -> None:
    body = json.dumps({"statusCode": 403, "message": "Insufficient permissions"}).encode()
    guard.respond = lambda request, _pass: Response(403, body) if request.path.startswith(path) else None
