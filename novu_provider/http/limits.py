"""Limits of a whole response: its time, and its bytes, both compressed and unpacked.

The timeouts of httpx apply to a single read, so a server that sends one byte per second never exceeds them. httpx has
no limit of bytes, and a small compressed response can unpack to more than the memory.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator

import httpx

from novu_provider.http.deadline import DEADLINE

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
        with DEADLINE.limited(seconds, self._clock):
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
            DEADLINE.check(request)
        return bytes(body)

    def _raw_pieces(self, response: httpx.Response, request: httpx.Request) -> Iterator[bytes]:
        size = 0
        for piece in response.stream:  # type: ignore[union-attr]
            size += len(piece)
            if size > self._max_bytes:
                raise ResponseTooLarge(self._max_bytes, request=request)
            DEADLINE.check(request)
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
