"""A registration is equal whether it was read from the bridge, from Novu or from Pulumi properties."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from novu_provider.emulator.data.preferences import full_preferences
from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import canonical_json, digest, drop_empty_objects
from novu_provider.model.registration import Registration
from novu_provider.novu_api.stored_workflow import is_rewritten, stored_id, stored_registration
from novu_provider.novu_api.workflow_update import build_update_body
from tests.unit import strategies
from tests.unit.documents import EMPTY_SCHEMA, Document, entry, schema, step, stored

RECORDINGS = Path(__file__).parents[2] / "contract" / "recordings"


def as_pulumi(value: Any) -> Any:
    """Return properties as Pulumi returns them: every number is a float, and null members are gone."""
    return _after_pulumi(json.loads(json.dumps(value)))


def _after_pulumi(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _after_pulumi(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_after_pulumi(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@given(strategies.registrations)
def test_a_registration_equals_the_one_read_from_its_properties(registration: Registration) -> None:
    restored = Registration.declared(registration.properties())
    assert restored == registration
    assert restored.digest == registration.digest
    assert restored.properties() == registration.properties()
    assert hash(restored) == hash(registration)


@given(strategies.registrations)
def test_a_registration_equals_the_one_read_from_pulumi(registration: Registration) -> None:
    restored = Registration.declared(pulumi_json.decode(as_pulumi(pulumi_json.encode(registration.properties()))))
    assert restored == registration
    assert restored.digest == registration.digest
    assert restored.differing_properties(registration) == []


def test_properties_survive_the_serialization_of_pulumi() -> None:
    from pulumi.runtime import rpc

    nullable = {"type": ["string", "null"], "default": None, "enum": ["a", None, "(null)", "((null))", "(null))"]}
    unusual_schema = schema(
        nickname=nullable, limit={"default": 20}, __typename={"const": None}, big={"maximum": 2**60}
    )
    controls = {"schema": schema(empty={}, none=[])}
    registration = Registration.discovered(
        entry(
            "a",
            step(controls=unusual_schema),
            step("own", "custom"),
            payload={"schema": unusual_schema},
            controls=controls,
        )
    )
    serialized = asyncio.run(rpc.serialize_properties(pulumi_json.encode(registration.properties()), {}))
    restored = Registration.declared(pulumi_json.decode(rpc.deserialize_properties(serialized)))
    assert restored.differing_properties(registration) == []
    assert restored == registration
    assert restored.steps[0].control_schema["properties"]["nickname"] == nullable


@given(strategies.entries())
@example(entry("a", step("mail", "email", schema(limit={"type": "integer", "default": 20}))))
@example(entry("a", step("own", "custom")))
def test_the_stored_workflow_equals_the_discovered_one(document: Document) -> None:
    discovered = Registration.discovered(document)
    assert stored_registration(stored(document, "id-1")) == discovered


@given(strategies.registrations, strategies.registrations)
def test_digests_are_equal_exactly_when_all_properties_are(first: Registration, second: Registration) -> None:
    same_properties = canonical_json(first.properties()) == canonical_json(second.properties())
    assert (first.digest == second.digest) is same_properties
    assert (first.differing_properties(second) == []) is (first == second)


@given(strategies.registrations, strategies.registrations, st.data())
def test_a_change_of_one_property_changes_the_digest_and_is_named(
    first: Registration, second: Registration, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(field.name for field in dataclasses.fields(Registration))))
    changed = dataclasses.replace(first, **{name: getattr(second, name)})
    assume(canonical_json(first.properties()) != canonical_json(changed.properties()))
    assert changed.digest != first.digest
    assert changed != first
    assert len(changed.differing_properties(first)) == 1


@given(strategies.json, st.randoms())
def test_the_canonical_form_does_not_depend_on_the_order_of_keys(value: Any, random: Any) -> None:
    assert canonical_json(_shuffled(value, random)) == canonical_json(value)
    assert digest(_shuffled(value, random)) == digest(value)


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(inner, random)) for key, inner in value.items()]
        random.shuffle(items)
        return dict(items)
    return [_shuffled(inner, random) for inner in value] if isinstance(value, list) else value


@given(strategies.json)
def test_the_canonical_form_is_json_and_stable(value: Any) -> None:
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)
    assert canonical_json(_as_floats(value)) == canonical_json(value)


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_floats(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (20, 20.0, True),
        (-0.0, 0, True),
        (2**53 + 1, float(2**53 + 1), True),
        ([1, 2], (1, 2), True),
        (0.1, 0.2, False),
        (True, 1, False),
        (False, 0, False),
        (None, False, False),
        ("1", 1, False),
        ([1, 2], [2, 1], False),
        ({}, [], False),
        ("é", "e\u0301", False),
    ],
)
def test_the_canonical_form_distinguishes_values_as_json_does(first: Any, second: Any, same: bool) -> None:
    assert (canonical_json(first) == canonical_json(second)) is same


def test_a_default_of_true_differs_from_a_default_of_1() -> None:
    with_true = Registration.discovered(entry("a", step(controls=schema(loud={"default": True}))))
    with_1 = Registration.discovered(entry("a", step(controls=schema(loud={"default": 1}))))
    assert with_true != with_1


def test_a_registration_differs_from_other_objects() -> None:
    registration = Registration.discovered(entry("a"))
    assert registration != registration.properties()
    assert registration != "a"


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "another build"},
        {"payload": {"schema": EMPTY_SCHEMA, "unknownSchema": {"_def": "zod 4"}}},
        {"controls": {"schema": EMPTY_SCHEMA, "unknownSchema": {"_def": "zod 4"}}},
        {"controls": {"schema": {}}},
        {"steps": [step() | {"code": "another build"}]},
        {"steps": [step() | {"options": {"controlSchema": {"_def": "zod 4"}}}]},
        {"steps": [step() | {"outputs": {"schema": schema(more={})}}]},
        {"steps": [step() | {"results": {"schema": schema(more={})}}]},
        {"steps": [step() | {"providers": [{"type": "sendgrid", "code": "…"}]}]},
        {"a field of tomorrow": 1},
        {"name": ""},
        {"name": None},
        {"description": None},
        {"tags": None},
        {"severity": None},
        {"active": True},
    ],
)
def test_details_that_novu_does_not_store_make_no_difference(changes: Document) -> None:
    assert Registration.discovered(entry("a", **changes)) == Registration.discovered(entry("a"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": "A"}, "name"),
        ({"description": "It greets."}, "description"),
        ({"tags": ["x"]}, "tags"),
        ({"severity": "high"}, "severity"),
        ({"active": False}, "active"),
        ({"preferences": {"all": {"enabled": False}}}, "preferences"),
        ({"payload": {"schema": schema(who={"type": "string"})}}, "payloadSchema"),
        ({"controls": {"schema": schema(loud={"type": "boolean"})}}, "controlSchema"),
        ({"steps": [step("other")]}, "steps"),
        ({"steps": [step("send", "sms")]}, "steps"),
        ({"steps": [step(controls=schema(subject={"default": "Hi"}))]}, "steps"),
        ({"steps": []}, "steps"),
    ],
)
def test_a_change_is_named_by_its_pulumi_property(changes: Document, name: str) -> None:
    before, after = Registration.discovered(entry("a")), Registration.discovered(entry("a", **changes))
    assert after.differing_properties(before) == [name]
    assert before.differing_properties(after) == [name]


def test_the_order_of_steps_and_tags_makes_a_difference() -> None:
    steps = [step("one"), step("two")]
    assert Registration.discovered(entry("a", *steps)) != Registration.discovered(entry("a", *steps[::-1]))
    assert Registration.discovered(entry("a", tags=["x", "y"])) != Registration.discovered(entry("a", tags=["y", "x"]))


def test_the_output_schema_of_a_custom_step_makes_a_difference() -> None:
    custom = step("own", "custom")
    changed = custom | {"outputs": {"schema": schema(more={})}}
    assert Registration.discovered(entry("a", custom)) != Registration.discovered(entry("a", changed))


def test_the_names_of_the_properties() -> None:
    registration = Registration.discovered(entry("a", controls={"schema": schema(loud={"type": "boolean"})}))
    assert sorted(registration.properties()) == [
        "active", "controlSchema", "description", "name", "payloadSchema",
        "preferences", "severity", "steps", "tags", "workflowId",
    ]  # fmt: skip
    assert sorted(registration.properties()["steps"][0]) == ["controlSchema", "stepId", "type"]


def test_unknown_step_types_and_severities_are_accepted() -> None:
    registration = Registration.discovered(entry("a", step("s", "hologram"), severity="extreme"))
    assert (registration.steps[0].type, registration.severity) == ("hologram", "extreme")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"workflowId": None},
        {"workflowId": 7},
        {"workflowId": "a", "steps": [{}]},
        {"workflowId": "a", "steps": [{"stepId": "s"}]},
        {"workflowId": "a", "steps": [{"stepId": None, "type": "email"}]},
        {"workflowId": "a", "steps": 5},
        {"workflowId": "a", "preferences": [1]},
        {"workflowId": "a", "tags": [1]},
    ],
)
def test_an_invalid_entry_raises_a_key_type_or_value_error(document: Document) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Registration.discovered(document)


def test_a_change_in_novu_is_a_difference() -> None:
    document = entry("a", step(controls=schema(subject={"default": "Hi"})))
    declared = Registration.discovered(document)
    document_in_novu = stored(document, "id-1")
    assert stored_registration(document_in_novu | {"name": "B", "active": False}).differing_properties(declared) == [
        "active",
        "name",
    ]


def overwritten_document(document: Document, **raw: Any) -> Document:
    """Return the document that Novu stores after the dashboard wrote the workflow."""
    steps = [{"stepId": step["stepId"], "controlValues": {"subject": "Ho"}} for step in document["steps"]]
    body = {"workflowId": document["workflowId"], "steps": steps, "preferences": {"user": None, "workflow": {}}}
    return stored(document, "id-1") | {"rawData": body | raw}


def workflow_response(document: Document) -> Document:
    """Return Novu's response for the workflow: control schemas without empty objects, completed preferences."""
    return {
        "preferences": {"user": None, "default": full_preferences(document["preferences"])},
        "steps": [
            {
                "stepId": step["stepId"],
                "controls": {"dataSchema": drop_empty_objects(step["controls"]["schema"]), "values": {}},
            }
            for step in document["steps"]
        ],
    }


