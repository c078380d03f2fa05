"""Reading manifests from discover documents and from files, and refusing all other documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.errors import LimitExceeded, ManifestError
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from tests.unit import strategies
from tests.unit.documents import Document, discover, entry, step

manifests = st.builds(
    Manifest,
    workflows=st.lists(strategies.registrations, max_size=3, unique_by=lambda workflow: workflow.workflow_id).map(
        tuple
    ),
    agents=st.lists(st.text(min_size=1), max_size=2).map(tuple),
)


def read(document: Any) -> Manifest:
    return Manifest.discovered(document, "the bridge https://app.example.com")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "novu.manifest.json"


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("manifests") / "novu.manifest.json"


@given(manifests)
def test_a_dumped_manifest_loads_as_an_equal_manifest(shared_file: Path, manifest: Manifest) -> None:
    shared_file.write_text(manifest.dump(), encoding="utf-8")
    loaded = Manifest.load(shared_file)
    assert (loaded.workflows, loaded.agents) == (manifest.workflows, manifest.agents)
    assert (loaded.digests, loaded.digest) == (manifest.digests, manifest.digest)
    assert loaded.dump() == manifest.dump()


@given(manifests, st.randoms())
def test_the_order_of_the_workflows_makes_no_difference(manifest: Manifest, random: Any) -> None:
    shuffled = list(manifest.workflows)
    random.shuffle(shuffled)
    reordered = Manifest(tuple(shuffled), manifest.agents)
    assert reordered == manifest
    assert reordered.dump() == manifest.dump()


def test_workflows_and_agents_of_a_discover_document_are_sorted() -> None:
    manifest = read(discover(entry("b"), entry("a"), agents=[{"agentId": "z"}, {"agentId": "helper"}, {}, "x"]))
    assert [workflow.workflow_id for workflow in manifest.workflows] == ["a", "b"]
    assert manifest.agents == ("helper", "z")
    assert manifest.digests == {"a": manifest.workflows[0].digest, "b": manifest.workflows[1].digest}


@pytest.mark.parametrize("agents", [None, 5, {}, "helper", [None], [{"agentId": 5}]])
def test_agents_in_an_unknown_form_are_ignored(agents: Any) -> None:
    assert read(discover(entry("a"), agents=agents)).agents == ()


def test_a_bridge_may_declare_no_workflows() -> None:
    assert read(discover()).workflows == ()


@pytest.mark.parametrize("document", [{}, [], None, "ok", 5, {"workflows": None}, {"workflows": {}}, {"status": "ok"}])
def test_other_json_is_no_discover_document(document: Any) -> None:
    with pytest.raises(ManifestError, match="no list `workflows`") as refused:
        read(document)
    assert refused.value.prop == "bridgeUrl"


@pytest.mark.parametrize(
    "entry_b",
    [
        None,
        "welcome",
        {},
        entry("b") | {"workflowId": None},
        entry("b") | {"workflowId": ""},
        entry("b") | {"workflowId": " \t"},
        entry("b") | {"workflowId": 5},
        entry("b") | {"workflowId": ["b"]},
        entry("b", {"type": "email"}),
        entry("b", {"stepId": "send"}),
        entry("b") | {"steps": [None]},
        entry("b") | {"steps": 5},
        entry("b") | {"payload": "text"},
        entry("b") | {"tags": [None]},
    ],
)
def test_the_error_contains_the_position_of_an_invalid_workflow(entry_b: Any) -> None:
    with pytest.raises(ManifestError, match=r"entry 2 (has no valid `workflowId`|\('b'\) has a)"):
        read(discover(entry("a"), entry_b))


def test_duplicate_workflow_ids_are_refused() -> None:
    with pytest.raises(ManifestError, match="more than one workflow with the id 'a', 'c'"):
        read(discover(entry("a"), entry("b"), entry("c"), entry("a"), entry("c")))


def test_ids_are_case_sensitive() -> None:
    assert len(read(discover(entry("Welcome"), entry("welcome"))).workflows) == 2


@pytest.mark.parametrize(
    "workflow_id", ["Order Shipped", "orderShippedNotification", "grüße", "お知らせ", "🎉", "a/b?c"]
)
def test_ids_may_contain_any_script(workflow_id: str) -> None:
    assert list(read(discover(entry(workflow_id))).digests) == [workflow_id]


def test_twenty_steps_are_the_limit() -> None:
    steps = [step(f"step-{number}") for number in range(21)]
    assert len(read(discover(entry("a", *steps[:20]))).workflows[0].steps) == 20
    with pytest.raises(LimitExceeded, match="'a' has 21 steps; Novu takes at most 20"):
        read(discover(entry("a", *steps)))


def test_an_unknown_step_type_is_accepted() -> None:
    assert read(discover(entry("a", step("s", "hologram")))).workflows[0].steps[0].type == "hologram"


def test_a_manifest_file_is_indented_and_sorted() -> None:
    lines = read(discover(entry("b"), entry("grüße"))).dump().splitlines()
    assert lines[:2] == ["{", '  "agents": [],']
    assert '      "workflowId": "grüße"' in lines


VALID: Document = {"formatVersion": 1, "workflows": [], "agents": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("<<<<<<< ours", "is no JSON"),
        ('{"formatVersion": 1, "workflows": [', "is no JSON"),
        ("[]", "format version None"),
        ("null", "format version None"),
        ("{}", "format version None"),
        (json.dumps(discover(entry("a"))), "format version None"),
        (json.dumps(VALID | {"formatVersion": 2}), "format version 2; this version reads 1"),
        (json.dumps(VALID | {"formatVersion": "1"}), "format version '1'"),
        (json.dumps({"formatVersion": 1}), "has no list `workflows`"),
        (json.dumps(VALID | {"workflows": None}), "has no list `workflows`"),
        (json.dumps(VALID | {"workflows": {}}), "has no list `workflows`"),
        (json.dumps(VALID | {"workflows": [{}]}), "entry 1 has no valid `workflowId`"),
        (json.dumps(VALID | {"workflows": [None]}), "entry 1 has no valid `workflowId`"),
        (json.dumps(VALID | {"workflows": [{"workflowId": " ", "name": ""}]}), "entry 1 has no valid `workflowId`"),
        (json.dumps(VALID | {"workflows": [{"workflowId": "a", "name": "A"}] * 2}), "more than one workflow"),
        (json.dumps(VALID | {"workflow": []}), "unknown member `workflow` (probably `workflows` was meant)"),
        (json.dumps(VALID | {"renamed_from": {"b": "a"}}), "`renamed_from` (probably `renamedFrom` was meant)"),
        (json.dumps(VALID | {"zzz": 1}), "has an unknown member `zzz`."),
        (json.dumps(VALID | {"agents": "helper"}), "has `agents` that are no list of agent ids"),
        (json.dumps(VALID | {"agents": [5]}), "has `agents` that are no list of agent ids"),
        (json.dumps(VALID | {"agents": None}), "has `agents` that are no list of agent ids"),
        (json.dumps(VALID | {"renamedFrom": ["a"]}), "has `renamedFrom` that is no object"),
        (json.dumps(VALID | {"renamedFrom": {"b": 1}}), "has `renamedFrom` that is no object"),
        (
            json.dumps(VALID | {"workflows": [{"workflowId": "a", "name": "A", "payloadSchem": {}}]}),
            "entry 1 ('a') has an unknown property `payloadSchem` (probably `payloadSchema` was meant)",
        ),
        (
            json.dumps(
                VALID | {"workflows": [{"workflowId": "a", "name": "A", "steps": [{"stepID": "s", "type": "sms"}]}]}
            ),
            "entry 1 ('a') has a step without a valid `stepId`",
        ),
        (
            json.dumps(
                VALID
                | {
                    "workflows": [
                        {"workflowId": "a", "name": "A", "steps": [{"stepId": "s", "type": "sms", "control": {}}]}
                    ]
                }
            ),
            "entry 1 ('a') has an unknown property `control`",
        ),
        (
            json.dumps(VALID | {"workflows": [{"workflowId": "a", "name": "A", "tags": "x"}]}),
            "entry 1 ('a') has a property `tags` of an unexpected type",
        ),
        (json.dumps(VALID | {"workflows": [{"workflowId": "a"}]}), "entry 1 ('a') has no `name`"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as refused:
        Manifest.load(file)
    assert message in refused.value.what
    assert str(file) in refused.value.what
    assert refused.value.fix


def test_a_binary_file_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ManifestError, match="is no JSON"):
        Manifest.load(file)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read: No such file or directory"):
        Manifest.load(tmp_path / "none.json")
    with pytest.raises(ManifestError, match="cannot be read: Is a directory"):
        Manifest.load(tmp_path)


def test_a_file_contains_the_manifest_of_the_bridge(file: Path) -> None:
    served = read(discover(entry("a"), entry("b"), agents=[{"agentId": "helper"}]))
    file.write_text(served.dump(), encoding="utf-8")
    loaded = Manifest.load(file)
    assert (loaded.digest, loaded.agents) == (served.digest, served.agents)
    assert loaded.source == f"the manifest file {file}"


def test_the_step_limit_applies_to_files_too(file: Path) -> None:
    registration = Registration.discovered(entry("a", *(step(f"step-{number}") for number in range(21))))
    file.write_text(json.dumps(VALID | {"workflows": [registration.properties()]}), encoding="utf-8")
    with pytest.raises(LimitExceeded):
        Manifest.load(file)


def test_members_that_only_editors_read_are_accepted(file: Path) -> None:
    file.write_text(json.dumps(VALID | {"$schema": "./manifest.schema.json"}), encoding="utf-8")
    assert Manifest.load(file).workflows == ()


def test_unknown_members_of_a_discover_document_are_accepted() -> None:
    """A newer @novu/framework adds members, and none of them is a typo of a person."""
    document = discover(entry("a", step() | {"new": 1}, newMember={}), newMember={})
    assert read(document) == read(discover(entry("a", step())))


def test_half_a_surrogate_pair_is_refused() -> None:
    document = {"workflows": [{"workflowId": "a", "name": "\ud800", "steps": []}]}
    with pytest.raises(ManifestError, match="half of a surrogate pair"):
        Manifest.discovered(document, "the bridge")
