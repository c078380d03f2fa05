"""Too deep, too large and broken JSON is refused with a clear error wherever it is read, never with a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.bridge.response_errors import read_document
from novu_provider.cli import main
from novu_provider.errors import BridgeError, ManifestError, NovuUnreachable, PreviewError, SettingsError
from novu_provider.http.redaction import Redactor
from novu_provider.model import control_values
from novu_provider.model.canonical_json import canonical_json, digest, normalize
from novu_provider.model.diff import property_changes
from novu_provider.model.json_text import MAX_DEPTH, InvalidJson, check_json, parse_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.workflow_args import WorkflowArgs, read_workflow_args
from novu_provider.novu_api.client import NovuApi
from novu_provider.review.preview import read_preview
from novu_provider.settings import Settings
from tests.unit.documents import Document, discover, entry, step

HALF = "\ud800"
#: Many more levels than Python's parser accepts.
DEEPEST = "[" * 200_000

levels = st.integers(MAX_DEPTH + 1, 900)
kinds = st.sampled_from(["properties", "items", "not", "list"])
huge_numbers = st.integers(309, 4000).map(lambda digits: 10**digits) | st.integers(310, 4000).map(lambda n: -(10**n))
half_characters = st.characters(categories=["Cs"])
#: Texts with half of a surrogate pair, at any place.
broken_texts = st.builds(
    lambda head, half, tail: head + half + tail, st.text(max_size=5), half_characters, st.text(max_size=5)
)


def nested(kind: str, count: int) -> Any:
    """Return a schema, or a list, with a number of levels."""
    value: Any = [] if kind == "list" else {}
    for _ in range(count - 1):
        if kind == "properties":
            value = {"a": value} if "properties" in value else {"properties": value}
        else:
            value = [value] if kind == "list" else {kind: value}
    return value


def depth(value: Any) -> int:
    level, count = [value], 0
    while level:
        count += any(isinstance(item, (dict, list)) for item in level)
        level = [
            member
            for item in level
            if isinstance(item, (dict, list))
            for member in (item.values() if isinstance(item, dict) else item)
        ]
    return count


def with_schema(schema: Any, place: str) -> Document:
    """Return a discover entry with a schema at one of the places that a registration has."""
    holder = {"schema": {"x": schema}}
    places = {
        "payload": entry("b", payload=holder),
        "controls": entry("b", controls=holder),
        "preferences": entry("b", preferences={"x": schema}),
        "step": entry("b", step() | {"controls": holder}),
        "output": entry("b", step("s", "custom") | {"outputs": holder}),
    }
    return places[place]


places = st.sampled_from(["payload", "controls", "preferences", "step", "output"])


@given(kinds, levels, places)
def test_a_deep_schema_is_refused_with_the_name_of_its_workflow(kind: str, count: int, place: str) -> None:
    with pytest.raises(ManifestError, match=rf"entry 2 \('b'\) .*nested more than {MAX_DEPTH} levels deep"):
        Manifest.discovered(discover(entry("a"), with_schema(nested(kind, count), place)), "the bridge")


@given(kinds, st.integers(1, MAX_DEPTH - 1), places)
def test_a_schema_up_to_the_limit_is_accepted(kind: str, count: int, place: str) -> None:
    schema = nested(kind, count)
    assert depth(schema) == count
    manifest = Manifest.discovered(discover(with_schema(schema, place)), "the bridge")
    assert manifest.digests
    assert property_changes(manifest.workflows[0].properties(), {})
    assert isinstance(control_values.find_violations(manifest.workflows[0].control_schema, {}), list)


@given(huge_numbers, places)
def test_a_number_larger_than_all_doubles_is_null_as_in_javascript(number: int, place: str) -> None:
    manifest = Manifest.discovered(discover(with_schema({"maximum": number}, place)), "the bridge")
    null = Manifest.discovered(discover(with_schema({"maximum": None}, place)), "the bridge")
    assert manifest.digest == null.digest
    assert normalize(number) is None
    assert canonical_json([number]) == "[null]"


@given(broken_texts)
def test_half_of_a_surrogate_pair_is_refused_in_every_text(text: str) -> None:
    for document in (
        discover(entry("b") | {"name": text}),
        discover(entry("b", payload={"schema": {text: {}}})),
        discover(entry("b", tags=[text])),
        discover(entry("b", step() | {"stepId": text})),
        discover(entry("b"), agents=[{"agentId": text}]),
    ):
        with pytest.raises(ManifestError, match="half of a surrogate pair"):
            Manifest.discovered(document, "the bridge")


@given(
    st.recursive(
        st.none() | st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
    )
)
def test_other_json_passes_the_check(value: Any) -> None:
    check_json(value)
    assert digest(value)


@pytest.mark.parametrize("value", [HALF, [HALF], {HALF: 1}, {"a": {"b": [HALF]}}])
def test_the_check_finds_half_of_a_surrogate_pair_at_any_depth(value: Any) -> None:
    with pytest.raises(InvalidJson, match="half of a surrogate pair"):
        check_json(value)


def test_the_check_counts_levels_without_recursion() -> None:
    check_json(nested("list", MAX_DEPTH))
    with pytest.raises(InvalidJson):
        check_json(nested("list", MAX_DEPTH + 1))
    with pytest.raises(InvalidJson):
        check_json(nested("list", 100_000))


def test_the_parser_s_own_limit_is_an_error_of_the_document() -> None:
    with pytest.raises(ValueError, match=r"nested|Expecting"):
        parse_json(DEEPEST)


DEEP_TEXT = json.dumps({"workflows": [entry("b", payload={"schema": nested("properties", 301)})]})


@pytest.mark.parametrize(("text", "message"), [(DEEPEST, "is no JSON"), ("[" * 500 + "]" * 500, "format version None")])
def test_a_deep_manifest_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "novu.manifest.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=message):
        Manifest.load(file)


def test_a_deep_schema_in_a_manifest_file_names_its_workflow(tmp_path: Path) -> None:
    workflow = {"workflowId": "b", "name": "B", "payloadSchema": nested("properties", 301)}
    file = tmp_path / "novu.manifest.json"
    file.write_text(json.dumps({"formatVersion": 1, "workflows": [workflow]}), encoding="utf-8")
    with pytest.raises(ManifestError, match=r"entry 1 \('b'\) has a property `payloadSchema` that is invalid"):
        Manifest.load(file)
    result = CliRunner().invoke(main, ["manifest", "diff", str(file), str(file)])
    assert result.exit_code == 2
    assert "entry 1 ('b')" in result.output


def test_half_of_a_surrogate_pair_in_renames_is_refused() -> None:
    with pytest.raises(ManifestError, match="invalid `renamedFrom`"):
        Manifest((), renamed_from={"new": HALF})


@pytest.mark.parametrize("text", [DEEPEST, "[" * 500 + "]" * 500])
def test_a_deep_response_of_a_bridge_is_an_error(text: str) -> None:
    response = httpx.Response(200, text=text, request=httpx.Request("GET", "https://app.example.com"))
    with pytest.raises((BridgeError, ManifestError)):
        Manifest.discovered(read_document(response, "https://app.example.com", Redactor(())), "the bridge")


@pytest.mark.parametrize(
    "text",
    [
        DEEPEST,
        json.dumps({"data": nested("list", 500)}),
        '{"data": {"_id": "\\ud800"}}',
        '{"data": ' + "9" * 5000 + "}",
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_deep_or_broken_response_of_novu_is_an_error(text: str, status: int) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=text))
    api = NovuApi(Settings.read({"secretKey": "0" * 32}.get, {}), transport)
    with pytest.raises(NovuUnreachable if status == 200 else Exception) as raised:
        api.environment()
    assert not isinstance(raised.value, (RecursionError, UnicodeError, OverflowError))


@pytest.mark.parametrize("values", [nested("list", 200), {"a": nested("properties", 200)}, {"subject": HALF}])
def test_control_values_are_checked_where_they_are_declared(values: Any) -> None:
    controls = {"mail": {"x": values}}
    for declared in ({"a": {"controls": controls}}, {"a": WorkflowArgs(controls=controls)}):
        with pytest.raises(SettingsError, match=r"at `a`: it (is nested|contains)"):
            read_workflow_args(declared, "`workflows`")
    with pytest.raises(SettingsError, match=r"at `a`: it (is nested|contains)"):
        read_workflow_args(json.dumps({"a": {"controls": controls}}), "`workflows`")
    assert control_values.find_violations({}, {"x": values}) != []


def test_deep_json_in_settings_is_invalid() -> None:
    for name in ("workflows", "protect"):
        with pytest.raises(SettingsError):
            Settings.read({"secretKey": "0" * 32, name: DEEPEST}.get, {})
    with pytest.raises(SettingsError, match="half of a surrogate pair"):
        Settings.read({"secretKey": "0" * 32, "protect": json.dumps([HALF])}.get, {})
    with pytest.raises(SettingsError, match="the bridge URL is invalid"):
        Settings.read({"secretKey": "0" * 32, "bridgeUrl": f"https://app.example.com/{HALF}"}.get, {})


def test_a_number_of_400_digits_is_a_violation_and_no_overflow() -> None:
    schema = {"properties": {"n": {"type": "number", "multipleOf": 0.5, "maximum": 10**400}}}
    assert control_values.find_violations(schema, {"n": 10**400}) != []


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"properties": {"a": {"$ref": "#"}}, "allOf": [{"$ref": "#"}]},
    ],
)
def test_a_reference_to_itself_is_a_violation(schema: Document) -> None:
    (violation,) = control_values.find_violations(schema, {"a": {}})
    assert "leads back to itself" in violation


@pytest.mark.parametrize("text", [DEEPEST, json.dumps({"steps": nested("list", 500)})])
def test_a_deep_preview_is_an_error(text: str) -> None:
    with pytest.raises(PreviewError):
        read_preview(text)
