"""The bridge's side: what the application answers, asked as Novu asks it.

Protocol: ``GET <bridge URL>?action=discover`` with the header ``novu-signature: t=<ms>,v1=<hex>``, where the
second part is HMAC-SHA256 of ``<ms>.{}`` with the environment's key (as seen on Novu 3.19.0 and
@novu/framework 2.13.2).
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
from novu_provider.http.client import build_client, timeout_for
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.model.manifest import Manifest
from novu_provider.settings import Settings

#: Redirects on the bridge's own origin that are followed, as Novu does.
MAX_REDIRECTS = 3

#: As long as Novu gives a bridge for each of its two tries: what is slower cannot be synced.
TIMEOUT = 5.0
#: Novu asks twice; a bridge that needs more tries than three is not fit to be synced.
RETRIES = 2


def signature(key: str, now_ms: int) -> str:
    """Sign a request without a body: the value of the header ``novu-signature``."""
    mac = hmac.new(key.encode(), f"{now_ms}.{{}}".encode(), hashlib.sha256).hexdigest()
    return f"t={now_ms},v1={mac}"


def _clock() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class BridgeResponse:
    """A bridge's answer: its JSON, its headers, and its length in bytes."""

    document: Any
    headers: httpx.Headers
    size: int


class BridgeClient:
    """One bridge endpoint.

    :param url: the bridge URL without the bypass token.
    :param secret_key: the environment's key, which the application must hold as well.
    :param bypass_token: Vercel's Protection Bypass for Automation, joined to the URL of each request.
    :param client: the HTTP client; :func:`connect` builds it.
    :param timeout: seconds for one answer.
    :param now_ms: the time that requests are stamped with, in milliseconds since 1970; replaced in tests.
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
        """Make a bridge with a client of its own; ``inner`` replaces the network in tests, and ``sleep`` the waiting.

        :param timeout, retries: as the settings say them; a bridge gets five seconds and two retries at most.
        :raises SettingsError: the CA bundle cannot be used.
        """
        timeout = min(timeout, TIMEOUT)
        client = build_client(
            headers={"Content-Type": "application/json", "Bypass-Tunnel-Reminder": "true"},
            ca_bundle=ca_bundle,
            timeout=timeout,
            retries=min(retries, RETRIES),
            backoff=0.3,
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
        """Ask for the workflows that the bridge declares.

        :param environment_type: ``dev`` or ``prod``, which Novu adds to its own request.
        :raises BridgeError: it cannot be reached, refuses, or serves something else.
        :raises ManifestError: its discover document cannot be used.
        """
        return Manifest.discovered(self.request("discover", environment_type).document, self.source)

    @property
    def source(self) -> str:
        """What a manifest of this bridge is called in messages."""
        return f"the bridge {self.url}"

    def request(self, action: str, environment_type: str | None = None, *, signed: bool = True) -> BridgeResponse:
        """Send one reading request.

        :param action: ``discover``, or ``health-check``, of which no bridge checks the signature.
        :param environment_type: see :meth:`manifest`.
        :raises BridgeError: it cannot be reached, refuses, or answers with no JSON.
        """
        try:
            return self._ask(action, environment_type, signed)
        except SignatureRefused as refused:
            if refused.fault != "expired":
                raise
            # A stamp can grow old in a queue; a second refusal means that a clock is off.
            return self._ask(action, environment_type, signed)

    def _ask(self, action: str, environment_type: str | None, signed: bool) -> BridgeResponse:
        url = _with_query(bridge_urls.with_bypass(self.url, self._bypass), action, environment_type)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(url, signed)
            target = _target(url, response)
            if target is None or not bridge_urls.same_origin(url, target):
                break
            url = target
        document = response_errors.read_document(response, self.url, self._redactor)
        return BridgeResponse(document, response.headers, len(response.content))

    def _get(self, url: str, signed: bool) -> httpx.Response:
        # Signed anew for each request, retries excepted: they follow within seconds of the stamp's five minutes.
        headers = {"novu-signature": signature(self._key, self._now_ms())} if signed else {}
        try:
            return self._client.get(url, headers=headers, timeout=timeout_for(self._timeout, connect=5.0))
        except httpx.TimeoutException:
            raise connection_errors.slow(self.url, self._timeout) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise BridgeUnreachable(
                f"the bridge URL {self.url} cannot be called: {self._redactor.clean(error)}.",
                why="A character, the host's name or the port is mistyped.",
                fix="Set a whole URL, such as https://app.example.com/api/novu.",
                fault="url",
            ) from None
        except httpx.HTTPError as error:
            raise connection_errors.unreachable(self.url, error, self._redactor.clean(error)) from None


def _target(url: str, response: httpx.Response) -> str | None:
    if not response.has_redirect_location:
        return None
    try:
        return urljoin(url, response.headers["location"])
    except ValueError:
        return None


def _with_query(url: str, action: str, environment_type: str | None) -> str:
    parts = urlsplit(url)
    added = {"action": action} | ({"environmentType": environment_type} if environment_type else {})
    # As Novu does: an `action` in the URL's own query is overwritten, the rest is kept.
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in added]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()])))
