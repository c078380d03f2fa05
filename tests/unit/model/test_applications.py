"""Manifests of several applications are merged into one manifest, or the error names the conflicting applications."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.errors import ManifestError, SettingsError
from novu_provider.model.applications import Application, MergedApplications, application_from_gateway
from novu_provider.model.discover_document import drop_unstable_members, rebuild_discover_entry
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from tests.unit import strategies
from tests.unit.documents import Document, discover, entry, step


def _application(name: str, *entries: Document, version: str | None = None, **more: Any) -> Application:
    document = discover(*entries, **more)
    manifest = Manifest.discovered(document, name)
    return Application(name, f"https://{name}.example.com/api/novu", manifest, document, version)


def _merge(*applications: Application) -> MergedApplications:
    return MergedApplications(applications)


def test_each_id_belongs_to_the_application_that_declares_it() -> None:
    merged = _merge(
        _application("shop", entry("order-shipped"), agents=[{"agentId": "seller"}]),
        _application("billing", entry("invoice"), agents=[{"agentId": "accountant"}]),
    )

    assert merged.workflows == {"invoice": "billing", "order-shipped": "shop"}
    assert merged.agents == {"accountant": "billing", "seller": "shop"}
    assert list(merged.manifest.digests) == ["invoice", "order-shipped"]
    assert merged.manifest.agents == ("accountant", "seller")
    assert merged.urls["shop"] == "https://shop.example.com/api/novu"


def test_the_merged_document_declares_the_merged_manifest() -> None:
    merged = _merge(_application("shop", entry("b"), entry("a")), _application("billing", entry("c")))

    discovered = Manifest.discovered(json.loads(json.dumps(merged.discover_document)), "the gateway")

    assert discovered.digests == merged.manifest.digests


def test_an_unavailable_application_is_kept_as_the_gateway_serves_it() -> None:
    shop = _application("shop", entry("a", name="A"), entry("b"), agents=[{"agentId": "seller"}])
    before = _merge(shop, _application("billing", entry("c")))

    kept = application_from_gateway("shop", shop.url, json.loads(json.dumps(before.discover_document)), "the gateway")
    after = _merge(kept, _application("billing", entry("c"), entry("d")))

    assert kept.manifest.digests == shop.manifest.digests
    assert kept.manifest.agents == ("seller",)
    assert after.workflows == {"a": "shop", "b": "shop", "c": "billing", "d": "billing"}
    # However often it is kept, its part of the document stays the same.
    assert _merge(kept).discover_document == _merge(shop).discover_document


def test_an_unknown_application_cannot_be_kept() -> None:
    document = _merge(_application("billing", entry("c"))).discover_document

    with pytest.raises(ManifestError, match="serves nothing of the application 'shop'"):
        application_from_gateway("shop", "https://shop.example.com", document, "the gateway")
    with pytest.raises(ManifestError, match="no discover document"):
        application_from_gateway("shop", "https://shop.example.com", {"status": "ok"}, "the gateway")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"entries": [entry("invoice")]}, {"entries": [entry("invoice")]}, "workflow 'invoice'"),
        ({"agents": [{"agentId": "x"}]}, {"agents": [{"agentId": "x"}]}, "agent 'x'"),
    ],
)
def test_an_id_of_two_applications_is_refused_with_both_names(first: Document, second: Document, message: str) -> None:
    applications = [
        _application(name, *arguments.get("entries", []), agents=arguments.get("agents", []))
        for name, arguments in (("shop", first), ("billing", second))
    ]

    with pytest.raises(ManifestError, match=f"'billing', 'shop' declare the same {message}"):
        _merge(*applications)


def test_different_versions_of_the_protocol_are_refused() -> None:
    with pytest.raises(ManifestError, match=r"2024-06-26: 'billing', 'shop'; 2027-01-01: 'news'"):
        _merge(
            _application("shop", entry("a"), version="2024-06-26"),
            _application("billing", entry("b"), version="2024-06-26"),
            _application("news", entry("c"), version="2027-01-01"),
        )


def test_a_manifest_file_has_no_version_to_compare() -> None:
    file = Application("shop", "https://shop.example.com", Manifest.discovered(discover(entry("a")), "shop"))

    assert _merge(file, _application("billing", entry("b"), version="2024-06-26")).workflows.keys() == {"a", "b"}


@pytest.mark.parametrize("name", ["", "Shop", "shop_eu", "1shop", "a" * 32, "shop\n", "shop;"])
def test_an_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="name"):
        _merge(_application(name, entry("a")))


def test_no_application_and_duplicate_names_are_refused() -> None:
    with pytest.raises(SettingsError, match="no application"):
        _merge()
    with pytest.raises(SettingsError, match="two applications have the name 'shop'"):
        _merge(_application("shop", entry("a")), _application("shop", entry("b")))


def test_the_merged_document_contains_no_source_code() -> None:
    text = json.dumps(_merge(_application("shop", entry("a", step("send")))).discover_document)

    assert "async" not in text
    assert "ZodObject" not in text
    assert '"_def"' not in text


def test_a_property_of_a_schema_may_have_the_name_of_a_removed_member() -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string"}, "unknownSchema": {"type": "string"}}}

    (workflow,) = _merge(
        _application("shop", entry("a", step("s", "custom"), payload={"schema": schema, "unknownSchema": {}}))
    ).discover_document["workflows"]

    assert workflow["payload"] == {"schema": schema}


@given(strategies.entries())
def test_a_workflow_without_unstable_members_has_the_same_digest(document: Document) -> None:
    assert Registration.discovered(drop_unstable_members(document)).digest == Registration.discovered(document).digest


@given(strategies.registrations)
def test_a_workflow_of_a_manifest_file_is_rebuilt_with_the_same_digest(registration: Registration) -> None:
    document = json.loads(json.dumps(rebuild_discover_entry(registration)))

    # An empty name means the id, in the application too.
    if registration.name:
        assert Registration.discovered(document).digest == registration.digest


@given(st.lists(strategies.registrations, min_size=1, max_size=5, unique_by=lambda each: each.workflow_id), st.data())
def test_a_merge_neither_loses_nor_adds_workflows(workflows: list[Registration], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(workflows)))
    parts = {"a": workflows[:cut], "b": workflows[cut:]}

    merged = _merge(*(Application(name, "https://x", Manifest(tuple(part))) for name, part in parts.items()))

    assert merged.manifest == Manifest(tuple(workflows), source=merged.manifest.source)
    assert merged.workflows == {each.workflow_id: name for name, part in parts.items() for each in part}
