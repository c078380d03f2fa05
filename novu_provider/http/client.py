"""How requests leave: retries, pacing, TLS, and no secret in any text.

Retrying is httpx-retries' work: reads and repeatable writes (GET, PUT, DELETE, and PATCH, which here sets fields to
values) are tried again on connection errors, 408, 429 (for as long as ``Retry-After`` says), 500, 502, 503 and 504,
with jitter and a bound. POST is never repeated here. Redirects are not followed, so no key reaches another host.
Proxies are those of the environment (:mod:`novu_provider.http.proxies`).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

import httpx
from httpx_retries import RetryTransport

from novu_provider.errors import SettingsError
from novu_provider.http.proxies import ProxiedTransport
from novu_provider.http.redaction import hide_token_in_httpx_log
from novu_provider.http.retries import RateLimitTransport, retry_policy

#: Seconds to wait for one answer, and retries of a repeatable request, unless the settings say otherwise.
TIMEOUT = 30.0
RETRIES = 4

#: The most seconds that making a connection may take.
_CONNECT = 10.0


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Give the TLS context: the public authorities, and those of a PEM file beside them.

    :raises SettingsError: the file cannot be read or holds no certificate.
    """
    context = httpx.create_ssl_context()
    # Some builds of Python (Debian's) leave it to OpenSSL's configuration, which a variable replaces.
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    if ca_bundle:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except OSError as error:
            # An SSLError is an OSError too; its text is OpenSSL's own.
            reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise SettingsError(
                f"the CA bundle {ca_bundle} cannot be used: {reason}.",
                why="The path is wrong as seen from the project's directory, or the file has another format.",
                fix="Set `novu:caBundle` (or NOVU_CA_BUNDLE) to a file of PEM certificates.",
                prop="caBundle",
            ) from None
    return context


def timeout_for(seconds: float, connect: float = _CONNECT) -> httpx.Timeout:
    """Give the time-outs of a request that may take some seconds; less of it for the connection."""
    return httpx.Timeout(seconds, connect=min(connect, seconds))


def build_client(
    *,
    headers: dict[str, str],
    base_url: str = "",
    ca_bundle: str | None = None,
    timeout: float = TIMEOUT,
    retries: int = RETRIES,
    backoff: float = 0.5,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> httpx.Client:
    """Build the one kind of HTTP client of this package.

    :param timeout: seconds for one answer.
    :param retries, backoff: see :func:`retry_policy`.
    :param transport: replaces the network, in tests, and ``sleep`` the waiting.
    :raises SettingsError: the CA bundle cannot be used.
    """
    hide_token_in_httpx_log()
    inner = transport or network_transport(ca_bundle)
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=timeout_for(timeout),
        follow_redirects=False,
        transport=RetryTransport(
            transport=RateLimitTransport(inner, sleep), retry=retry_policy(retries, backoff, sleep)
        ),
    )


def network_transport(ca_bundle: str | None) -> httpx.BaseTransport:
    """Give the transport that leaves this process: every connection verified, by a proxy too."""
    # A wrong bundle is told at once. The public authorities take 20 ms to load, and only TLS needs them.
    given = tls_context(ca_bundle) if ca_bundle else None

    def connect(proxy: httpx.Proxy | None, tls: bool) -> httpx.BaseTransport:
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
        context = (given or tls_context(None)) if tls else _NOBODY
        return httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy)

    return ProxiedTransport(connect)


#: Trusts no authority, so that TLS which came to it all the same would fail.
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
