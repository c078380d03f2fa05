"""The HTTP client that all requests use: TLS, retries, rate limits and timeouts.

httpx-retries repeats reads and idempotent writes: GET, PUT, DELETE, and PATCH, which here only sets fields to values.
It retries connection errors and the statuses 408, 429, 500, 502, 503 and 504, with jitter and an upper bound, and
follows ``Retry-After``. POST is never repeated here. Redirects are not followed, so no other host receives the key.
The environment names the proxies (:mod:`novu_provider.http.proxies`).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urljoin

import httpx
from httpx_retries import RetryTransport

from novu_provider.errors import SettingsError
from novu_provider.http.limits import MAX_BYTES, BoundedTransport
from novu_provider.http.proxies import ProxiedTransport
from novu_provider.http.redaction import hide_token_in_httpx_log
from novu_provider.http.retries import RateLimitTransport, retry_policy

#: The default timeout of a request in seconds, and the default number of retries.
TIMEOUT = 30.0
RETRIES = 4

#: The maximum timeout for opening a connection, in seconds.
_CONNECT_TIMEOUT = 10.0

#: Trusts no certificate authority. Requests without TLS use it, so an unexpected TLS connection fails.
_TRUST_NO_CA = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a TLS context that trusts the public certificate authorities and those of a PEM file.

    :raises SettingsError: the file is unreadable or contains no certificate.
    """
    context = httpx.create_ssl_context()
    # Some builds of Python (Debian's) leave the minimum to OpenSSL's configuration, which an environment variable
    # can replace.
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    if ca_bundle:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except OSError as error:
            # SSLError is a subclass of OSError. Its text is OpenSSL's own and names no file.
            reason = "it contains no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise SettingsError(
                f"the CA bundle {ca_bundle} is invalid: {reason}.",
                why="The path is wrong (it is relative to the project's directory), or the file has another format.",
                fix="Set `novu:caBundle` (or NOVU_CA_BUNDLE) to a file with PEM certificates.",
                prop="caBundle",
            ) from None
    return context


class InvalidRedirect(httpx.RemoteProtocolError):
    """A response redirects to something that is not a URL.

    :param location: the header ``Location``.
    """

    def __init__(self, location: str, *, request: httpx.Request) -> None:
        super().__init__(f"invalid redirect to {location!r}", request=request)
        self.location = location


def _check_redirect(response: httpx.Response) -> None:
    """Raise :class:`InvalidRedirect` for a ``Location`` that httpx cannot parse.

    httpx parses it even if redirects are not followed, and raises errors of several classes. Some of them are not
    its own, and others look like a lost connection.
    """
    if not response.has_redirect_location:
        return
    location = response.headers["location"]
    try:
        url = httpx.URL(location)
        if url.scheme and not url.host:
            url = url.copy_with(host=response.request.url.host)
        response.request.url.join(url)
        # The bridge's client follows redirects with the standard library, which rejects other URLs than httpx.
        urljoin(str(response.request.url), location)
    except (httpx.InvalidURL, ValueError):
        raise InvalidRedirect(location, request=response.request) from None


def timeout_for(seconds: float, connect: float = _CONNECT_TIMEOUT) -> httpx.Timeout:
    """Return the timeouts of a request: ``seconds`` for each read or write, at most ``connect`` for the connection."""
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
    max_bytes: int = MAX_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> httpx.Client:
    """Build an HTTP client. Every client of this package is built here.

    :param timeout: the timeout of a request in seconds. It limits the time of the whole response.
    :param retries, backoff: see :func:`retry_policy`.
    :param transport, sleep, clock: replace the network, the waiting and the time in tests.
    :param max_bytes: the maximum bytes of a response.
    :raises SettingsError: the CA bundle is invalid.
    """
    hide_token_in_httpx_log()
    inner = BoundedTransport(transport or network_transport(ca_bundle), max_bytes, clock)
    return httpx.Client(
        base_url=base_url,
        # The encodings that BoundedTransport can unpack in small steps.
        headers={"Accept-Encoding": "gzip, deflate", **headers},
        timeout=timeout_for(timeout),
        follow_redirects=False,
        # Without cookies, as Novu's own requests to a bridge. A cookie with a non-ASCII character would also make
        # httpx fail at the next request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        event_hooks={"response": [_check_redirect]},
        transport=RetryTransport(
            transport=RateLimitTransport(inner, sleep), retry=retry_policy(retries, backoff, sleep)
        ),
    )


def network_transport(ca_bundle: str | None) -> httpx.BaseTransport:
    """Return the transport to the network. It verifies every TLS connection, also through a proxy."""
    # An invalid bundle fails here, before the first request. Loading the public authorities takes 20 ms, so it waits
    # until a request needs TLS.
    bundle_context = tls_context(ca_bundle) if ca_bundle else None

    def connect(proxy: httpx.Proxy | None, tls: bool) -> httpx.BaseTransport:
        # httpcore loads slowly, and a program with a manifest file sends no request.
        from novu_provider.http.network import enforce_deadline  # noqa: PLC0415

        limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
        context = (bundle_context or tls_context(None)) if tls else _TRUST_NO_CA
        return enforce_deadline(httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy))

    return ProxiedTransport(connect)
