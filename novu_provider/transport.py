"""How requests leave: retries, pacing, TLS, and no secret in any text.

Retrying is httpx-retries' work: reads and repeatable writes (GET, PUT, DELETE, and PATCH, which here sets fields to
values) are tried again on connection errors, 408, 429 (for as long as ``Retry-After`` says), 500, 502, 503 and 504,
with jitter and a bound. POST is never repeated here. Redirects are not followed, so no key reaches another host.
Proxies are those of the environment (:mod:`novu_provider.proxies`).
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import quote, quote_plus

import httpx
from httpx_retries import Retry, RetryTransport

from novu_provider.errors import SettingsError
from novu_provider.model.bridge_urls import BYPASS_PARAMETER
from novu_provider.proxies import ProxiedTransport

#: Seconds to wait for one answer, and retries of a repeatable request, unless the settings say otherwise.
TIMEOUT = 30.0
RETRIES = 4

#: The most seconds that making a connection may take.
_CONNECT = 10.0

_RETRIED_STATUSES = (408, 429, 500, 502, 503, 504)
_RETRIED_METHODS = ("GET", "PUT", "PATCH", "DELETE")


class Patience(Retry):
    """httpx-retries' policy, with a sleep that tests replace.

    :param pause: takes seconds.
    """

    def __init__(self, *, pause: Callable[[float], None] = time.sleep, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before the next try, for as long as the library says."""
        seconds = self._calculate_sleep(response.headers if isinstance(response, httpx.Response) else {})
        self._pause(seconds)
        self.elapsed_sleep += seconds

    def increment(self) -> Patience:
        """Give the policy of the next try, its pause included."""
        following = cast(Patience, super().increment())
        following._pause = self._pause
        return following


def retry_policy(total: int = 4, backoff: float = 0.5, pause: Callable[[float], None] = time.sleep) -> Retry:
    """Give the policy of all repeatable requests: ``total`` retries, at most a minute of waiting in all."""
    return Patience(
        pause=pause,
        total=total,
        allowed_methods=_RETRIED_METHODS,
        status_forcelist=_RETRIED_STATUSES,
        backoff_factor=backoff,
        max_backoff_wait=20.0,
        total_timeout=60.0,
        # An answer that is cut on its way is a lost connection too; the client would read it too late to try again.
        validate_response=_read_whole,
    )


def _read_whole(response: httpx.Response) -> None:
    response.read()


class PacedTransport(httpx.BaseTransport):
    """Wait when Novu's ``RateLimit-*`` headers say that the window is used up, rather than be refused.

    :param sleep, clock: replaced in tests.
    """

    #: A window is 5 s on Novu Cloud; no header makes one wait longer than this.
    LONGEST = 30.0

    def __init__(
        self,
        inner: httpx.BaseTransport,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, after the pause that the last answer asked for."""
        with self._lock:
            pause = self._free_at - self._clock()
        if pause > 0:
            self._sleep(pause)
        response = self._inner.handle_request(request)
        if response.headers.get("RateLimit-Remaining", "").strip() == "0":
            try:
                reset = min(float(response.headers.get("RateLimit-Reset", "0")), self.LONGEST)
            except ValueError:
                reset = 0.0
            with self._lock:
                self._free_at = max(self._free_at, self._clock() + reset)
        return response

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()


class Redactor:
    """Replace secrets in text that comes from elsewhere, also where they stand encoded in a URL.

    :param secrets: the values to hide; empty ones are ignored.
    """

    #: Shorter values would hide ordinary words.
    SHORTEST = 6

    def __init__(self, secrets: Iterable[str | None]) -> None:
        plain = {secret for secret in secrets if secret and len(secret) >= self.SHORTEST}
        found = {form for secret in plain for form in (secret, quote(secret, safe=""), quote_plus(secret))}
        self._secrets = sorted(found, key=len, reverse=True)

    def clean(self, text: object) -> str:
        """Give the text with each secret replaced by ``[secret]``."""
        cleaned = str(text)
        for secret in self._secrets:
            cleaned = cleaned.replace(secret, "[secret]")
        return cleaned


class _WithoutToken(logging.Filter):
    """Hide the bypass token in httpx's own log: it writes the URL of each request at level INFO."""

    _TOKEN = re.compile(rf"({re.escape(BYPASS_PARAMETER)}=)[^&\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without the token."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._TOKEN.sub(r"\1[secret]", str(arg)) if isinstance(arg, httpx.URL) else arg for arg in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_WithoutToken())


def verification(ca_bundle: str | None) -> ssl.SSLContext:
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
                cure="Set `novu:caBundle` (or NOVU_CA_BUNDLE) to a file of PEM certificates.",
                prop="caBundle",
            ) from None
    return context


def patience(seconds: float, connect: float = _CONNECT) -> httpx.Timeout:
    """Give the time-outs of a request that may take some seconds; less of it for the connection."""
    return httpx.Timeout(seconds, connect=min(connect, seconds))


def client(
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
    inner = transport or network(ca_bundle)
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=patience(timeout),
        follow_redirects=False,
        transport=RetryTransport(transport=PacedTransport(inner, sleep), retry=retry_policy(retries, backoff, sleep)),
    )


def network(ca_bundle: str | None) -> httpx.BaseTransport:
    """Give the transport that leaves this process: every connection verified, by a proxy too."""
    # A wrong bundle is told at once. The public authorities take 20 ms to load, and only TLS needs them.
    given = verification(ca_bundle) if ca_bundle else None

    def connect(proxy: httpx.Proxy | None, tls: bool) -> httpx.BaseTransport:
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
        context = (given or verification(None)) if tls else _NOBODY
        return httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy)

    return ProxiedTransport(connect)


#: Trusts no authority, so that TLS which came to it all the same would fail.
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
