"""Time and size of a response are limited while it is read, with real servers that are slow, endless or compressed."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.bridge.client import BridgeClient
from novu_provider.bridge.response_errors import LARGEST
from novu_provider.errors import BridgeFault, NovuUnreachable
from novu_provider.http.client import build_client, network_transport
from novu_provider.http.limits import MAX_BYTES, BoundedTransport, ResponseTooLarge
from novu_provider.http.network import _Backend
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings

MEBIBYTE = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def serving(pieces: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """Serve on loopback. For each connection, read the request and send the pieces until the client disconnects."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                for piece in pieces():
                    connection.sendall(piece)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # `shutdown` wakes the thread in `accept`, which `close` alone does not.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


class TickingClock:
    """A clock that advances one second per call, so that a slow server needs no real time."""

    def __init__(self) -> None:
        self._ticks = itertools.count()

    def __call__(self) -> float:
        return float(next(self._ticks))


def get(url: str, *, max_bytes: int = MAX_BYTES, timeout: float = 5.0) -> httpx.Response:
    with build_client(
        headers={}, retries=0, timeout=timeout, max_bytes=max_bytes, clock=TickingClock(), sleep=lambda _: None
    ) as client:
        return client.get(url)


def slow_body() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\n \r\n"


def slow_head() -> Iterator[bytes]:
    yield HEAD
    while True:
        yield b"X-More: 1\r\n"


def endless_chunks() -> Iterator[bytes]:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield chunk


def endless_without_length() -> Iterator[bytes]:
    yield HEAD + b"\r\n"
    while True:
        yield b" " * 0x10000


def decompression_bomb(encoding: str) -> Callable[[], Iterator[bytes]]:
    """Return the pieces of a small response that decompresses to 64 MiB."""
    compressor = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    compressed = b"".join(compressor.compress(bytes(MEBIBYTE)) for _ in range(64)) + compressor.flush()
    assert len(compressed) < MEBIBYTE // 8

    def pieces() -> Iterator[bytes]:
        yield HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(compressed)}\r\n\r\n".encode() + compressed

    return pieces


@pytest.mark.parametrize("pieces", [slow_body, slow_head])
def test_a_slow_response_ends_at_the_timeout(pieces: Callable[[], Iterator[bytes]]) -> None:
    with serving(pieces) as url, pytest.raises(httpx.ReadTimeout):
        get(url)


@pytest.mark.parametrize("pieces", [endless_chunks, endless_without_length])
def test_an_endless_response_ends_at_the_size_limit(pieces: Callable[[], Iterator[bytes]]) -> None:
    with serving(pieces) as url, pytest.raises(ResponseTooLarge, match="more than 1,048,576 bytes"):
        get(url, max_bytes=MEBIBYTE, timeout=1e9)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_decompression_bomb_ends_at_the_size_limit(encoding: str) -> None:
    with (
        serving(decompression_bomb(encoding)) as url,
        pytest.raises(ResponseTooLarge, match="more than 1,048,576 bytes"),
    ):
        get(url, max_bytes=MEBIBYTE, timeout=1e9)


def test_a_request_with_a_too_large_response_is_not_repeated() -> None:
    requests = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, content=bytes(11))

    with (
        build_client(headers={}, transport=httpx.MockTransport(respond), max_bytes=10, sleep=lambda _: None) as client,
        pytest.raises(ResponseTooLarge),
    ):
        client.get("https://a.example")
    assert len(requests) == 1


def test_the_client_accepts_only_encodings_that_it_decompresses_in_pieces() -> None:
    with build_client(headers={}) as client:
        assert client.headers["accept-encoding"] == "gzip, deflate"


def test_the_network_applies_the_deadline_to_every_connection() -> None:
    """Fails if a version of httpx no longer has the attributes that `enforce_deadline` sets."""
    proxied = network_transport(None)
    transport = proxied._connect(None, False)  # type: ignore[attr-defined]
    assert isinstance(transport._pool._network_backend, _Backend)


def _raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
}


@given(st.binary(max_size=300_000), st.sampled_from(sorted(ENCODERS)), st.integers(1, 70_000))
def test_every_encoding_decompresses_to_the_same_bytes(data: bytes, encoding: str, piece: int) -> None:
    encoded = ENCODERS[encoding](data)

    class Pieces(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return (encoded[start : start + piece] for start in range(0, len(encoded), piece))

    headers = {"content-encoding": encoding} if encoding else {}
    inner = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Pieces()))
    with httpx.Client(transport=BoundedTransport(inner)) as client:
        response = client.get("https://a.example")
    assert response.content == data
    assert "content-encoding" not in response.headers


def test_deflate_without_a_zlib_header_is_decompressed() -> None:
    content = _raw_deflate(b'{"a": 1}' * 1000)
    inner = httpx.MockTransport(lambda _: httpx.Response(200, headers={"content-encoding": "deflate"}, content=content))
    with httpx.Client(transport=BoundedTransport(inner)) as client:
        assert client.get("https://a.example").content == b'{"a": 1}' * 1000


def test_a_broken_encoding_is_an_error_of_the_response() -> None:
    class Pieces(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"no gzip at all"

    inner = httpx.MockTransport(lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Pieces()))
    with httpx.Client(transport=BoundedTransport(inner)) as client, pytest.raises(httpx.DecodingError, match="gzip"):
        client.get("https://a.example")


def too_many_bytes(limit: int) -> httpx.MockTransport:
    class Pieces(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return itertools.repeat(bytes(MEBIBYTE), limit // MEBIBYTE + 1)

    return httpx.MockTransport(lambda _: httpx.Response(200, stream=Pieces()))


def test_the_error_for_a_bridge_names_the_limit_of_novu() -> None:
    bridge = BridgeClient.connect("https://app.example.com/api/novu", "0" * 32, inner=too_many_bytes(LARGEST))
    with pytest.raises(BridgeFault, match=f"more than {LARGEST:,} bytes") as raised:
        bridge.manifest()
    assert raised.value.fault == "too-large"


def test_the_error_for_novu_names_the_limit() -> None:
    api = NovuApi(Settings.read({"secretKey": "0" * 32}.get, {}), too_many_bytes(MAX_BYTES))
    with pytest.raises(NovuUnreachable, match=f"returned more than {MAX_BYTES:,} bytes"):
        api.environment()
