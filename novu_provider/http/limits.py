"""Limits of a whole response: its time, and its bytes, both compressed and unpacked.

The timeouts of httpx apply to a single read, so a server that sends one byte per second never exceeds them. httpx has
no limit of bytes, and a small compressed response can unpack to more than the memory.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

#: The default maximum of a response in bytes. Novu lists at most 100 workflows in one response. They came from bridge
#: responses of at most 25 MiB, which Novu stores with its own fields. Four times as much leaves enough room.
MAX_BYTES = 100 * 1024 * 1024

#: The bytes that are unpacked in one step.
_STEP = 64 * 1024


class ResponseTooLarge(httpx.RequestError):
    """A response has more bytes than allowed. The rest of it was not read, and the request is not retried.

    :param max_bytes: the limit.
    """

    def __init__(self, max_bytes: int, *, request: httpx.Request) -> None:
        super().__init__(f"the response has more than {max_bytes:,} bytes", request=request)
        self.max_bytes = max_bytes


class BoundedTransport(httpx.BaseTransport):
    """Read each response completely, within a time limit and a byte limit.

    The time limit is the read timeout of the request. It starts when the request gets a connection, and includes
    opening it.

    :param max_bytes: the maximum of the compressed bytes, and of the unpacked bytes.
    :param clock: replaces the time in tests.
    """

    def __init__(
        self, inner: httpx.BaseTransport, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._max_bytes = max_bytes
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the whole response.

        :raises ResponseTooLarge: the response has more bytes than allowed.
        :raises httpx.ReadTimeout: the response took longer than the read timeout.
        """
        seconds = request.extensions.get("timeout", {}).get("read")
        with _DEADLINE.limited(seconds, self._clock):
            response = self._inner.handle_request(request)
            try:
                body = self._read(response, request)
            finally:
                response.close()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _BODY_HEADERS]
        return httpx.Response(response.status_code, headers=headers, content=body, extensions=response.extensions)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _read(self, response: httpx.Response, request: httpx.Request) -> bytes:
        body = bytearray()
        encodings = response.headers.get("content-encoding", "").lower().split(",")
        for piece in _unpack(self._raw_pieces(response, request), [name.strip() for name in encodings], request):
            body += piece
            if len(body) > self._max_bytes:
                raise ResponseTooLarge(self._max_bytes, request=request)
            _DEADLINE.check(request)
        return bytes(body)

    def _raw_pieces(self, response: httpx.Response, request: httpx.Request) -> Iterator[bytes]:
        size = 0
        for piece in response.stream:  # type: ignore[union-attr]
            size += len(piece)
            if size > self._max_bytes:
                raise ResponseTooLarge(self._max_bytes, request=request)
            _DEADLINE.check(request)
            yield piece


#: Headers that describe the body as it was sent. The body is unpacked, and its length is set again.
_BODY_HEADERS = (b"content-encoding", b"content-length", b"transfer-encoding")


def _unpack(pieces: Iterable[bytes], encodings: list[str], request: httpx.Request) -> Iterator[bytes]:
    """Unpack gzip and deflate in small steps. The client asks for no other encoding, so others stay as they are."""
    for encoding in reversed(encodings):
        if encoding in ("gzip", "deflate"):
            pieces = _inflate(pieces, encoding, request)
    yield from pieces


def _inflate(pieces: Iterable[bytes], encoding: str, request: httpx.Request) -> Iterator[bytes]:
    decoder = None
    for piece in pieces:
        if decoder is None and piece:
            # Some servers send deflate without the header of zlib: its first byte has the low bits 8 otherwise.
            is_bare = encoding == "deflate" and piece[0] & 0x0F != zlib.DEFLATED
            decoder = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS | 32)
        packed = piece
        while decoder is not None and packed and not decoder.eof:
            try:
                yield decoder.decompress(packed, _STEP)
            except zlib.error as error:
                raise httpx.DecodingError(f"the response is no valid {encoding}: {error}", request=request) from None
            packed = decoder.unconsumed_tail
    if decoder is not None:
        yield decoder.flush()


class _Deadline(threading.local):
    """The deadline of the request that the current thread sends. Without seconds there is no limit."""

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._at: float | None = None
        self._clock: Callable[[], float] = time.monotonic

    @contextmanager
    def limited(self, seconds: float | None, clock: Callable[[], float]) -> Iterator[None]:
        """Limit the time of the request inside. Its first use of the network starts the time."""
        self._seconds, self._at, self._clock = seconds, None, clock
        try:
            yield
        finally:
            self._seconds = self._at = None

    def start(self) -> None:
        """Start the time, if it has not started."""
        self.remaining()

    def remaining(self) -> float | None:
        """Return the remaining seconds, at least 0. The first call starts the time."""
        if self._seconds is None:
            return None
        now = self._clock()
        if self._at is None:
            self._at = now + self._seconds
        return max(0.0, self._at - now)

    def check(self, request: httpx.Request) -> None:
        if self.remaining() == 0.0:
            raise httpx.ReadTimeout("the response was not complete in time", request=request)


_DEADLINE = _Deadline()


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
        _DEADLINE.start()
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
    remaining = _DEADLINE.remaining()
    if remaining == 0.0:
        raise httpcore.ReadTimeout("the response was not complete in time")
    return timeout if remaining is None else min(remaining, remaining if timeout is None else timeout)
