"""Proxies from environment variables: used as in other tools. With HTTPS they never see the key."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import NovuUnreachable, SettingsError
from novu_provider.http.proxies import proxy_for
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.secrets.search import Search, made_up
from tests.secrets.tls import RESPONSE, https

_KEY = made_up("key")
_HOST = "novu.example"
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy_from_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy(listener: InterceptingProxy) -> InterceptingProxy:
    """An HTTP proxy that responds itself instead of the target."""
    listener.respond = lambda _request, _forward: Response(200, RESPONSE, {"content-type": "application/json"})
    return listener


@contextmanager
def _tunnel(target: str) -> Iterator[tuple[str, list[bytes]]]:
    """Run a proxy that connects each CONNECT to the target. Yield its URL and the bytes that clients sent to it."""
    received: list[bytes] = []
    address = (urlsplit(target).hostname or "", urlsplit(target).port or 0)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(4096)
            received.append(head)
            with socket.create_connection(address) as upstream:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._copy, args=(upstream, self.request))
                back.start()
                self._copy(self.request, upstream)
                back.join()

        def _copy(self, source: socket.socket, sink: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    if source is self.request:
                        received.append(data)
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                return  # one side closed the connection

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://proxy-user:proxy-password@127.0.0.1:{server.server_address[1]}", received
        finally:
            server.shutdown()
            thread.join()


def _environment_name(url: str, ca_bundle: str | None = None) -> str:
    api = NovuApi(Settings.read({"secretKey": _KEY, "apiUrl": url, "caBundle": ca_bundle, "retries": "0"}.get, {}))
    try:
        return api.environment().name
    finally:
        api.close()


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(
    variable: str, proxy: InterceptingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy.url if "http" in variable else proxy.url.removeprefix("http://"))
    assert _environment_name(f"http://{_HOST}") == "Development"
    bridge = BridgeClient.connect(f"http://app.{_HOST}/api/novu", _KEY)
    try:
        assert bridge.manifest().workflows == ()
    finally:
        bridge.close()
    paths = [request.path.split("?")[0] for request in proxy.requests]
    assert paths == [f"http://{_HOST}/v1/environments/me", f"http://app.{_HOST}/api/novu"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.novu.co/v1", "http://secure:3128"),
        ("http://app.example/api/novu", "http://plain:3128"),
        ("https://app.inside.example/", None),
        ("https://inside.example:8443/", None),
        ("https://notinside.example/", "http://secure:3128"),
        ("https://10.0.0.7/", None),
        ("https://127.0.0.9:3000/", None),
        ("https://[::1]:3000/", None),
        ("http://novu.localhost:3000/", None),
    ],
)
def test_no_proxy_and_loopback_addresses_bypass_the_proxy(
    url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "secure:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://plain:3128")
    monkeypatch.setenv("NO_PROXY", ".inside.example, inside.example,10.0.0.7")
    assert proxy_for(httpx.URL(url)) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_addresses_are_called_directly(
    host: str, proxy: InterceptingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in _VARIABLES[:3]:
        monkeypatch.setenv(variable, proxy.url)
    with intercepting_proxy() as novu:
        novu.respond = lambda _request, _forward: Response(200, RESPONSE)
        assert _environment_name(novu.url.replace("127.0.0.1", host)) == "Development"
    assert proxy.requests == []


def test_a_proxy_sees_the_host_of_https_but_not_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with https(authority.issue_cert(_HOST)) as server, _tunnel(server) as (url, received):
        monkeypatch.setenv("HTTPS_PROXY", url)
        assert _environment_name(f"https://{_HOST}", str(bundle)) == "Development"
        # Without the bundle, the certificate is refused, as without a proxy.
        with pytest.raises(NovuUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            _environment_name(f"https://{_HOST}")
    assert received[0].startswith(f"CONNECT {_HOST}:443 HTTP/1.1".encode())
    search = Search({"key": _KEY})
    search.data("the bytes that the proxy received", b"".join(received))
    assert search.matches == []
    assert b"/v1/environments" not in b"".join(received)


def test_a_proxy_that_pretends_to_be_novu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with https(trustme.CA().issue_cert("api.novu.co")) as impostor, _tunnel(impostor) as (url, _):
        monkeypatch.setenv("HTTPS_PROXY", url)
        with pytest.raises(NovuUnreachable, match="CERTIFICATE_VERIFY_FAILED") as raised:
            _environment_name("https://api.novu.co")
    assert "through the proxy http://127.0.0.1" in str(raised.value)
    assert "proxy-password" not in str(raised.value)


def test_the_error_names_a_proxy_that_is_down_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # no server listens on this port
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:my-password@127.0.0.1:{reserved.getsockname()[1]}")
        with pytest.raises(NovuUnreachable, match=r"through the proxy http://127\.0\.0\.1:") as raised:
            _environment_name("https://api.novu.co")
    assert "my-password" not in str(raised.value)


@pytest.mark.parametrize("proxy_url", ["gopher://me:my-password@proxy:70", "http://me:my-password@proxy:port"])
def test_an_invalid_proxy_is_a_settings_error(proxy_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy_url)
    with pytest.raises(SettingsError, match=r"the proxy .* is invalid") as raised:
        _environment_name("https://api.novu.co")
    assert "my-password" not in str(raised.value)
