"""Any response of Novu or of a bridge becomes a value or an error of this package.

Errors and progress messages contain no control characters of a response.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from novu_provider.bridge.client import BridgeClient
from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, ManifestMismatch, NovuError, NovuUnreachable
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides
from novu_provider.novu_api.stored_workflow import stored_registration
from novu_provider.planning.target import Target
from novu_provider.settings import Settings
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session
from novu_provider.sync.severity import apply_severities
from novu_provider.sync.workflow_flags import apply_flags
from tests.unit.clock import Clock
from tests.unit.documents import discover, entry, schema, step, stored
from tests.unit.fake_novu import API, BRIDGE, FakeNovu, error_response
from tests.unit.server import Server

pytestmark = pytest.mark.slow

KEY = "d0d0d0d0000000000000000000000001"
#: Sets a terminal's title, copies to its clipboard, clears the screen, reverses the reading direction, adds a line.
ESCAPES = "\x1b]0;title\x07\x1b]52;c;aGk=\x1b\\\x9b2J\u202eright\r\nerror: nothing\u2028\x00\x7f"

_hostile = (
    st.sampled_from([ESCAPES, f"a{ESCAPES}b" * 40, "\x1b[31mred\x1b[0m", "\ud83d\ude00" * 500, "[" * 3000, ""])
    | st.text(max_size=20)
    | st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Co"]), max_size=20)
)
#: Without surrogates, which the embedded servers cannot send.
_encodable = _hostile.map(lambda text: text.encode("utf-8", "ignore").decode())
_statuses = st.sampled_from(
    [200, 200, 200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 502]
)
_leaves = st.none() | st.booleans() | st.integers() | _hostile
_names = st.sampled_from(
    [
        "data",
        "_id",
        "workflowId",
        "name",
        "message",
        "errors",
        "messages",
        "code",
        "steps",
        "stepId",
        "type",
        "origin",
        "triggers",
        "identifier",
        "workflows",
        "totalCount",
        "bridge",
        "url",
        "controls",
        "values",
        "agents",
        "status",
    ]
)
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=12,
)
_bodies = (
    _json.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({"message": _hostile, "code": _hostile | st.just("SignatureMismatchError")}).map(
        lambda value: json.dumps(value).encode()
    )
    | st.fixed_dictionaries({"data": _json}).map(lambda value: json.dumps(value).encode())
    | _hostile.map(lambda text: f"<!doctype html><title>{text}</title>".encode("utf-8", "replace"))
    | st.binary(max_size=30)
    | st.sampled_from([b"[" * 100_000, b'{"data":' * 20_000, b"1" * 5000, b"\xff\xfe{", b"null", b"NaN"])
)
_header_values = _hostile.map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=20)
_headers = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "location",
                "content-type",
                "set-cookie",
                "www-authenticate",
                "x-vercel-error",
                "retry-after",
                "ratelimit-remaining",
                "ratelimit-reset",
                "date",
                "server",
            ]
        ),
        _header_values,
    )
    | st.tuples(
        st.just("location"),
        st.sampled_from(
            [
                b"https://xn--",
                b"javascript:http://",
                b"https://[",
                b"//",
                b"https://a:port",
                b"https://\xff\xfe/",
                b"https://id.example/login\x1b[2J?token=1",
                b"/api/novu\x07",
                b"",
                b"http://\x1b]0;t\x07",
            ]
        ),
    )
    | st.tuples(
        st.just("content-type"),
        st.sampled_from(
            [b"text/html; charset=base64", b"application/json; charset=\x1b[2J", b"text/html; charset=rot13"]
        ),
    )
    | st.tuples(st.just("content-encoding"), st.sampled_from([b"gzip", b"br", b"deflate", b"\x1b[2J", b"identity"])),
    max_size=4,
).map(lambda headers: [(name.encode(), value) for name, value in headers])
_responses = st.builds(lambda status, headers, body: (status, headers, body), _statuses, _headers, _bodies)

_settings = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def _server(*responses: tuple[int, list[tuple[bytes, bytes]], bytes]) -> Server:
    def as_function(
        response: tuple[int, list[tuple[bytes, bytes]], bytes],
    ) -> Callable[[httpx.Request], httpx.Response]:
        status, headers, body = response
        return lambda _: httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return Server(*map(as_function, responses))


def expect_visible(text: str) -> None:
    """Check that a message has at most its own three lines, each visible and of a bounded length."""
    lines = text.split("\n")
    assert len(lines) <= 3
    assert all(line.startswith(("  Why: ", "  Fix: ")) for line in lines[1:])
    for line in lines:
        assert line.isprintable(), line
        assert len(line) < 10_000


@contextlib.contextmanager
def _only_visible_errors() -> Iterator[None]:
    try:
        yield
    except NovuError as error:
        expect_visible(str(error))
        expect_visible(error.what)
        _expect_known_fault(error)


def _expect_known_fault(error: NovuError) -> None:
    if isinstance(error, BridgeError) and not isinstance(error, ManifestMismatch):
        assert error.fault in get_args(Fault)


def _error_classes(error_class: type[NovuError]) -> Iterator[type[NovuError]]:
    yield error_class
    for subclass in error_class.__subclasses__():
        yield from _error_classes(subclass)


@pytest.mark.parametrize("error_class", list(_error_classes(NovuError)))
@given(what=_hostile, why=_hostile, fix=_hostile)
@settings(max_examples=20, deadline=None)
def test_every_error_makes_its_texts_visible(error_class: type[NovuError], what: str, why: str, fix: str) -> None:
    expect_visible(str(error_class(what, why=why, fix=fix)))


@given(line=_hostile)
def test_a_line_of_progress_is_one_visible_line(line: str) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as output:
        report_progress(line)
    reported = output.getvalue()
    assert reported.endswith("\n")
    assert reported[:-1].isprintable()
    assert len(reported) < 3000


_CALLS: list[Callable[[NovuApi], Any]] = [
    lambda api: api.health(),
    lambda api: api.environment(),
    lambda api: api.set_bridge_url("e1", ""),
    lambda api: api.notification_groups(),
    lambda api: api.workflow_summaries(["a"]),
    lambda api: api.stored_workflows(),
    lambda api: api.workflow("1"),
    lambda api: api.legacy_workflow("1"),
    lambda api: api.update_workflow("1", {}),
    lambda api: api.patch_workflow("1", {"active": False}),
    lambda api: api.delete_workflow("1"),
    lambda api: api.sync(BRIDGE, 1),
    lambda api: api.validate_bridge(BRIDGE, 1),
    lambda api: api.preview_step("1", "2", 1),
    lambda api: api.agent_url("a"),
    lambda api: api.set_agent_url("a", ""),
    lambda api: Overrides(api).workflow("1"),
    lambda api: Overrides(api).controls("a", "send"),
    lambda api: Overrides(api).set_controls("a", "send", {}),
]


@given(call=st.sampled_from(_CALLS), responses=st.lists(_responses, min_size=1, max_size=3))
@_settings
@example(call=_CALLS[1], responses=[(302, [(b"location", b"https://xn--")], b"")])
@example(call=_CALLS[1], responses=[(200, [], b"[" * 100_000)])
@example(call=_CALLS[1], responses=[(500, [(b"content-type", b"text/html; charset=base64")], b"a")])
def test_any_response_of_novu_is_a_value_or_a_visible_error(
    call: Callable[[NovuApi], Any], responses: list[tuple[int, list[tuple[bytes, bytes]], bytes]]
) -> None:
    values = {"secretKey": KEY, "apiUrl": API, "retries": 1}
    api = NovuApi(Settings.read(values.get, {}), _server(*responses), Clock().sleep, expect_visible)
    with _only_visible_errors():
        call(api)
    for warning in api.capabilities.warnings:
        expect_visible(warning)


def _mutations(value: Any) -> Iterator[Any]:
    """Return the JSON value with each of its parts removed, and with each replaced by other values."""
    yield from (None, 5, ESCAPES, [], {}, [5], {"a": {"b": []}}, [[ESCAPES]], True)
    if isinstance(value, dict):
        for key, member in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from ({**value, key: mutation} for mutation in _mutations(member))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], mutation, *value[index + 1 :]] for mutation in _mutations(item))


_STORED = stored(entry("a", severity="high"), "1")
_CURRENT: dict[str, Any] = {
    "_id": "1",
    "workflowId": "a",
    "name": "A",
    "description": "",
    "tags": [],
    "active": True,
    "origin": "external",
    "severity": "none",
    "payloadSchema": {},
    "preferences": {"user": {"all": {"enabled": True}}, "default": {"all": {"enabled": True}}},
    "steps": [
        {"_id": "s", "stepId": "send", "name": "send", "type": "email", "controls": {"values": {"subject": "Hello"}}}
    ],
}
#: Calls with the bodies of the responses that they need.
_FLOWS: list[tuple[Callable[[NovuApi], Any], list[Any]]] = [
    (lambda api: api.environment(), [{"data": {"_id": "e", "name": "Dev", "type": "dev", "bridge": {"url": "u"}}}]),
    (lambda api: api.stored_workflows(), [{"data": [_STORED], "totalCount": 1}]),
    (
        lambda api: api.stored_workflows(),
        [{"data": [{**_STORED, "rawData": {"steps": [{"stepId": "send"}]}}], "totalCount": 1}, {"data": _CURRENT}],
    ),
    (
        lambda api: api.workflow_summaries(),
        [{"data": {"workflows": [{"_id": "1", "workflowId": "a", "origin": "external"}], "totalCount": 1}}],
    ),
    (lambda api: api.sync(BRIDGE, 1), [{"data": [_STORED]}]),
    (lambda api: Overrides(api).workflow("1"), [{"data": _CURRENT}]),
    (lambda api: Overrides(api).controls("a", "send"), [{"data": {"controls": {"subject": "Hello"}}}]),
    (lambda api: api.agent_url("a"), [{"data": {"bridgeUrl": "https://app.example.com"}}]),
    (lambda api: api.notification_groups(), [{"data": [{"_id": "g", "name": "General"}]}]),
    (lambda api: api.legacy_workflow("1"), [{"data": _STORED}]),
    (
        lambda api: apply_severities(
            api, Manifest.discovered(discover(entry("a", severity="low")), "the test"), _stored_workflows()
        ),
        [{"data": _CURRENT}, {"data": _CURRENT}],
    ),
    (
        lambda api: Overrides(api).set_preferences(_stored_workflows()[0], {"all": {"enabled": False}}),
        [{"data": _CURRENT}, {"data": _CURRENT}],
    ),
    (lambda api: apply_flags(api, _stored_workflows()[0], {"validatePayload": True}), [{"data": _CURRENT}]),
]


def _stored_workflows() -> list[StoredWorkflow]:
    return [StoredWorkflow("1", stored_registration(_STORED))]


@pytest.mark.parametrize(("call", "bodies"), _FLOWS)
def test_a_response_with_any_part_replaced_is_a_value_or_a_visible_error(
    call: Callable[[NovuApi], Any], bodies: list[Any]
) -> None:
    values = {"secretKey": KEY, "apiUrl": API, "retries": 0}
    for number, body in enumerate(bodies):
        for mutation in _mutations(body):
            responses = [*bodies[:number], mutation, *bodies[number + 1 :]]
            server = Server(*(httpx.Response(200, json=response) for response in responses))
            api = NovuApi(Settings.read(values.get, {}), server, Clock().sleep)
            with _only_visible_errors():
                call(api)
            api.close()


@given(action=st.sampled_from(["discover", "health-check"]), responses=st.lists(_responses, min_size=1, max_size=3))
@_settings
@example(action="discover", responses=[(302, [(b"location", b"https://xn--")], b"")])
@example(action="discover", responses=[(200, [(b"content-type", b"text/html; charset=base64")], b"a")])
@example(action="discover", responses=[(200, [(b"content-encoding", b"gzip")], b"no gzip")])
@example(action="discover", responses=[(200, [(b"set-cookie", b"\xc2\x80=1")], b"{}")])
def test_any_response_of_a_bridge_is_a_value_or_a_visible_error(
    action: str, responses: list[tuple[int, list[tuple[bytes, bytes]], bytes]]
) -> None:
    bridge = BridgeClient.connect(BRIDGE, KEY, retries=1, inner=_server(*responses), sleep=Clock().sleep)
    with _only_visible_errors():
        bridge.request(action)
        bridge.manifest("dev")


def test_a_discover_document_with_any_part_replaced_is_a_manifest_or_a_visible_error() -> None:
    document = discover(entry("a", step(controls=schema(subject={"type": "string"}))), agents=[{"agentId": "helper"}])
    for mutation in _mutations(document):
        server = Server(httpx.Response(200, json=mutation))
        bridge = BridgeClient.connect(BRIDGE, KEY, retries=0, inner=server, sleep=Clock().sleep)
        with _only_visible_errors():
            bridge.manifest()
        bridge.close()


@given(workflow_id=_encodable.filter(bool), name=_encodable, environment=_encodable, message=_encodable)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(workflow_id=ESCAPES, name=ESCAPES, environment=ESCAPES, message=ESCAPES)
def test_a_sync_reports_only_visible_lines(workflow_id: str, name: str, environment: str, message: str) -> None:
    novu = FakeNovu(entry(workflow_id, name=name), entry("b"), clock=Clock())
    novu.environment_name = environment
    novu.store(entry("unmanaged" + workflow_id), url=f"https://elsewhere.example/{workflow_id}")
    with contextlib.redirect_stderr(io.StringIO()) as output:
        for faults in ([], [lambda _: error_response(400, message)], [lambda _: error_response(502, message)] * 2):
            novu.faults.extend(faults)
            session = Session(novu.settings, novu)
            with _only_visible_errors():
                declared = novu.manifest().digests
                target = Target("env-1", BRIDGE, declared, frozenset(declared) | {"unmanaged" + workflow_id})
                session.apply(target)
            with _only_visible_errors():
                session.environment("another")
    for line in output.getvalue().split("\n"):
        assert line.isprintable()


def test_no_cookie_of_a_server_is_sent_back(clock: Clock) -> None:
    server = Server(httpx.Response(200, headers={"set-cookie": "session=1; Path=/"}, json={}))
    bridge = BridgeClient.connect(BRIDGE, KEY, inner=server, sleep=clock.sleep)
    bridge.request("health-check")
    bridge.request("health-check")
    assert all("cookie" not in request.headers for request in server.requests)


@pytest.mark.parametrize(
    "location", ["https://xn--", "https://[", "javascript:http://", "https://a:port/", "https://\xff\x01/?token=1"]
)
def test_the_error_contains_an_invalid_redirect(location: str, clock: Clock) -> None:
    headers = [(b"location", location.encode("latin-1"))]
    server = Server(httpx.Response(302, headers=headers))
    with pytest.raises(BridgeError, match=r"redirects to .* which is not a valid URL") as raised:
        BridgeClient.connect(BRIDGE, KEY, inner=server, sleep=clock.sleep).manifest()
    assert raised.value.fault == "redirect"
    assert "crashed" not in str(raised.value)
    assert "token" not in str(raised.value)
    values = {"secretKey": KEY, "apiUrl": API}
    with pytest.raises(NovuUnreachable, match=r"redirects to .* which is not a valid URL"):
        NovuApi(Settings.read(values.get, {}), server, clock.sleep).environment()
