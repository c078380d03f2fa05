"""Connections that enforce the deadline of a response."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from novu_provider.http.deadline import DEADLINE


def enforce_deadline(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """Apply the deadline to every read of the connections of a transport: handshakes, headers and bodies."""
    # httpx has no parameter for it. A test fails if a new version renames these attributes.
    pool: Any = transport._pool
    pool._network_backend = _Backend(pool._network_backend)
    return transport


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        DEADLINE.start()
        return _Stream(self._inner.connect_tcp(*arguments, **options))

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_unix_socket(*arguments, **options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _within_deadline(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _within_deadline(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _within_deadline(timeout: float | None) -> float | None:
    remaining = DEADLINE.remaining()
    if remaining == 0.0:
        raise httpcore.ReadTimeout("the response was not complete in time")
    return timeout if remaining is None else min(remaining, remaining if timeout is None else timeout)