def saved_document(document: Document) -> Document:
    """Return the document that Novu stores after a save in the dashboard, which sends all it read (recording 608)."""
    response = workflow_response(document)
    steps = [{**step, "controlValues": {"subject": "Ho"}} for step in response["steps"]]
    body = {"workflowId": document["workflowId"], "payloadSchema": {}, **response, "steps": steps}
    return stored(document, "id-1") | {"rawData": body}


@pytest.mark.parametrize("steps", [[], [step(controls=schema(subject={"type": "string", "default": "Hi"}))]])
def test_a_save_in_the_dashboard_is_no_difference(steps: list[Document]) -> None:
    document = entry("a", steps=steps, payload={"schema": schema(total={})}, preferences={"all": {"enabled": True}})
    assert is_rewritten(saved_document(document))
    assert stored_registration(saved_document(document), workflow_response(document)) == Registration.discovered(
        document
    )


def test_a_put_with_the_declared_data_reads_like_a_sync() -> None:
    for document in (entry("a", steps=[]), entry("b", step(controls=schema(subject={"default": "Hi"})))):
        declared = Registration.discovered(document)
        read = {
            **workflow_response(document),
            "workflowId": "a",
            "name": declared.name,
            "payloadSchema": declared.payload_schema,
            "steps": [{**part, "_id": "1", "type": "email"} for part in workflow_response(document)["steps"]],
        }
        put = stored(document, "id-1") | {"rawData": build_update_body(read, override=None, carrying=declared)}
        assert not is_rewritten(put)
        assert stored_registration(put) == declared


