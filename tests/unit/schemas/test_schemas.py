"""The published schemas equal the models, and written files are valid."""

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
def test_the_shipped_schema_equals_the_models(name: str) -> None:
    assert schemas.shipped(name) == schemas.build()[name], "run `python -m novu_provider.schemas`"


@pytest.mark.parametrize("name", ["manifest", "plan", "doctor", "promotion"])
def test_the_shipped_schema_is_valid(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schemas.shipped(name)))


@given(
    st.lists(registrations, max_size=3, unique_by=lambda registration: registration.workflow_id),
    st.lists(st.text(), max_size=2),
)
def test_every_written_manifest_is_valid(workflows: list[Any], agents: list[str]) -> None:
    assert _valid(json.loads(Manifest(tuple(workflows), tuple(agents)).dump()))


def test_the_manifest_of_a_bridge_is_valid() -> None:
    manifest = Manifest.discovered(discover(entry("a", step("s", "custom")), agents=[{"agentId": "x"}]), "a bridge")
    assert _valid(json.loads(manifest.dump()))


def test_a_file_may_name_its_schema_for_editors() -> None:
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
        _file(tag=["a typo"]),
        _file(active="yes"),
        _file(steps=[{"stepId": "s"}]),
        _file(steps=[{"stepId": str(at), "type": "email"} for at in range(MAX_STEPS + 1)]),
    ],
)
def test_a_file_that_reading_refuses_or_ignores_is_invalid(document: Any) -> None:
    assert not _valid(document)
