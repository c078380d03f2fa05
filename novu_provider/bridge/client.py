"""The client of a bridge. It sends the same requests as Novu.

Protocol: ``GET <bridge URL>?action=discover`` with the header ``novu-signature: t=<ms>,v1=<hex>``. The second part is
HMAC-SHA256 of ``<ms>.{}`` with the environment's key (observed on Novu 3.19.0 and @novu/framework 2.13.2).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import EllipsisType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import httpx

from novu_provider.bridge import connection_errors, response_errors
from novu_provider.errors import BridgeUnreachable, SignatureRefused
from novu_provider.http.client import InvalidRedirect, build_client, timeout_for
from novu_provider.http.limits import ResponseTooLarge
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.model.manifest import Manifest
from novu_provider.settings import Settings

#: The most redirects that are followed, as Novu does. They must stay on the bridge's origin.
MAX_REDIRECTS = 3

#: Seconds per request. Novu has the same limit, so a slower bridge cannot be synced.
TIMEOUT = 5.0
#: The most retries. Novu retries once, so a bridge that needs more than three requests cannot be synced reliably.
RETRIES = 2


def signature(key: str, now_ms: int) -> str:
    """Return the header ``novu-signature`` for a request without a body."""
    mac = hmac.new(key.encode(), f"{now_ms}.{{}}".encode(), hashlib.sha256).hexdigest()
    return f"t={now_ms},v1={mac}"


def _clock() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class BridgeResponse:
    """A response of a bridge: its JSON, its headers, and its length in bytes."""

    document: Any
    headers: httpx.Headers
    size: int


class BridgeClient:
    """One bridge endpoint.

    :param url: the bridge URL without the bypass token.
    :param secret_key: the environment's key, which the application must have as well.
    :param bypass_token: Vercel's Protection Bypass for Automation. It is added to the URL of each request.
    :param client: the HTTP client, as :meth:`connect` builds it.
    :param timeout: seconds per request.
    :param now_ms: returns the timestamp of a signature, in milliseconds since 1970. Replaced in tests.
    """

    def __init__(
        self,
        url: str,
        secret_key: str,
        bypass_token: str | None,
        client: httpx.Client,
        timeout: float = TIMEOUT,
        *,
        now_ms: Callable[[], int] = _clock,
    ) -> None:
        self._now_ms = now_ms
        self.url = url
        self._key = secret_key
        self._bypass = bypass_token
        self._client = client
        self._timeout = timeout
        self._redactor = Redactor((secret_key, bypass_token))

    @classmethod
    def connect(
        cls,
        url: str,
        secret_key: str,
        bypass_token: str | None = None,
        *,
        ca_bundle: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now_ms: Callable[[], int] = _clock,
    ) -> BridgeClient:
        """Return a client for a bridge.

        :param timeout, retries: capped at five seconds and two retries.
        :param inner: replaces the network in tests.
        :param sleep: replaces the waiting in tests.
        :raises SettingsError: the CA bundle is invalid.
        """
        timeout = min(timeout, TIMEOUT)
        client = build_client(
            headers={"Content-Type": "application/json", "Bypass-Tunnel-Reminder": "true"},
            ca_bundle=ca_bundle,
            timeout=timeout,
            retries=min(retries, RETRIES),
            backoff=0.3,
            max_bytes=response_errors.LARGEST,
            transport=inner,
            sleep=sleep,
        )
        return cls(url, secret_key, bypass_token, client, timeout, now_ms=now_ms)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        url: str,
        *,
        bypass_token: str | EllipsisType | None = ...,
        max_retries: int = RETRIES,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now_ms: Callable[[], int] = _clock,
    ) -> BridgeClient:
        """Connect to a bridge with the key, timeout, retries and CA bundle of the settings.

        :param bypass_token: overrides the token of the settings.
        :param max_retries: the most retries, if the settings allow more.
        :raises SettingsError: the CA bundle is invalid.
        """
        if isinstance(bypass_token, EllipsisType):
            bypass_token = settings.bypass_token.get_secret_value() if settings.bypass_token else None
        return cls.connect(
            url,
            settings.secret_key.get_secret_value(),
            bypass_token,
            ca_bundle=settings.ca_bundle,
            timeout=settings.timeout,
            retries=min(settings.retries, max_retries),
            inner=inner,
            sleep=sleep,
            now_ms=now_ms,
        )

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def manifest(self, environment_type: str | None = None) -> Manifest:
        """Discover the workflows and agents of the bridge.

        :param environment_type: ``dev`` or ``prod``. Novu adds it to its own request.
        :raises BridgeError: the bridge is not reachable, refuses the request, or returns something else.
        :raises ManifestError: its discover document is invalid.
        """
        return Manifest.discovered(self.request("discover", environment_type).document, self.source)

    @property
    def source(self) -> str:
        """The name of this bridge's manifest in messages."""
        return f"the bridge {self.url}"

    def request(self, action: str, environment_type: str | None = None, *, signed: bool = True) -> BridgeResponse:
        """Send one read-only request.

        :param action: ``discover`` or ``health-check``. No bridge checks the signature of a health check.
        :param environment_type: see :meth:`manifest`.
        :raises BridgeError: the bridge is not reachable, refuses the request, or does not return JSON.
        """
        try:
            return self._request(action, environment_type, signed)
        except SignatureRefused as refused:
            if refused.fault != "expired":
                raise
            # A timestamp can expire in a queue. If a new one is refused as well, a clock is wrong.
            return self._request(action, environment_type, signed)

    def _request(self, action: str, environment_type: str | None, signed: bool) -> BridgeResponse:
        url = _with_query(bridge_urls.with_bypass(self.url, self._bypass), action, environment_type)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(url, signed)
            redirect_url = _redirect_url(url, response)
            if redirect_url is None or not bridge_urls.same_origin(url, redirect_url):
                break
            url = redirect_url
        document = response_errors.read_document(response, self.url, self._redactor)
        return BridgeResponse(document, response.headers, len(response.content))

    def _get(self, url: str, signed: bool) -> httpx.Response:
        # Retries repeat the signature: it is valid for five minutes, and they follow within seconds.
        headers = {"novu-signature": signature(self._key, self._now_ms())} if signed else {}
        try:
            return self._client.get(url, headers=headers, timeout=timeout_for(self._timeout, connect=5.0))
        except httpx.TimeoutException:
            raise connection_errors.timed_out(self.url, self._timeout) from None
        except ResponseTooLarge as error:
            raise response_errors.too_large(self.url, error.max_bytes) from None
        except InvalidRedirect as error:
            raise response_errors.invalid_redirect(self.url, self._redactor.clean(error.location)) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise BridgeUnreachable(
                f"the bridge URL {self.url} is invalid: {self._redactor.clean(error)}.",
                why="A character, the host name or the port is mistyped.",
                fix="Run `pulumi config set novu:bridgeUrl https://app.example.com/api/novu` with the complete URL.",
                fault="url",
            ) from None
        except httpx.HTTPError as error:
            raise connection_errors.unreachable(self.url, error, self._redactor.clean(error)) from None


def _redirect_url(url: str, response: httpx.Response) -> str | None:
    if not response.has_redirect_location:
        return None
    try:
        return urljoin(url, response.headers["location"])
    except ValueError:
        return None


def _with_query(url: str, action: str, environment_type: str | None) -> str:
    parts = urlsplit(url)
    parameters = {"action": action} | ({"environmentType": environment_type} if environment_type else {})
    # As Novu does: `action` in the URL's query is overwritten, other parameters stay.
    others = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*others, *parameters.items()])))
