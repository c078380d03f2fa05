"""Calling a bridge as Novu does: signed, with one retry, same-origin redirects and Novu's error texts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import anyio
import httpx

from novu_provider.emulator.bridge.outbound_policy import BLOCKED, OutboundBlocked, check_outbound
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.environments import Environment

_RETRIES = 1
_MAX_REDIRECTS = 3
_RETRIED_STATUSES = {408, 429, 500, 503, 504, 521, 522, 524}

_FRAMEWORK_CODES = {
    "BridgeError",
    "ExecutionEventControlInvalidError",
    "ExecutionEventPayloadInvalidError",
    "ExecutionProviderOutputInvalidError",
    "ExecutionStateControlInvalidError",
    "ExecutionStateCorruptError",
    "ExecutionStateOutputInvalidError",
    "ExecutionStateResultInvalidError",
    "InvalidActionError",
    "MethodNotAllowedError",
    "MissingDependencyError",
    "MissingSecretKeyError",
    "ProviderExecutionFailedError",
    "ProviderNotFoundError",
    "SignatureExpiredError",
    "SignatureInvalidError",
    "SignatureMismatchError",
    "SignatureNotFoundError",
    "SignatureVersionInvalidError",
    "SigningKeyNotFoundError",
    "StepAlreadyExistsError",
    "StepControlCompilationFailedError",
    "StepExecutionFailedError",
    "StepNotFoundError",
    "WorkflowAlreadyExistsError",
    "WorkflowNotFoundError",
    "WorkflowPayloadInvalidError",
}
"""Codes of `@novu/framework`: an error body with one of them speaks for itself."""

_UNREACHABLE = (
    "Unable to reach Bridge Endpoint at `{url}`. Run npx novu@latest dev in Local mode, "
    "or ensure your Bridge app deployment is available."
)
_TIMEOUT = "Bridge request timeout for `{url}`"
_UNKNOWN = "Unknown bridge request error calling `{url}`"
_BY_STATUS = {
    401: "Bridge authentication failed for `{url}`. Please check your NOVU_SECRET_KEY environment variable.",
    404: _UNREACHABLE,
    405: "Bridge Endpoint at `{url}` is not correctly configured. "
    "Ensure your `@novu/framework` integration exposes the `POST`, `GET`, and `OPTIONS` methods.",
    413: "Payload too large for `{url}`",
    502: "Could not connect to Bridge Endpoint at `{url}`. Make sure you are running your local app server.",
}


class BridgeError(Exception):
    """The bridge gave no usable answer; the text is Novu's."""


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Any


def sign(key: str, body: str, *, at_ms: int) -> str:
    """Return the header `novu-signature` for a body, at a time in milliseconds."""
    digest = hmac.new(key.encode(), f"{at_ms}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at_ms},v1={digest}"


class BridgeClient:
    """Makes the requests of a Novu server to a bridge."""

    def __init__(self, config: EmulatorConfig) -> None:
        self._config = config

    async def call(
        self,
        environment: Environment,
        url: str,
        action: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Any:
        """Return what the bridge answered: JSON, or the text as it is when it is no JSON.

        Raises `BridgeError`, or `OutboundBlocked` for an address that must not be called.
        """
        await check_outbound(url, self._config)
        target = httpx.URL(url)
        # An `action` that the URL already has is overwritten, the rest of its query is kept.
        type_ = {"environmentType": environment.type} if self._config.environment_types else {}
        for name, value in {"action": action, **type_, **(query or {})}.items():
            target = target.copy_set_param(name, value)
        text = json.dumps({} if body is None else body, separators=(",", ":"), ensure_ascii=False)
        headers = {
            "accept": "application/json",
            "bypass-tunnel-reminder": "true",
            "content-type": "application/json",
            "novu-signature": sign(environment.key, text, at_ms=int(time.time() * 1000)),
            "user-agent": "novu-safe-outbound/1.0",
        }
        request = httpx.Request(
            "GET" if body is None else "POST", target, headers=headers, content=None if body is None else text
        )
        # Novu accepts any certificate unless the environment is called Production.
        verify = self._trusted if environment.name.lower() == "production" else self._untrusted
        async with httpx.AsyncClient(verify=verify, trust_env=False, timeout=self._config.bridge_timeout) as client:
            answer = await self._with_retry(client, request, url)
        if answer.status >= 400:
            raise BridgeError(_describe(answer, url))
        return answer.body

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @cached_property
    def _untrusted(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    async def _with_retry(self, client: httpx.AsyncClient, request: httpx.Request, url: str) -> _Answer:
        for remaining in reversed(range(_RETRIES + 1)):
            try:
                # Over the whole try; httpx counts each step of it by itself.
                with anyio.fail_after(self._config.bridge_timeout):
                    answer = await self._follow(client, request)
                if answer.status not in _RETRIED_STATUSES or not remaining:
                    return answer
            except (TimeoutError, httpx.TimeoutException):
                if not remaining:
                    raise BridgeError(_TIMEOUT.format(url=url)) from None
            except httpx.TransportError as error:
                if _is_tls(error):
                    raise BridgeError(_UNKNOWN.format(url=url)) from error
                if not remaining:
                    raise BridgeError(_UNREACHABLE.format(url=url)) from error
            await asyncio.sleep(self._config.bridge_retry_delay)
        raise AssertionError("unreachable")

    async def _follow(self, client: httpx.AsyncClient, request: httpx.Request) -> _Answer:
        for _ in range(_MAX_REDIRECTS + 1):
            response = await client.send(request)
            location = response.headers.get("location")
            if not response.is_redirect or not location:
                return _Answer(response.status_code, _parse(response.text))
            target = request.url.join(location)
            await check_outbound(str(target), self._config)
            headers = dict(request.headers)
            headers.pop("host", None)
            if _origin(target) != _origin(request.url):
                if response.status_code in {307, 308}:
                    raise OutboundBlocked(BLOCKED, names_field=False)
                # The signature stays with the host that it was made for.
                headers.pop("novu-signature", None)
            request = httpx.Request(request.method, target, headers=headers, content=request.content or None)
        # Observed on Novu 3.19.0: a loop ends after four requests as an empty answer, not as an error.
        return _Answer(200, "")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _describe(answer: _Answer, url: str) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    code = body.get("code")
    if code in _FRAMEWORK_CODES:
        return str(body.get("message"))
    if code == "TUNNEL_ERROR":
        # The end of this text is not recorded.
        return f"Unable to establish tunnel connection to `{url}`. Run npx novu@latest dev in Local mode again."
    return _BY_STATUS.get(answer.status, _UNKNOWN).format(url=url)
