"""Calls a bridge as Novu does: signed, with one retry, same-origin redirects and Novu's error texts."""

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

from novu_provider.emulator.bridge.outbound_policy import BLOCKED_MESSAGE, OutboundBlocked, check_outbound
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
"""Error codes of `@novu/framework`. Novu repeats the message of an error that has one of them."""

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
    """The call of a bridge failed. The message is Novu's."""


@dataclass(frozen=True)
class _Response:
    status: int
    body: Any


def sign(key: str, body: str, *, at_ms: int) -> str:
    """Return the header `novu-signature` for a body, at a time in milliseconds.

    `novu_provider.bridge.client` has its own function for this on purpose: see `novu_provider.emulator`.
    """
    digest = hmac.new(key.encode(), f"{at_ms}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at_ms},v1={digest}"


class BridgeClient:
    """Sends the requests of a Novu server to a bridge."""

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
        """Return the bridge's response: parsed JSON, or the plain text if it is not JSON.

        Raises `BridgeError`, or `OutboundBlocked` for an address that the policy blocks.
        """
        await check_outbound(url, self._config)
        target = httpx.URL(url)
        # Replaces an `action` that the URL already contains and keeps the rest of its query.
        environment_type = {"environmentType": environment.type} if self._config.environment_types else {}
        for name, value in {"action": action, **environment_type, **(query or {})}.items():
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
        # Novu verifies certificates only in the environment named Production.
        verify = self._verifying if environment.name.lower() == "production" else self._accepting_any_certificate
        async with httpx.AsyncClient(verify=verify, trust_env=False, timeout=self._config.bridge_timeout) as client:
            response = await self._send_with_retry(client, request, url)
        if response.status >= 400:
            raise BridgeError(_error_message(response, url))
        return response.body

    @cached_property
    def _verifying(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @cached_property
    def _accepting_any_certificate(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    async def _send_with_retry(self, client: httpx.AsyncClient, request: httpx.Request, url: str) -> _Response:
        for remaining in reversed(range(_RETRIES + 1)):
            try:
                # A timeout for the whole attempt. httpx applies its timeout to each step separately.
                with anyio.fail_after(self._config.bridge_timeout):
                    response = await self._send_following_redirects(client, request)
                if response.status not in _RETRIED_STATUSES or not remaining:
                    return response
            except (TimeoutError, httpx.TimeoutException):
                if not remaining:
                    raise BridgeError(_TIMEOUT.format(url=url)) from None
            except httpx.TransportError as error:
                if _is_tls_error(error):
                    raise BridgeError(_UNKNOWN.format(url=url)) from error
                if not remaining:
                    raise BridgeError(_UNREACHABLE.format(url=url)) from error
            await asyncio.sleep(self._config.bridge_retry_delay)
        raise AssertionError("unreachable")

    async def _send_following_redirects(self, client: httpx.AsyncClient, request: httpx.Request) -> _Response:
        for _ in range(_MAX_REDIRECTS + 1):
            reply = await client.send(request)
            location = reply.headers.get("location")
            if not reply.is_redirect or not location:
                return _Response(reply.status_code, _parse(reply.text))
            target = request.url.join(location)
            await check_outbound(str(target), self._config)
            headers = dict(request.headers)
            headers.pop("host", None)
            if _origin(target) != _origin(request.url):
                if reply.status_code in {307, 308}:
                    raise OutboundBlocked(BLOCKED_MESSAGE, prefixed_with_field=False)
                # The signature must not go to another host.
                headers.pop("novu-signature", None)
            request = httpx.Request(request.method, target, headers=headers, content=request.content or None)
        # Observed on Novu 3.19.0: after four requests, a redirect loop counts as an empty response, not as an error.
        return _Response(200, "")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_tls_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _error_message(response: _Response, url: str) -> str:
    body = response.body if isinstance(response.body, dict) else {}
    code = body.get("code")
    if code in _FRAMEWORK_CODES:
        return str(body.get("message"))
    if code == "TUNNEL_ERROR":
        # The end of this text is not recorded.
        return f"Unable to establish tunnel connection to `{url}`. Run npx novu@latest dev in Local mode again."
    return _BY_STATUS.get(response.status, _UNKNOWN).format(url=url)
