"""The troubleshooting page is up to date and contains every error."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from novu_provider.bridge import response_errors as bridge_responses
from novu_provider.errors import NovuError
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.model.environment import WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api import response_errors
from novu_provider.planning.guards import Guards
from novu_provider.planning.plan import make_plan
from novu_provider.settings import Settings
from tests.unit.documents import discover, entry
from tools import troubleshooting
from tools.troubleshooting.collection import Entry, UnreadableSource, collect, tree
from tools.troubleshooting.document import render

_RUN = "run `python -m tools.troubleshooting` (or `make docs`)"


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return collect(troubleshooting.ROOT)


def test_the_page_is_up_to_date(entries: list[Entry]) -> None:
    assert troubleshooting.DOCUMENT.read_text(encoding="utf-8") == render(entries), _RUN


def test_the_page_contains_every_kind_of_error(entries: list[Entry]) -> None:
    """Base classes are not raised themselves."""
    leaves = {name for name, kind in tree().items() if not kind.__subclasses__()}
    assert leaves <= {entry.kind for entry in entries}


def test_every_error_has_a_cause_and_a_fix(entries: list[Entry]) -> None:
    assert [entry.what for entry in entries if entry.kind in tree() and not (entry.why and entry.fix)] == []


def _response(status: int, message: str) -> httpx.Response:
    request = httpx.Request("DELETE", "https://novu.example.com/v2/workflows/1")
    return httpx.Response(status, json={"message": message}, request=request)


def _api_error(status: int, message: str = "Some words") -> NovuError:
    return response_errors.error_for_response(
        _response(status, message), "https://novu.example.com", "/v2/workflows/1", Redactor(())
    )


def _bridge_error(response: httpx.Response) -> NovuError:
    response.request = httpx.Request("GET", "https://app.example.com/api/novu")
    with pytest.raises(NovuError) as raised:
        bridge_responses.read_document(response, "https://app.example.com/api/novu", Redactor(()))
    return raised.value


def _raised(call: Callable[[], Any]) -> NovuError:
    with pytest.raises(NovuError) as raised:
        call()
    return raised.value


def _refusal(guards: Guards, *declared: str, managed: tuple[str, ...] = ("a", "b")) -> NovuError:
    listed = [
        WorkflowSummary("1", "a", "external"),
        WorkflowSummary("2", "b", "external"),
        WorkflowSummary("3", "made", "novu-cloud"),
    ]
    return make_plan(declared, listed, managed, guards).refusals[0]


_REAL: list[Callable[[], NovuError]] = [
    *(lambda status=status: _api_error(status) for status in (400, 401, 403, 404, 429, 500, 502)),
    lambda: _api_error(401, "API endpoint not accessible"),
    lambda: _api_error(401, "This action is only allowed in Development environment"),
    lambda: _bridge_error(httpx.Response(404)),
    lambda: _bridge_error(httpx.Response(500, json={"message": "boom"})),
    lambda: _bridge_error(httpx.Response(401)),
    lambda: _bridge_error(httpx.Response(401, json={"code": "SignatureMismatchError", "message": "No. More"})),
    lambda: _bridge_error(httpx.Response(200, html="<p>Login</p>")),
    lambda: _refusal(Guards(), "a", managed=("a",)),
    lambda: _refusal(Guards(), "a", "b", "made"),
    lambda: _refusal(Guards(protect=True), "a"),
    lambda: _refusal(Guards(max_deletions=1), "c"),
    lambda: _refusal(Guards()),
    lambda: _raised(lambda: Settings.read(lambda _: None, {})),
    lambda: _raised(lambda: Settings.read({"secretKey": "k", "timeout": "soon"}.get, {})),
    lambda: _raised(lambda: bridge_urls.check_api_url("api.novu.co")),
    lambda: _raised(lambda: Manifest.discovered({}, "the bridge")),
    lambda: _raised(lambda: Manifest.discovered(discover(entry("a"), entry("a")), "the bridge")),
]


def _matches(template: str, text: str) -> bool:
    """Return whether a text matches a template."""
    tokens = {"[": "(?:", "]": ")?", "(": r"\(?(?:", "|": "|", ")": r")\)?"}
    # `[]` is part of a text such as `serve({ workflows: [] })`.
    parts = re.split(r"(<[^<>]*>|\[\]|[\[\]()|])", template)
    pattern = "".join(".*" if part.startswith("<") else tokens.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@pytest.mark.parametrize("make", _REAL)
def test_a_real_error_is_in_the_page(make: Callable[[], NovuError], entries: list[Entry]) -> None:
    error = make()
    matching = [entry for entry in entries if entry.kind == type(error).__name__ and _matches(entry.what, error.what)]
    assert matching, error.what
    assert any(_matches(why, error.why) for entry in matching for why in entry.why), error.why
    assert any(_matches(fix, error.fix) for entry in matching for fix in entry.fix), error.fix


def _package(root: Path, source: str) -> Path:
    (root / "novu_provider").mkdir()
    text = f"from novu_provider import errors\nfrom novu_provider.errors import NotStored, SettingsError\n{source}\n"
    ast.parse(text)
    (root / "novu_provider" / "module.py").write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("raise SettingsError('it rained')", ["it rained"]),
        ("raise errors.SettingsError('it ' 'rained')", ["it rained"]),
        ("def f(place): raise SettingsError(f'it rained in {place}')", ["it rained in <place>"]),
        ("def f(a): raise SettingsError(f'rain at {a.host!r}, {len(a.ids)}')", ["rain at <host>, <number>"]),
        ("def f(wet): raise SettingsError('it rained' if wet else 'it was dry')", ["it rained", "it was dry"]),
        ('def f(wet): raise SettingsError(f\'it rained{" again" if wet else ""}\')', ["it rained[ again]"]),
        ("def f(wet):\n  text = 'it ' + 'rained'\n  raise SettingsError(text)", ["it rained"]),
        ("WORDS = {1: 'it rained'}\ndef f(n): raise SettingsError(WORDS.get(n, 'it was dry'))", None),
        ("def f(): raise SettingsError(g())\ndef g(): return 'it rained'", ["it rained"]),
        ("def f():\n  n, text = g()\n  raise SettingsError(text)\ndef g(): return 1, 'it rained'", ["it rained"]),
        ("def f(where, what): raise SettingsError(f'{where} {what}.')\nf(1, 'it rained')", ["<where> it rained."]),
    ],
)
def test_a_text_is_read_from_each_kind_of_expression(tmp_path: Path, source: str, what: list[str] | None) -> None:
    entries = collect(_package(tmp_path, source))
    assert [entry.what for entry in entries] == (what or ["it rained", "it was dry"])
    assert {entry.kind for entry in entries} == {"SettingsError"}


@pytest.mark.parametrize(
    "source",
    [
        "def f(text): raise SettingsError(text)",
        "def f(text): raise SettingsError(f'{text}.')",
        "def f(a): raise SettingsError(*a)",
        "def f(a): raise SettingsError('it rained', **a)",
        "def f(text): raise SettingsError('it rained', why=text)",
        "raise SettingsError",
        "def f(make): return make('it rained')\nf(SettingsError)",
        "KINDS = {1: SettingsError}",
        "from novu_provider.errors import SettingsError as Fault",
        "class Fault(SettingsError): pass",
        "class Fault(errors.NovuError): pass",
    ],
)
def test_code_that_could_hide_an_error_is_refused_with_its_line(tmp_path: Path, source: str) -> None:
    with pytest.raises(
        UnreadableSource, match=r"novu_provider/module\.py:\d+: .* Create an error by calling its class"
    ):
        collect(_package(tmp_path, source))


@pytest.mark.parametrize(
    "source",
    [
        "try: pass\nexcept (NotStored, SettingsError) as error: raise error",
        "def f(error: SettingsError | None) -> list[NotStored]: return isinstance(error, (SettingsError, NotStored))",
        "Kind = type[SettingsError]\nprop = SettingsError.prop",
    ],
)
def test_code_may_name_a_class_without_creating_an_error(tmp_path: Path, source: str) -> None:
    assert collect(_package(tmp_path, source)) == []


def test_a_placeholder_is_not_html() -> None:
    """A browser does not show `<KEY>` outside a code span, and MkDocs does not support a backslash before it."""
    entry = Entry("SettingsError", "It failed.", ("Both <KEY> and `<B>` are set.",), ())
    assert "- Why: Both &lt;KEY> and `<B>` are set." in render([entry])
