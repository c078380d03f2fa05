"""The bridge URL: form, HTTPS, name, address, certificate, redirect and path."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import SyncFailed
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.target import Target
from novu_provider.settings import Settings
from novu_provider.sync.synchronizer import Synchronizer
from tests.contract.fake_bridge import BridgeResponse, FakeBridge, closed_port, html_response, json_response
from tests.engine.novu import Environment
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.secrets.tls import https
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.harness import Doctor, resolver, text

_PUBLIC = {"app.example.com": ["203.0.113.7"], "eight.example.com": ["8.8.8.8"]}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("app.example.com/api/novu", "has no scheme"),
        ("https:///api/novu", "has no host"),
        ("https://user:secret-word@app.example.com/api/novu", "contains credentials"),
        ("https://app.example.com:port/api/novu", "is invalid"),
    ],
)
def test_an_invalid_url_is_reported_and_novu_is_still_checked(doctor: Doctor, url: str, words: str) -> None:
    diagnosis = doctor.diagnose(url)
    assert diagnosis.failed == {"url.form"}
    assert words in diagnosis["url.form"].title
    assert "secret-word" not in text(diagnosis["url.form"])
    assert diagnosis["key.known"].status == "ok"
    assert diagnosis["url.name"].title == "not checked: depends on `url.form`"


def test_a_missing_url_is_reported(doctor: Doctor) -> None:
    assert "Novu stores none" in doctor.diagnose()["url.form"].title


def test_without_a_configured_url_the_stored_one_is_checked(doctor: Doctor, bridge: FakeBridge) -> None:
    Environment(doctor.novu).sync(bridge.url)
    diagnosis = doctor.diagnose()
    assert not diagnosis.failed
    assert diagnosis.report.bridge_url == bridge.url


def test_plain_http_fails_for_novu_cloud(doctor: Doctor) -> None:
    doctor.system |= {
        "network": lambda _: httpx.MockTransport(lambda _: httpx.Response(404)),
        "resolve": resolver(_PUBLIC),
    }
    diagnosis = doctor.diagnose("http://app.example.com/api/novu", apiUrl="https://api.novu.co")
    assert diagnosis["url.https"].status == "failed"
    assert "is not HTTPS" in diagnosis["url.https"].title
    assert diagnosis["url.form"].status == "ok"


def test_plain_http_is_a_warning_for_a_self_hosted_novu(doctor: Doctor) -> None:
    doctor.system |= {"resolve": resolver(_PUBLIC), "network": _nowhere}
    diagnosis = doctor.diagnose("http://eight.example.com/api/novu", apiUrl="http://novu.example.com")
    assert diagnosis["url.https"].status == "warning"
    assert "clear text" in diagnosis["url.https"].cause


def _nowhere(_: str | None) -> httpx.BaseTransport:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    return httpx.MockTransport(refuse)


def test_a_name_that_does_not_resolve_is_reported(doctor: Doctor) -> None:
    diagnosis = doctor.diagnose("https://no-such-host.invalid/api/novu")
    assert diagnosis.failed == {"url.name"}
    assert "no-such-host.invalid does not resolve" in diagnosis["url.name"].title
    assert "DNS" in diagnosis["url.name"].fix
    assert diagnosis["bridge.health"].status == "skipped"


def test_a_private_address_that_a_self_hosted_novu_refuses_is_reported_with_the_variable(
    start: Start, bridge: FakeBridge
) -> None:
    diagnosis = start(allow_private_bridges=False).diagnose(bridge.url)
    assert diagnosis.failed == {"url.address"}
    texts = text(diagnosis["url.address"])
    assert "NOVU_SAFE_OUTBOUND_ALLOW=127.0.0.1" in texts
    assert "Requests to private or reserved IP addresses are not allowed" in texts


def test_an_allowed_private_address_is_ok(start: Start, bridge: FakeBridge) -> None:
    diagnosis = start(allow_private_bridges=False, allowed_outbound=("127.0.0.0/8",)).diagnose(bridge.url)
    assert not diagnosis.failed
    assert "which this self-hosted Novu calls" in diagnosis["url.address"].title


def test_localhost_is_refused_in_spite_of_the_allow_list(start: Start, bridge: FakeBridge) -> None:
    url = bridge.url.replace("127.0.0.1", "localhost")
    diagnosis = start(allow_private_bridges=False, allowed_outbound=("localhost",)).diagnose(url)
    assert diagnosis.failed == {"url.address"}
    assert "even if its allow list contains it" in diagnosis["url.address"].cause


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.4", "169.254.1.1", "::1", "fd00::1"])
def test_a_private_address_fails_for_novu_cloud(doctor: Doctor, address: str) -> None:
    doctor.system |= {"resolve": resolver({"app.example.com": [address]}), "network": _nowhere}
    diagnosis = doctor.diagnose("https://app.example.com/api/novu", apiUrl="https://api.novu.co")
    assert diagnosis["url.address"].status == "failed"
    assert "which Novu Cloud cannot call" in diagnosis["url.address"].title
    assert "NOVU_SAFE_OUTBOUND_ALLOW" not in text(diagnosis["url.address"])


def test_a_closed_port_is_reported(doctor: Doctor) -> None:
    with closed_port() as port:
        diagnosis = doctor.diagnose(f"http://127.0.0.1:{port}/api/novu")
    assert diagnosis.failed == {"url.connection"}
    assert "Nothing listens at 127.0.0.1" in diagnosis["url.connection"].cause


def test_a_closed_connection_differs_from_a_closed_port(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.response = BridgeResponse(drop=True)
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"url.connection"}
    assert "closed the connection" in diagnosis["url.connection"].cause


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def https_url(authority: trustme.CA) -> Iterator[str]:
    with https(authority.issue_cert("127.0.0.1")) as url:
        yield f"{url}/api/novu"


def test_an_untrusted_certificate_is_reported_with_the_environments_that_accept_it(
    doctor: Doctor, https_url: str
) -> None:
    diagnosis = doctor.diagnose(https_url)
    assert diagnosis.failed == {"url.certificate"}
    assert "CERTIFICATE_VERIFY_FAILED" in diagnosis["url.certificate"].title
    assert "accepts any certificate in the environment 'Development'" in text(diagnosis["url.certificate"])
    assert "novu:caBundle" in text(diagnosis["url.certificate"])


@pytest.mark.parametrize(
    ("flaw", "words"),
    [("expired", "has expired"), ("name", "is for another host name"), ("authority", "by a private authority")],
)
def test_the_flaw_of_a_certificate_is_reported(
    doctor: Doctor, authority: trustme.CA, bundle: str, flaw: str, words: str
) -> None:
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    certificate = {
        "expired": lambda: authority.issue_cert(
            "127.0.0.1", not_before=yesterday - datetime.timedelta(days=1), not_after=yesterday
        ),
        "name": lambda: authority.issue_cert("other.example"),
        "authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
    }[flaw]()
    with https(certificate) as url:
        diagnosis = doctor.diagnose(f"{url}/api/novu", caBundle=bundle)
    assert diagnosis.failed == {"url.certificate"}
    assert words in diagnosis["url.certificate"].cause


def test_plain_http_instead_of_tls_is_reported(doctor: Doctor, bridge: FakeBridge) -> None:
    diagnosis = doctor.diagnose(bridge.url.replace("http://", "https://"))
    assert diagnosis.failed == {"url.certificate"}
    assert "does not use TLS" in diagnosis["url.certificate"].cause


def test_in_production_the_report_says_that_novu_verifies_certificates(doctor: Doctor, https_url: str) -> None:
    diagnosis = doctor.diagnose(https_url, key=doctor.novu.production_key)
    assert diagnosis.failed == {"url.certificate"}
    assert "verifies certificates in the environment 'Production'" in text(diagnosis["url.certificate"])


def test_a_private_authority_is_accepted_in_development(doctor: Doctor, https_url: str, bundle: str) -> None:
    diagnosis = doctor.diagnose(https_url, caBundle=bundle)
    assert "url.certificate" not in diagnosis.failed
    assert diagnosis["url.certificate"].status == "warning"
    assert "Production refuses it" in diagnosis["url.certificate"].cause


def test_a_private_authority_is_refused_by_novu_in_production(doctor: Doctor, https_url: str, bundle: str) -> None:
    diagnosis = doctor.diagnose(https_url, key=doctor.novu.production_key, caBundle=bundle)
    assert diagnosis["url.certificate"].status == "failed"
    assert "Unknown bridge request error" in text(diagnosis["url.certificate"])
    assert "NODE_EXTRA_CA_CERTS" in diagnosis["url.certificate"].fix


def test_a_private_authority_that_novu_knows_is_ok_in_production(
    start: Start, https_url: str, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = start()
    with monkeypatch.context() as patch:
        # This replaces NODE_EXTRA_CA_CERTS of a real Novu. The emulator reads it at its first HTTPS call.
        patch.setenv("SSL_CERT_FILE", bundle)
        validation = Environment(doctor.novu, doctor.novu.production_key).call(
            "POST", "/v1/bridge/validate", json={"bridgeUrl": https_url}
        )
    assert validation["data"]["isValid"]
    diagnosis = doctor.diagnose(https_url, key=doctor.novu.production_key, caBundle=bundle)
    assert diagnosis["url.certificate"].status == "ok"
    assert "and Novu trust" in diagnosis["url.certificate"].title


def test_a_redirect_to_another_address_is_reported(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = lambda _request, _forward: Response(
        308, headers={"location": "https://www.app.example/api/novu"}
    )
    diagnosis = doctor.diagnose(f"{front_server.url}/api/novu")
    assert diagnosis.failed == {"url.redirect"}
    assert "redirects to https://www.app.example/api/novu" in diagnosis["url.redirect"].title


def test_a_redirect_on_the_same_origin_is_followed(doctor: Doctor, front_server: InterceptingProxy) -> None:
    front_server.respond = lambda request, _forward: (
        Response(307, headers={"location": request.path.replace("/novu", "/api/novu")})
        if request.path.startswith("/novu")
        else None
    )
    assert not doctor.diagnose(f"{front_server.url}/novu").failed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (html_response(), "returned a web page"),
        (html_response(404), "returned 404"),
        (json_response({"message": "Cannot GET"}, 404), "returned 404"),
        (html_response(405), "returned 405"),
        (BridgeResponse(), "returned 200 without a body"),
        (json_response({"hello": "world"}), "is not a bridge"),
    ],
    ids=["page", "404 page", "404", "405", "nothing", "other JSON"],
)
def test_a_wrong_path_is_reported_with_its_response(
    doctor: Doctor, bridge: FakeBridge, answer: BridgeResponse, words: str
) -> None:
    bridge.response = answer
    diagnosis = doctor.diagnose(bridge.url)
    assert diagnosis.failed == {"url.path"}
    assert words in diagnosis["url.path"].title
    assert diagnosis["bridge.discover"].status == "skipped"


def test_the_proxy_of_the_environment_resolves_the_name(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, bridge: FakeBridge
) -> None:
    with intercepting_proxy(bridge.url.removesuffix("/api/novu")) as proxy:
        proxy.respond = lambda _request, _forward: Response(502)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        doctor.system["resolve"] = resolver({})
        diagnosis = doctor.diagnose("http://app.example.invalid/api/novu")
    assert diagnosis["url.name"].status == "ok"
    assert "proxy resolves" in diagnosis["url.name"].title


def test_an_invalid_proxy_is_reported(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://proxy.example.invalid")
    monkeypatch.setenv("no_proxy", "")
    diagnosis = doctor.diagnose("https://app.example.invalid/api/novu")
    assert diagnosis.failed == {"url.connection"}
    assert "the proxy ftp://proxy.example.invalid is invalid" in diagnosis["url.connection"].title


def test_the_provider_reports_the_same_variable(start: Start, bridge: FakeBridge) -> None:
    doctor = start(allow_private_bridges=False)
    settings = Settings.read(
        {"secretKey": doctor.novu.development_key, "apiUrl": doctor.novu.url, "bridgeUrl": bridge.url}.get, {}
    )
    api = NovuApi(settings)
    bridge_client = BridgeClient.connect(bridge.url, doctor.novu.development_key)
    try:
        target = Target(api.environment().id, bridge.url, bridge_client.manifest().digests, frozenset())
        with pytest.raises(SyncFailed) as raised:
            Synchronizer(api, bridge_client).apply(target)
    finally:
        api.close()
        bridge_client.close()
    finding = doctor.diagnose(bridge.url)["url.address"]
    assert finding.cause == raised.value.why
    assert finding.fix in raised.value.fix
