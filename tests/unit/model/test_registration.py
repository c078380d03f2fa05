"""A registration is the same fact wherever it is read: from the bridge, from Novu, from Pulumi's properties."""

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
    """Give properties as they come back from Pulumi: each number a float, and no member of an object null."""
    return _returned(json.loads(json.dumps(value)))


def _returned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _returned(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_returned(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@given(strategies.registrations)
def test_properties_read_back_are_the_same_registration(registration: Registration) -> None:
    again = Registration.declared(registration.properties())
    assert again == registration
    assert again.digest == registration.digest
    assert again.properties() == registration.properties()
    assert hash(again) == hash(registration)


@given(strategies.registrations)
def test_properties_that_went_through_pulumi_are_the_same_registration(registration: Registration) -> None:
    again = Registration.declared(pulumi_json.decode(as_pulumi(pulumi_json.encode(registration.properties()))))
    assert again == registration
    assert again.digest == registration.digest
    assert again.differing_properties(registration) == []


def test_properties_survive_pulumi_s_own_serialisation() -> None:
    from pulumi.runtime import rpc

    nullable = {"type": ["string", "null"], "default": None, "enum": ["a", None, "(null)", "((null))", "(null))"]}
    awkward = schema(nickname=nullable, limit={"default": 20}, __typename={"const": None}, big={"maximum": 2**60})
    controls = {"schema": schema(empty={}, none=[])}
    registration = Registration.discovered(
        entry("a", step(controls=awkward), step("own", "custom"), payload={"schema": awkward}, controls=controls)
    )
    sent = asyncio.run(rpc.serialize_properties(pulumi_json.encode(registration.properties()), {}))
    again = Registration.declared(pulumi_json.decode(rpc.deserialize_properties(sent)))
    assert again.differing_properties(registration) == []
    assert again == registration
    assert again.steps[0].control_schema["properties"]["nickname"] == nullable


@given(strategies.entries())
@example(entry("a", step("mail", "email", schema(limit={"type": "integer", "default": 20}))))
@example(entry("a", step("own", "custom")))
def test_what_novu_stores_of_an_entry_is_the_entry_s_registration(document: Document) -> None:
    discovered = Registration.discovered(document)
    assert stored_registration(stored(document, "id-1")) == discovered


@given(strategies.registrations, strategies.registrations)
def test_digests_are_equal_exactly_when_every_property_is(one: Registration, other: Registration) -> None:
    assert (one.digest == other.digest) is (canonical_json(one.properties()) == canonical_json(other.properties()))
    assert (one.differing_properties(other) == []) is (one == other)


@given(strategies.registrations, strategies.registrations, st.data())
def test_a_change_of_any_one_property_changes_the_digest_and_is_named(
    one: Registration, other: Registration, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(one.name for one in dataclasses.fields(Registration))))
    changed = dataclasses.replace(one, **{name: getattr(other, name)})
    mine, theirs = one.properties(), changed.properties()
    assume(canonical_json(mine) != canonical_json(theirs))
    assert changed.digest != one.digest
    assert changed != one
    assert len(changed.differing_properties(one)) == 1


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
def test_the_canonical_form_is_json_and_stays_when_it_is_read(value: Any) -> None:
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)
    assert canonical_json(_as_floats(value)) == canonical_json(value)


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_floats(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("one", "other", "same"),
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
def test_the_canonical_form_tells_apart_what_json_tells_apart(one: Any, other: Any, same: bool) -> None:
    assert (canonical_json(one) == canonical_json(other)) is same


def test_a_default_of_true_is_another_registration_than_a_default_of_1() -> None:
    one = Registration.discovered(entry("a", step(controls=schema(loud={"default": True}))))
    other = Registration.discovered(entry("a", step(controls=schema(loud={"default": 1}))))
    assert one != other


def test_a_registration_is_equal_to_nothing_else() -> None:
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
def test_what_changes_without_the_workflow_changing_is_no_part_of_it(changes: Document) -> None:
    assert Registration.discovered(entry("a", **changes)) == Registration.discovered(entry("a"))


@pytest.mark.parametrize(
    ("changes", "named"),
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
def test_a_change_is_named_by_the_property_that_pulumi_shows(changes: Document, named: str) -> None:
    before, after = Registration.discovered(entry("a")), Registration.discovered(entry("a", **changes))
    assert after.differing_properties(before) == [named]
    assert before.differing_properties(after) == [named]


def test_the_order_of_steps_and_of_tags_is_part_of_it() -> None:
    steps = [step("one"), step("two")]
    assert Registration.discovered(entry("a", *steps)) != Registration.discovered(entry("a", *steps[::-1]))
    assert Registration.discovered(entry("a", tags=["x", "y"])) != Registration.discovered(entry("a", tags=["y", "x"]))


def test_the_output_schema_of_a_custom_step_is_part_of_it() -> None:
    own = step("own", "custom")
    changed = own | {"outputs": {"schema": schema(more={})}}
    assert Registration.discovered(entry("a", own)) != Registration.discovered(entry("a", changed))


def test_properties_have_one_name_for_each_fact() -> None:
    whole = Registration.discovered(entry("a", controls={"schema": schema(loud={"type": "boolean"})}))
    assert sorted(whole.properties()) == [
        "active", "controlSchema", "description", "name", "payloadSchema",
        "preferences", "severity", "steps", "tags", "workflowId",
    ]  # fmt: skip
    assert sorted(whole.properties()["steps"][0]) == ["controlSchema", "stepId", "type"]


def test_an_unknown_step_type_and_an_unknown_severity_are_taken_as_they_are() -> None:
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
def test_an_entry_that_is_no_workflow_is_a_value_key_or_type_error(document: Document) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Registration.discovered(document)


def test_what_was_changed_in_novu_shows_as_a_difference() -> None:
    document = entry("a", step(controls=schema(subject={"default": "Hi"})))
    declared = Registration.discovered(document)
    held = stored(document, "id-1")
    assert stored_registration(held | {"name": "B", "active": False}).differing_properties(declared) == [
        "active",
        "name",
    ]


def rewritten(document: Document, **raw: Any) -> Document:
    """What Novu stores after the dashboard has written the workflow."""
    steps = [{"stepId": one["stepId"], "controlValues": {"subject": "Ho"}} for one in document["steps"]]
    body = {"workflowId": document["workflowId"], "steps": steps, "preferences": {"user": None, "workflow": {}}}
    return stored(document, "id-1") | {"rawData": body | raw}


def whole(document: Document) -> Document:
    """What Novu answers for the workflow: control schemas without empty objects, preferences completed."""
    return {
        "preferences": {"user": None, "default": full_preferences(document["preferences"])},
        "steps": [
            {
                "stepId": one["stepId"],
                "controls": {"dataSchema": drop_empty_objects(one["controls"]["schema"]), "values": {}},
            }
            for one in document["steps"]
        ],
    }


def saved(document: Document) -> Document:
    """What Novu stores after a save in its dashboard, which sends the workflow as it read it (recording 608)."""
    held = whole(document)
    steps = [{**one, "controlValues": {"subject": "Ho"}} for one in held["steps"]]
    body = {"workflowId": document["workflowId"], "payloadSchema": {}, **held, "steps": steps}
    return stored(document, "id-1") | {"rawData": body}


@pytest.mark.parametrize("steps", [[], [step(controls=schema(subject={"type": "string", "default": "Hi"}))]])
def test_a_save_in_the_dashboard_is_no_difference(steps: list[Document]) -> None:
    document = entry("a", steps=steps, payload={"schema": schema(total={})}, preferences={"all": {"enabled": True}})
    assert is_rewritten(saved(document))
    assert stored_registration(saved(document), whole(document)) == Registration.discovered(document)


def test_a_put_that_carries_what_the_code_says_is_read_as_a_sync_s() -> None:
    for document in (entry("a", steps=[]), entry("b", step(controls=schema(subject={"default": "Hi"})))):
        declared = Registration.discovered(document)
        read = {
            **whole(document),
            "workflowId": "a",
            "name": declared.name,
            "payloadSchema": declared.payload_schema,
            "steps": [{**one, "_id": "1", "type": "email"} for one in whole(document)["steps"]],
        }
        put = stored(document, "id-1") | {"rawData": build_update_body(read, override=None, carrying=declared)}
        assert not is_rewritten(put)
        assert stored_registration(put) == declared


def test_after_a_put_the_listing_alone_lacks_what_the_code_says() -> None:
    document = entry("a", step(controls=schema(subject={"default": "Hi"})), preferences={"all": {"enabled": False}})
    assert is_rewritten(rewritten(document))
    assert not is_rewritten(stored(document, "id-1"))
    found = stored_registration(rewritten(document))
    assert set(found.differing_properties(Registration.discovered(document))) == {"preferences", "steps"}


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
    "said",
    [
        {},
        {"all": {"enabled": False, "readOnly": True}, "channels": {"in_app": {"enabled": True}}},
        {"channels": {"sms": {"enabled": False}, "email": {"enabled": True}}},
    ],
)
def test_after_a_put_the_whole_workflow_says_what_the_code_says(controls: Document, said: Document) -> None:
    document = entry("a", step("mail", controls=controls), step("text", "sms"), preferences=said)
    found = stored_registration(rewritten(document), whole(document))
    assert found == Registration.discovered(document)
    assert found.differing_properties(Registration.discovered(document)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
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
def test_preferences_that_novu_completes_alike_are_the_same(one: Document, other: Document, same: bool) -> None:
    pair = [Registration(workflow_id="a", name="A", preferences=value) for value in (one, other)]
    assert (pair[0] == pair[1]) is same


def test_the_id_of_a_stored_document_is_its_trigger_s_identifier() -> None:
    assert stored_id(stored(entry("Order Shipped"), "id-1")) == "Order Shipped"


@pytest.mark.parametrize("triggers", [[], [{}], [{"identifier": None}], None])
def test_a_stored_document_without_a_trigger_has_no_id(triggers: Any) -> None:
    with pytest.raises((IndexError, KeyError, TypeError)):
        stored_id({"triggers": triggers})


@pytest.mark.parametrize("number", ["016", "023", "025", "028", "029", "035", "101"])
def test_what_a_running_novu_stored_reads_as_what_the_bridge_declared(number: str) -> None:
    (path,) = RECORDINGS.glob(f"{number}-*.json")
    documents = json.loads(path.read_text(encoding="utf-8"))["body"]["data"]
    assert documents
    for document in documents:
        assert stored_registration(document) == Registration.discovered(document["rawData"])
