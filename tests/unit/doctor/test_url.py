"""The URL: form, HTTPS, name, address, certificate, redirect and path, each told from the others."""

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
from tests.contract.fake_bridge import BridgeResponse as BridgeAnswer
from tests.contract.fake_bridge import FakeBridge, closed_port, html_response, json_response
from tests.engine.novu import Environment
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.secrets.tls import https
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.examination import Doctor, names, text

_PUBLIC = {"app.example.com": ["203.0.113.7"], "eight.example.com": ["8.8.8.8"]}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("app.example.com/api/novu", "has no scheme"),
        ("https:///api/novu", "has no host"),
        ("https://user:secret-word@app.example.com/api/novu", "carries credentials"),
        ("https://app.example.com:port/api/novu", "cannot be read"),
    ],
)
def test_a_url_that_is_none_fails_alone_and_novu_is_still_looked_at(doctor: Doctor, url: str, words: str) -> None:
    seen = doctor.examine(url)
    assert seen.failed == {"url.form"}
    assert words in seen["url.form"].title
    assert "secret-word" not in text(seen["url.form"])
    assert seen["key.known"].status == "ok"
    assert seen["url.name"].title == "not checked: `url.form` comes first"


def test_without_any_url_it_says_so(doctor: Doctor) -> None:
    assert "Novu stores none" in doctor.examine()["url.form"].title


def test_the_stored_url_is_examined_where_none_is_given(doctor: Doctor, bridge: FakeBridge) -> None:
    Environment(doctor.novu).sync(bridge.url)
    seen = doctor.examine()
    assert not seen.failed
    assert seen.report.bridge_url == bridge.url


def test_novu_cloud_takes_no_plain_http(doctor: Doctor) -> None:
    doctor.world |= {"network": lambda _: httpx.MockTransport(lambda _: httpx.Response(404)), "resolve": names(_PUBLIC)}
    seen = doctor.examine("http://app.example.com/api/novu", apiUrl="https://api.novu.co")
    assert seen["url.https"].status == "failed"
    assert "is not HTTPS" in seen["url.https"].title
    assert seen["url.form"].status == "ok"


def test_a_self_hosted_novu_takes_it_with_a_warning(doctor: Doctor) -> None:
    doctor.world |= {"resolve": names(_PUBLIC), "network": _nowhere}
    seen = doctor.examine("http://eight.example.com/api/novu", apiUrl="http://novu.example.com")
    assert seen["url.https"].status == "warning"
    assert "clear text" in seen["url.https"].cause


def _nowhere(_: str | None) -> httpx.BaseTransport:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    return httpx.MockTransport(refuse)


def test_a_name_that_does_not_resolve_is_named(doctor: Doctor) -> None:
    seen = doctor.examine("https://no-such-host.invalid/api/novu")
    assert seen.failed == {"url.name"}
    assert "no-such-host.invalid does not resolve" in seen["url.name"].title
    assert "DNS" in seen["url.name"].fix
    assert seen["bridge.health"].status == "skipped"


def test_a_private_address_is_refused_by_a_self_hosted_novu_and_the_variable_named(
    start: Start, bridge: FakeBridge
) -> None:
    seen = start(allow_private_bridges=False).examine(bridge.url)
    assert seen.failed == {"url.address"}
    found = text(seen["url.address"])
    assert "NOVU_SAFE_OUTBOUND_ALLOW=127.0.0.1" in found
    assert "Requests to private or reserved IP addresses are not allowed" in found


def test_an_address_that_is_permitted_is_well(start: Start, bridge: FakeBridge) -> None:
    seen = start(allow_private_bridges=False, allowed_outbound=("127.0.0.0/8",)).examine(bridge.url)
    assert not seen.failed
    assert "may call" in seen["url.address"].title


