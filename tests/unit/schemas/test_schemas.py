"""The published schemas are the models', and the files that are written keep to them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider import schemas
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import MAX_STEPS
from tests.unit.documents import discover, entry, step
from tests.unit.strategies import registrations

_MANIFEST: Any = json.loads(schemas.shipped("manifest"))


def _valid(document: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(_MANIFEST).is_valid(document))


def _file(**workflow: Any) -> Any:
    return {"formatVersion": 1, "workflows": [{"workflowId": "a", "name": "A", **workflow}]}


@pytest.mark.parametrize("name", ["manifest", "plan", "doctor", "promotion"])
def test_the_shipped_schema_is_what_the_models_make(name: str) -> None:
    assert schemas.shipped(name) == schemas.build()[name], "run `python -m novu_provider.schemas`"


@pytest.mark.parametrize("name", ["manifest", "plan", "doctor", "promotion"])
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schemas.shipped(name)))


@given(st.lists(registrations, max_size=3, unique_by=lambda one: one.workflow_id), st.lists(st.text(), max_size=2))
def test_every_manifest_that_is_written_keeps_to_it(found: list[Any], agents: list[str]) -> None:
    assert _valid(json.loads(Manifest(tuple(found), tuple(agents)).dump()))


def test_a_bridges_manifest_keeps_to_it() -> None:
    manifest = Manifest.discovered(discover(entry("a", step("s", "custom")), agents=[{"agentId": "x"}]), "a bridge")
    assert _valid(json.loads(manifest.dump()))


def test_an_editor_may_be_told_of_the_schema_in_the_file() -> None:
    assert _valid({"$schema": "./manifest.schema.json", **_file()})


@pytest.mark.parametrize(
    "document",
    [
        {"workflows": []},
        {"formatVersion": 2, "workflows": []},
        {"formatVersion": 1},
        {"formatVersion": 1, "workflows": {}},
        _file(workflowId=" "),
        _file(workflowId=1),
        _file(tag=["a slip of the pen"]),
        _file(active="yes"),
        _file(steps=[{"stepId": "s"}]),
        _file(steps=[{"stepId": str(at), "type": "email"} for at in range(MAX_STEPS + 1)]),
    ],
)
def test_what_reading_would_refuse_or_read_past_is_no_valid_file(document: Any) -> None:
    assert not _valid(document)
