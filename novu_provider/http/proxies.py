"""The proxy of each request, chosen by environment variables as Pulumi's engine and other tools do.

The variables are ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in upper or lower case. httpx reads
them only for its own transport, and this package passes another one. Requests to this machine use no proxy, as in Go.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from urllib.request import getproxies, proxy_bypass

import httpx

from novu_provider.errors import SettingsError


class ProxiedTransport(httpx.BaseTransport):
    """Send each request through the proxy that the environment names for it, or directly.

    :param connect: builds the transport for a proxy or None, and for requests with or without TLS.
    """

    def __init__(self, connect: Callable[[httpx.Proxy | None, bool], httpx.BaseTransport]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._transports: dict[tuple[str | None, bool], httpx.BaseTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        :raises SettingsError: the environment names an invalid proxy.
        :raises httpx.TransportError: no response arrived. The message names the proxy, if there was one.
        """
        proxy = proxy_for(request.url)
        transport = self._transport(proxy, tls=request.url.scheme != "http")
        try:
            return transport.handle_request(request)
        except httpx.TransportError as error:
            if proxy is None:
                raise
            raise type(error)(f"{error} (through the proxy {_without_credentials(proxy)})", request=request) from error

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
                        f"the proxy {_without_credentials(proxy)} is invalid: {str(error).replace(proxy or '', '…')}",
                        why="The value of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY does not have the form "
                        "http://host:port.",
                        fix="Correct the variable, or list hosts that need no proxy in NO_PROXY.",
                        prop="apiUrl",
                    ) from None
            return self._transports[proxy, tls]


def proxy_for(url: httpx.URL) -> str | None:
    """Return the URL of the proxy for a request, with its credentials, or None for a direct request."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or _is_this_machine(url.host) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_credentials(proxy: str | None) -> str:
    """Return the URL of the proxy without its credentials."""
    scheme, _, rest = (proxy or "").rpartition("://")
    return f"{scheme or 'http'}://{rest.rpartition('@')[2]}"