def test_localhost_is_refused_whatever_is_permitted(start: Start, bridge: FakeBridge) -> None:
    url = bridge.url.replace("127.0.0.1", "localhost")
    seen = start(allow_private_bridges=False, allowed_outbound=("localhost",)).examine(url)
    assert seen.failed == {"url.address"}
    assert "even if its allow list contains it" in seen["url.address"].cause


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.4", "169.254.1.1", "::1", "fd00::1"])
def test_novu_cloud_calls_no_private_address(doctor: Doctor, address: str) -> None:
    doctor.world |= {"resolve": names({"app.example.com": [address]}), "network": _nowhere}
    seen = doctor.examine("https://app.example.com/api/novu", apiUrl="https://api.novu.co")
    assert seen["url.address"].status == "failed"
    assert "Novu Cloud cannot call it" in seen["url.address"].title
    assert "NOVU_SAFE_OUTBOUND_ALLOW" not in text(seen["url.address"])


def test_a_port_where_nobody_listens_is_named(doctor: Doctor) -> None:
    with closed_port() as port:
        seen = doctor.examine(f"http://127.0.0.1:{port}/api/novu")
    assert seen.failed == {"url.connection"}
    assert "Nothing listens at 127.0.0.1" in seen["url.connection"].cause


def test_a_closed_connection_is_told_from_a_closed_port(doctor: Doctor, bridge: FakeBridge) -> None:
    bridge.response = BridgeAnswer(drop=True)
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"url.connection"}
    assert "closed the connection" in seen["url.connection"].cause


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def encrypted(authority: trustme.CA) -> Iterator[str]:
    with https(authority.issue_cert("127.0.0.1")) as url:
        yield f"{url}/api/novu"


def test_an_untrusted_certificate_is_told_with_where_novu_accepts_it(doctor: Doctor, encrypted: str) -> None:
    seen = doctor.examine(encrypted)
    assert seen.failed == {"url.certificate"}
    assert "CERTIFICATE_VERIFY_FAILED" in seen["url.certificate"].title
    assert "accepts any certificate in the environment 'Development'" in text(seen["url.certificate"])
    assert "novu:caBundle" in text(seen["url.certificate"])