def test_after_a_put_the_listing_does_not_contain_the_declared_data() -> None:
    document = entry("a", step(controls=schema(subject={"default": "Hi"})), preferences={"all": {"enabled": False}})
    assert is_rewritten(overwritten_document(document))
    assert not is_rewritten(stored(document, "id-1"))
    registration = stored_registration(overwritten_document(document))
    assert set(registration.differing_properties(Registration.discovered(document))) == {"preferences", "steps"}


@pytest.mark.parametrize(
    "controls",
    [
        EMPTY_SCHEMA,
        schema(subject={"type": "string", "default": "Hi"}),
        schema(anything={}),
        schema(style={"type": "object", "properties": {}, "default": {}}),
    ],
)
@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"all": {"enabled": False, "readOnly": True}, "channels": {"in_app": {"enabled": True}}},
        {"channels": {"sms": {"enabled": False}, "email": {"enabled": True}}},
    ],
)
def test_after_a_put_the_workflow_response_has_the_declared_data(controls: Document, declared: Document) -> None:
    document = entry("a", step("mail", controls=controls), step("text", "sms"), preferences=declared)
    registration = stored_registration(overwritten_document(document), workflow_response(document))
    assert registration == Registration.discovered(document)
    assert registration.differing_properties(Registration.discovered(document)) == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {"all": {"enabled": True}}, True),
        ({}, {"all": {"readOnly": True}}, False),
        ({"channels": {"inApp": {"enabled": False}}}, {"channels": {"in_app": {"enabled": False}}}, True),
        ({"channels": {"sms": {"enabled": False}}}, {}, False),
        ({"all": {"enabled": False}}, {"all": {"enabled": False}, "channels": {"sms": {"enabled": False}}}, True),
        ({"all": "x"}, {}, False),
        ({"channels": {"sms": None}}, {}, False),
        ({"more": 1}, {}, False),
    ],
)
def test_preferences_are_equal_if_novu_completes_them_equally(first: Document, second: Document, same: bool) -> None:
    registrations = [Registration(workflow_id="a", name="A", preferences=value) for value in (first, second)]
    assert (registrations[0] == registrations[1]) is same


def test_the_id_of_a_stored_document_is_the_identifier_of_its_trigger() -> None:
    assert stored_id(stored(entry("Order Shipped"), "id-1")) == "Order Shipped"


@pytest.mark.parametrize("triggers", [[], [{}], [{"identifier": None}], None])
def test_a_stored_document_without_a_trigger_has_no_id(triggers: Any) -> None:
    with pytest.raises((IndexError, KeyError, TypeError)):
        stored_id({"triggers": triggers})


@pytest.mark.parametrize("number", ["016", "023", "025", "028", "029", "035", "101"])
def test_recorded_stored_workflows_equal_the_declared_ones(number: str) -> None:
    (path,) = RECORDINGS.glob(f"{number}-*.json")
    documents = json.loads(path.read_text(encoding="utf-8"))["body"]["data"]
    assert documents
    for document in documents:
        assert stored_registration(document) == Registration.discovered(document["rawData"])
