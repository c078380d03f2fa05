"""TLS certificates are always verified, against the public authorities or the CA bundle of the stack."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import BridgeUnreachable, NovuUnreachable, SettingsError
from novu_provider.http import client
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from tests.secrets.tls import https

_KEY = "a-key-of-the-tests"

_VARIABLES = {
    "PYTHONHTTPSVERIFY": "0",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
    "SSL_CERT_FILE": "",
    "SSL_CERT_DIR": "",
    "NOVU_CA_BUNDLE": "",
    "NOVU_INSECURE": "1",
    "NOVU_TLS_VERIFY": "false",
}
"""Variables that turn verification off in some tool."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[str]:
    with https(authority.issue_cert("127.0.0.1")) as url:
        yield url


def _call_novu(url: str, ca_bundle: str | None = None) -> str:
    values = {"secretKey": _KEY, "apiUrl": url, "caBundle": ca_bundle, "retries": "0"}
    api = NovuApi(Settings.read(values.get), sleep=lambda _: None)
    try:
        return api.environment().name
    finally:
        api.close()


def _call_bridge(url: str, ca_bundle: str | None = None) -> int:
    bridge = BridgeClient.connect(f"{url}/api/novu", _KEY, ca_bundle=ca_bundle, sleep=lambda _: None)
    try:
        return len(bridge.manifest().workflows)
    finally:
        bridge.close()


def test_a_private_authority_in_the_settings_is_trusted(server: str, bundle: str) -> None:
    assert _call_novu(server, bundle) == "Development"
    assert _call_bridge(server, bundle) == 0


def test_a_variable_can_set_a_private_authority(server: str, bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVU_CA_BUNDLE", bundle)
    assert _call_novu(server) == "Development"
    monkeypatch.delenv("NOVU_CA_BUNDLE")
    # OpenSSL's variable replaces the public authorities. Machines behind a company's proxy set it.
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert _call_novu(server) == "Development"


def test_the_error_about_an_unknown_authority_names_the_setting(server: str) -> None:
    with pytest.raises(NovuUnreachable, match="CERTIFICATE_VERIFY_FAILED") as raised:
        _call_novu(server)
    assert "novu:caBundle" in str(raised.value)
    with pytest.raises(BridgeUnreachable, match="CERTIFICATE_VERIFY_FAILED") as refused:
        _call_bridge(server)
    assert "novu:caBundle" in str(refused.value)


@pytest.mark.parametrize("call", [_call_novu, _call_bridge])
def test_a_private_authority_does_not_make_invalid_certificates_valid(
    call: Callable[[str, str], object], authority: trustme.CA, bundle: str
) -> None:
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    expired = authority.issue_cert("127.0.0.1", not_before=yesterday - datetime.timedelta(days=1), not_after=yesterday)
    for certificate in (authority.issue_cert("other.example"), expired, trustme.CA().issue_cert("127.0.0.1")):
        with https(certificate) as url, pytest.raises((NovuUnreachable, BridgeUnreachable), match="CERTIFICATE"):
            call(url, bundle)


def test_no_variable_turns_verification_off(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _VARIABLES.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NovuUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
        _call_novu(server)
    with pytest.raises(BridgeUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
        _call_bridge(server)
    context = client.tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("key", ["insecure", "verify", "tlsVerify", "skipTlsVerify", "caBundle"])
def test_no_setting_turns_verification_off(key: str, server: str) -> None:
    values = {"secretKey": _KEY, "apiUrl": server, "retries": "0", key: "false" if key != "caBundle" else ""}
    api = NovuApi(Settings.read(values.get, {}))
    try:
        with pytest.raises(NovuUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            api.environment()
    finally:
        api.close()


@pytest.mark.parametrize("url", ["http://api.novu.co", "http://eu.api.novu.co/", "http://API.NOVU.CO.:80"])
def test_novu_cloud_requires_https(url: str) -> None:
    with pytest.raises(SettingsError, match="without TLS"):
        Settings.read({"secretKey": _KEY, "apiUrl": url}.get, {})


def test_novu_cloud_requires_an_https_bridge() -> None:
    with pytest.raises(SettingsError, match="not HTTPS"):
        Settings.read({"secretKey": _KEY, "bridgeUrl": "http://app.example.com/api/novu"}.get, {})


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_invalid_bundle_is_a_settings_error(content: str | None, tmp_path: Path, server: str) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="CA bundle") as raised:
        _call_novu(server, str(path))
    assert raised.value.prop == "caBundle"