@pytest.mark.parametrize(
    ("flaw", "words"),
    [("expired", "has expired"), ("name", "is for another host name"), ("authority", "by a private authority")],
)
def test_what_is_wrong_with_a_certificate_is_told(
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
        seen = doctor.examine(f"{url}/api/novu", caBundle=bundle)
    assert seen.failed == {"url.certificate"}
    assert words in seen["url.certificate"].cause


def test_plain_http_where_tls_is_asked_is_told(doctor: Doctor, bridge: FakeBridge) -> None:
    seen = doctor.examine(bridge.url.replace("http://", "https://"))
    assert seen.failed == {"url.certificate"}
    assert "does not use TLS" in seen["url.certificate"].cause


def test_in_production_it_is_told_that_novu_verifies(doctor: Doctor, encrypted: str) -> None:
    seen = doctor.examine(encrypted, key=doctor.novu.production_key)
    assert seen.failed == {"url.certificate"}
    assert "verifies certificates in the environment 'Production'" in text(seen["url.certificate"])


def test_a_private_authority_is_accepted_in_development(doctor: Doctor, encrypted: str, bundle: str) -> None:
    seen = doctor.examine(encrypted, caBundle=bundle)
    assert "url.certificate" not in seen.failed
    assert seen["url.certificate"].status == "warning"
    assert "Production refuses it" in seen["url.certificate"].cause


def test_and_refused_by_novu_in_production(doctor: Doctor, encrypted: str, bundle: str) -> None:
    seen = doctor.examine(encrypted, key=doctor.novu.production_key, caBundle=bundle)
    assert seen["url.certificate"].status == "failed"
    assert "Unknown bridge request error" in text(seen["url.certificate"])
    assert "NODE_EXTRA_CA_CERTS" in seen["url.certificate"].fix


def test_a_private_authority_that_novu_knows_is_well_in_production(
    start: Start, encrypted: str, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = start()
    with monkeypatch.context() as knowing:
        # As NODE_EXTRA_CA_CERTS makes a real one; the embedded Novu reads the authorities at its first such call.
        knowing.setenv("SSL_CERT_FILE", bundle)
        found = Environment(doctor.novu, doctor.novu.production_key).call(
            "POST", "/v1/bridge/validate", json={"bridgeUrl": encrypted}
        )
    assert found["data"]["isValid"]
    seen = doctor.examine(encrypted, key=doctor.novu.production_key, caBundle=bundle)
    assert seen["url.certificate"].status == "ok"
    assert "and by Novu" in seen["url.certificate"].title


def test_a_redirect_to_another_address_is_no_login(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = lambda _request, _pass: Response(308, headers={"location": "https://www.app.example/api/novu"})
    seen = doctor.examine(f"{fronted.url}/api/novu")
    assert seen.failed == {"url.redirect"}
    assert "redirects to https://www.app.example/api/novu" in seen["url.redirect"].title


def test_a_redirect_on_the_same_origin_is_followed_as_novu_does(doctor: Doctor, fronted: InterceptingProxy) -> None:
    fronted.respond = lambda request, _pass: (
        Response(307, headers={"location": request.path.replace("/novu", "/api/novu")})
        if request.path.startswith("/novu")
        else None
    )
    assert not doctor.examine(f"{fronted.url}/novu").failed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (html_response(), "returned a web page"),
        (html_response(404), "returned 404"),
        (json_response({"message": "Cannot GET"}, 404), "returned 404"),
        (html_response(405), "returned 405"),
        (BridgeAnswer(), "returned 200 without a body"),
        (json_response({"hello": "world"}), "is no bridge"),
    ],
    ids=["page", "404 page", "404", "405", "nothing", "other JSON"],
)
def test_a_wrong_path_is_told_by_what_answers_there(
    doctor: Doctor, bridge: FakeBridge, answer: BridgeAnswer, words: str
) -> None:
    bridge.response = answer
    seen = doctor.examine(bridge.url)
    assert seen.failed == {"url.path"}
    assert words in seen["url.path"].title
    assert seen["bridge.discover"].status == "skipped"


def test_the_proxy_of_the_environment_resolves_the_name(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, bridge: FakeBridge
) -> None:
    with intercepting_proxy(bridge.url.removesuffix("/api/novu")) as proxy:
        proxy.respond = lambda _request, _pass: Response(502)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        doctor.world["resolve"] = names({})
        seen = doctor.examine("http://app.example.invalid/api/novu")
    assert seen["url.name"].status == "ok"
    assert "proxy resolves" in seen["url.name"].title


def test_a_proxy_that_cannot_be_used_is_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://proxy.example.invalid")
    monkeypatch.setenv("no_proxy", "")
    seen = doctor.examine("https://app.example.invalid/api/novu")
    assert seen.failed == {"url.connection"}
    assert "the proxy ftp://proxy.example.invalid is invalid" in seen["url.connection"].title


def test_the_provider_itself_names_the_variable(start: Start, bridge: FakeBridge) -> None:
    doctor = start(allow_private_bridges=False)
    settings = Settings.read(
        {"secretKey": doctor.novu.development_key, "apiUrl": doctor.novu.url, "bridgeUrl": bridge.url}.get, {}
    )
    api = NovuApi(settings)
    served = BridgeClient.connect(bridge.url, doctor.novu.development_key)
    try:
        target = Target(api.environment().id, bridge.url, served.manifest().digests, frozenset())
        with pytest.raises(SyncFailed) as raised:
            Synchronizer(api, served).apply(target)
    finally:
        api.close()
        served.close()
    found = doctor.examine(bridge.url)["url.address"]
    assert found.cause == raised.value.why
    assert found.fix in raised.value.fix
