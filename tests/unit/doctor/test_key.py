"""The key: malformed, unknown, of another region or environment, or without permission."""

from __future__ import annotations

import json

import httpx
import pytest

from novu_provider.doctor.report import Finding
from tests.contract.fake_bridge import FakeBridge
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.unit.doctor.harness import Diagnosis, Doctor, text

_UNKNOWN = "0000beef0000beef0000beef0000beef"
_US, _EU = "https://api.novu.co", "https://eu.api.novu.co"


@pytest.mark.parametrize("key", ["two words", "clé-secrète", "line\nbreak"])
def test_an_invalid_key_is_sent_nowhere(doctor: Doctor, bridge: FakeBridge, key: str) -> None:
    diagnosis = doctor.diagnose(bridge.url, key=key)
    assert diagnosis.failed == {"key.form"}
    assert key not in diagnosis.report.model_dump_json()
    assert diagnosis["key.known"].status == "skipped"
    assert all(request.environment is None for request in doctor.novu.requests)
    assert "none" not in "".join(request.headers.get("authorization", "") for request in bridge.requests)
    assert diagnosis["bridge.health"].status == "ok", "checks without a key still run"


def test_a_missing_key_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, key="")
    assert diagnosis.failed == {"key.form"}
    assert "no secret key" in diagnosis["key.form"].title


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "a session token"),
        ("pk_keyless_0123456789", "keyless"),
        ("aB3dE6gH9jK2", "an application identifier"),
        ("dec0de00dec0de00", "a truncated key"),
    ],
)
def test_a_key_of_an_unusual_form_is_reported(doctor: Doctor, bridge: FakeBridge, key: str, words: str) -> None:
    diagnosis = doctor.diagnose(bridge.url, key=key)
    assert diagnosis.failed == {"key.known"}
    assert diagnosis["key.form"].status == "warning"
    assert words in diagnosis["key.form"].cause
    assert key not in diagnosis.report.model_dump_json()


def test_an_unknown_key_of_a_self_hosted_novu_is_sent_nowhere_else(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, key=_UNKNOWN)
    assert diagnosis.failed == {"key.known"}
    assert "rejected the secret key" in diagnosis["key.known"].title
    assert not diagnosis.progress
    assert not diagnosis["key.known"].evidence


class _Cloud(httpx.MockTransport):
    """The two regions of Novu Cloud, without a network. Only the given origins accept the key."""

    def __init__(self, *origins_of_key: str) -> None:
        super().__init__(self._respond)
        self.requested_urls: list[str] = []
        self.keys: set[tuple[str, str]] = set()
        self._origins_of_key = origins_of_key

    def _respond(self, request: httpx.Request) -> httpx.Response:
        origin = f"{request.url.scheme}://{request.url.host}"
        self.requested_urls.append(f"{origin}{request.url.path}")
        self.keys.add((origin, request.headers.get("authorization", "")))
        if request.url.path == "/v1/health-check":
            return httpx.Response(200, json={"data": {"status": "ok", "details": {}}})
        if origin not in self._origins_of_key:
            return httpx.Response(401, json={"message": "API Key not found"})
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": {"_id": "e1", "name": "Production", "type": "prod"}})
        return httpx.Response(200, json={"data": [], "totalCount": 0})


def _in_cloud(doctor: Doctor, cloud: _Cloud, api_url: str) -> tuple[Diagnosis, Finding]:
    doctor.system |= {"network": lambda _: cloud, "resolve": lambda _: []}
    diagnosis = doctor.diagnose("https://app.example.com/api/novu", key=_UNKNOWN, apiUrl=api_url)
    return diagnosis, diagnosis["key.known"]


@pytest.mark.parametrize(("here", "there", "name"), [(_US, _EU, "eu"), (_EU, _US, "us")])
def test_the_key_is_tried_in_novu_clouds_other_region_after_a_notice(
    doctor: Doctor, here: str, there: str, name: str
) -> None:
    cloud = _Cloud(there)
    diagnosis, finding = _in_cloud(doctor, cloud, here)
    assert finding.status == "failed"
    assert f"belongs to Novu Cloud's region {name}" in finding.title
    assert f"`novu:region` to {name}" in finding.fix
    assert [f"trying its other region, {name}" in line for line in diagnosis.progress] == [True]
    assert f"{there}/v1/environments/me" in cloud.requested_urls
    assert not [
        url for url in cloud.requested_urls if url.startswith(there) and not url.endswith("/v1/environments/me")
    ]


def test_a_key_that_no_region_knows_is_reported_with_both_regions(doctor: Doctor) -> None:
    diagnosis, finding = _in_cloud(doctor, _Cloud(), _US)
    assert "rejected the secret key" in finding.title
    assert f"the same key was tried at {_EU}" in text(finding)
    assert _UNKNOWN not in diagnosis.report.model_dump_json()


@pytest.mark.parametrize(
    "api_url", ["https://novu.example.com", "https://staging.novu.co", "https://api.novu.co.example.com"]
)
def test_the_key_is_sent_to_no_other_server(doctor: Doctor, api_url: str) -> None:
    cloud = _Cloud(_US, _EU)
    diagnosis, finding = _in_cloud(doctor, cloud, api_url)
    assert finding.status == "failed"
    assert not diagnosis.progress
    assert {origin for origin, key in cloud.keys if _UNKNOWN in key} == {api_url}


def test_a_known_key_is_not_tried_in_another_region(doctor: Doctor) -> None:
    cloud = _Cloud(_US, _EU)
    _seen, finding = _in_cloud(doctor, cloud, _US)
    assert finding.status == "ok"
    assert not [url for url in cloud.requested_urls if url.startswith(_EU)]


def test_the_key_of_an_unexpected_environment_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, environment="Production")
    assert diagnosis.failed == {"key.environment"}
    assert "opens the environment 'Development', but 'Production' is configured" in diagnosis["key.environment"].title


def test_the_expected_environment_is_ok(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url, key=doctor.novu.production_key, environment="Production")
    assert diagnosis["key.environment"].status == "ok"
    assert diagnosis.report.environment == "Production"


@pytest.mark.parametrize("path", ["/v1/workflows", "/v2/workflows"])
def test_a_key_without_permission_is_reported(doctor: Doctor, bridge: FakeBridge, path: str) -> None:
    with intercepting_proxy(doctor.novu.url) as guard:
        _refuse(guard, path)
        diagnosis = doctor.diagnose(bridge.url, apiUrl=guard.url)
    assert diagnosis.failed == {"key.permission"}
    assert "Novu denied the request" in diagnosis["key.permission"].title
    assert diagnosis["registration.missing"].status == "skipped"


def _refuse(guard: InterceptingProxy, path: str) -> None:
    body = json.dumps({"statusCode": 403, "message": "Insufficient permissions"}).encode()
    guard.respond = lambda request, _forward: Response(403, body) if request.path.startswith(path) else None
