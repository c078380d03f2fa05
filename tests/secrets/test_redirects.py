"""A redirect never sends the key or the signature to another origin. The servers are real and on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import BridgeLocked, NovuApiError
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from tests.intercepting_proxy import InterceptingProxy, Response, intercepting_proxy
from tests.secrets.search import Search, made_up

_KEY, _TOKEN = made_up("key"), made_up("token")
_DOCUMENT = Response(200, b'{"workflows": [], "agents": []}', {"content-type": "application/json"})


@pytest.fixture
def other() -> Iterator[InterceptingProxy]:
    """Another origin: the same address with another port. Like an attacker's server, it responds to any request."""
    with intercepting_proxy() as server:
        server.respond = lambda _request, _forward: _DOCUMENT
        yield server


@contextmanager
def _redirecting(status: int, location: str) -> Iterator[InterceptingProxy]:
    with intercepting_proxy() as server:
        server.respond = lambda _request, _forward: Response(status, b"", {"location": location})
        yield server


def _search(*texts: object) -> Search:
    search = Search({"key": _KEY, "token": _TOKEN})
    for text in texts:
        search.data("text", str(text).encode())
    return search


_CALLS: tuple[Callable[[NovuApi], Any], ...] = (
    lambda api: api.environment(),
    lambda api: api.workflow_summaries(),
    lambda api: api.stored_workflows(),
    lambda api: api.workflow("an-id"),
    lambda api: api.update_workflow("an-id", {}),
    lambda api: api.delete_workflow("an-id"),
    lambda api: api.set_bridge_url("an-id", ""),
    lambda api: api.sync(f"https://app.example/api/novu?x-vercel-protection-bypass={_TOKEN}", 5),
)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", _CALLS)
def test_the_key_is_not_sent_to_a_redirect_of_the_api(
    call: Callable[[NovuApi], Any], status: int, other: InterceptingProxy
) -> None:
    with _redirecting(status, f"{other.url}/v1/stolen") as novu:
        api = NovuApi(Settings.read({"secretKey": _KEY, "apiUrl": novu.url}.get, {}))
        try:
            with pytest.raises(NovuApiError) as raised:
                call(api)
        finally:
            api.close()
    assert other.requests == []
    assert novu.requests[0].headers["authorization"] == f"ApiKey {_KEY}"
    assert _search(raised.value, repr(raised.value)).matches == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_signature_and_token_are_not_sent_to_another_origin(status: int, other: InterceptingProxy) -> None:
    with _redirecting(status, f"{other.url}/api/novu?next=/api/novu?x-vercel-protection-bypass={_TOKEN}") as app:
        bridge = BridgeClient.connect(f"{app.url}/api/novu", _KEY, _TOKEN)
        try:
            with pytest.raises(BridgeLocked) as raised:
                bridge.manifest()
        finally:
            bridge.close()
    assert other.requests == []
    assert len(app.requests) == 1
    assert _search(raised.value, repr(raised.value)).matches == []


@pytest.mark.parametrize(
    "location",
    [
        "//{host}:{port}/api/novu",
        "http://127.0.0.1:{own}@127.0.0.1:{port}/api/novu",
        "http://localhost:{port}/api/novu",
        "http://127.0.0.1:{port}\\@127.0.0.1:{own}/api/novu",
        "https://127.0.0.1:{own}/api/novu",
    ],
)
def test_an_unusual_location_does_not_leave_the_origin(location: str, other: InterceptingProxy) -> None:
    port = other.url.rpartition(":")[2]
    with intercepting_proxy() as app:
        own = app.url.rpartition(":")[2]
        target = location.format(host="127.0.0.1", port=port, own=own)
        app.respond = lambda _request, _forward: Response(302, b"", {"location": target})
        bridge = BridgeClient.connect(f"{app.url}/api/novu", _KEY, _TOKEN)
        try:
            with pytest.raises(BridgeLocked):
                bridge.manifest()
        finally:
            bridge.close()
    assert other.requests == []


def test_a_redirect_within_the_origin_gets_a_new_signature() -> None:
    with intercepting_proxy() as app:
        app.respond = lambda request, _forward: (
            _DOCUMENT
            if request.path.startswith("/moved")
            else Response(308, b"", {"location": "/moved?action=discover"})
        )
        bridge = BridgeClient.connect(f"{app.url}/api/novu", _KEY)
        try:
            assert bridge.manifest().workflows == ()
        finally:
            bridge.close()
    assert [request.path.split("?")[0] for request in app.requests] == ["/api/novu", "/moved"]
    assert all(request.headers["novu-signature"].startswith("t=") for request in app.requests)
    # Bridges receive a signature made with the key, but never the key.
    assert _search(*(request.text() for request in app.requests)).matches == []
