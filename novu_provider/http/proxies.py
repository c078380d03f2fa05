"""Which proxy a request takes: the one that the environment names, as Pulumi's engine and other tools do.

``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` in either case. httpx reads them itself only while no
transport is given, and this package gives one. A request to this machine takes none, as in Go.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from urllib.request import getproxies, proxy_bypass

import httpx

from novu_provider.errors import SettingsError


class ProxiedTransport(httpx.BaseTransport):
    """Sends each request by the proxy that the environment names for it, or straight.

    :param connect: makes the transport for a proxy, or for None, and for requests with TLS or without.
    """

    def __init__(self, connect: Callable[[httpx.Proxy | None, bool], httpx.BaseTransport]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._transports: dict[tuple[str | None, bool], httpx.BaseTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        :raises SettingsError: the environment's proxy cannot be used.
        :raises httpx.TransportError: it got no answer; the proxy is named if there was one.
        """
        proxy = proxy_for(request.url)
        transport = self._transport(proxy, tls=request.url.scheme != "http")
        try:
            return transport.handle_request(request)
        except httpx.TransportError as error:
            if proxy is None:
                raise
            raise type(error)(f"{error} (through the proxy {_shown(proxy)})", request=request) from error

    def close(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            transport.close()

    def _transport(self, proxy: str | None, tls: bool) -> httpx.BaseTransport:
        with self._lock:
            if (proxy, tls) not in self._transports:
                try:
                    self._transports[proxy, tls] = self._connect(httpx.Proxy(proxy) if proxy else None, tls)
                except (ValueError, ImportError, httpx.InvalidURL) as error:
                    raise SettingsError(
                        f"the proxy {_shown(proxy)} cannot be used: {str(error).replace(proxy or '', '…')}",
                        why="HTTPS_PROXY, HTTP_PROXY or ALL_PROXY has another form than http://host:port.",
                        fix="Correct it, or name the hosts that need no proxy in NO_PROXY.",
                        prop="apiUrl",
                    ) from None
            return self._transports[proxy, tls]


def proxy_for(url: httpx.URL) -> str | None:
    """Give the URL of the proxy for a request, credentials included; None where it goes straight."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or _is_here(url.host) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(proxy: str | None) -> str:
    """The proxy's URL without its credentials."""
    scheme, _, rest = (proxy or "").rpartition("://")
    return f"{scheme or 'http'}://{rest.rpartition('@')[2]}"
