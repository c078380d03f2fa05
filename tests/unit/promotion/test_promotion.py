"""What is promoted from one environment to another, and what is not."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider import schemas
from novu_provider.model import control_values, workflow_args
from novu_provider.model.canonical_json import canonical_json
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.pulumi_json import ENCRYPTED
from novu_provider.model.registration import Registration, Step
from novu_provider.promotion.comparison import compare, differing
from novu_provider.promotion.model import KeptValue, Place, PromotedWorkflow, Promotion, Value
from novu_provider.promotion.side import Side
from novu_provider.promotion.terminal import render
from novu_provider.sync.rename_carryover import DashboardSettings
from tests.unit import strategies
from tests.unit.documents import schema

_SCHEMA = schema(
    subject={"type": "string", "default": "Hello"},
    sender={"type": "string"},
    retries={"type": "integer", "default": 3},
    layout={"type": "object", "properties": {"colour": {"type": "string", "default": "red"}}, "default": {}},
)
_CODE = {"all": {"enabled": True, "readOnly": False}, "channels": {"sms": {"enabled": False}}}


def _side(
    name: str = "Development",
    *,
    values: Any = None,
    configured: Any = None,
    code: Any = _SCHEMA,
    steps: Any = None,
    left: Any = (),
    secret: bool = False,
    **carried: Any,
) -> Side:
    """An environment with one workflow of one step."""
    registration = Registration(
        workflow_id="welcome",
        name="Welcome",
        preferences=_CODE,
        steps=() if code is None else (Step(step_id="mail", type="email", control_schema=code),),
    )
    return Side(
        name=name,
        stored={"welcome": StoredWorkflow("1", registration)},
        dashboard={"welcome": DashboardSettings(controls={"mail": values} if values else {}, **carried)},
        configured=workflow_args.read_workflow_args(
            {"welcome": configured} if configured is not None else {}, "a test"
        ),
        steps={("welcome", "mail"): steps} if steps is not None else {},
        dashboard_edited=left,
        has_secrets=secret,
    )


def _prod(**options: Any) -> Side:
    return _side("Production", **options)


def _compared(source: Side, target: Side, **options: Any) -> PromotedWorkflow:
    found = compare(source, target, lambda _path, _value: None, **options)
    return found[0] if found else PromotedWorkflow(workflow_id="welcome", name="Welcome")


def _values(source: Side, target: Side, **options: Any) -> dict[str, Any]:
    """What is promoted, by its path."""
    return {".".join(one.path): one.after for one in _compared(source, target, **options).values}


def _left(source: Side, target: Side) -> dict[str, str]:
    return {".".join(one.path): one.reason for one in _compared(source, target).not_promoted}


def test_what_nobody_set_is_not_promoted() -> None:
    assert _compared(_side(), _prod()) == PromotedWorkflow(workflow_id="welcome", name="Welcome")


def test_a_value_is_shown_beside_what_the_target_has_instead() -> None:
    source = _side(values={"subject": "New", "sender": "Shop"})
    for target, subject, sender in (
        (_prod(), ("Hello", "code"), (None, None)),
        (_prod(values={"subject": "Old"}), ("Old", "environment"), (None, None)),
        (
            _prod(values={"subject": "Old"}, configured={"controls": {"mail": {"subject": "Said"}}}),
            ("Said", "configuration"),
            (None, None),
        ),
    ):
        found = {one.path[-1]: (one.before, one.before_from) for one in _compared(source, target).values}
        assert found == {"subject": subject, "sender": sender}


@pytest.mark.parametrize(
    "target",
    [
        _prod(values={"subject": "New"}),
        _prod(configured={"controls": {"mail": {"subject": "New"}}}),
        _prod(code=schema(subject={"type": "string", "default": "New"})),
        _prod(configured={"controls": {"mail": {"subject": "New"}}}, values={"subject": "Old"}),
    ],
)
def test_what_the_target_has_already_is_not_promoted(target: Side) -> None:
    assert _values(_side(values={"subject": "New"}), target) == {}


def test_what_the_source_holds_as_its_default_is_not_promoted() -> None:
    defaults = {"subject": "Hello", "retries": 3.0, "layout": {"colour": "red"}}
    assert _values(_side(values=defaults), _prod()) == {}
    source, target = _side(values=defaults), _prod(configured={"controls": {"mail": {"subject": "Said"}}})
    assert _values(source, target) == {}
    assert _left(source, target) == {"controls.mail.subject": "Development has the code's default"}


def test_what_the_sources_own_configuration_declares_is_of_that_environment_alone() -> None:
    declared = {"controls": {"mail": {"subject": "[dev] Hello"}}, "active": False, "preferences": {"all": False}}
    override = {"all": {"enabled": False, "readOnly": False}, "channels": {}}
    source = _side(values={"subject": "[dev] Hello"}, configured=declared, active=False, preferences=override)
    assert _values(source, _prod()) == {}
    edited = _side(values={"subject": "Edited"}, configured=declared, active=False, preferences=override)
    assert _values(edited, _prod()) == {"controls.mail.subject": "Edited"}


def test_values_of_a_step_that_the_target_did_not_declare_yet_are_written_along() -> None:
    source = _side(values={"subject": "New"})
    held = {"sender": "Prod", "layout": {"colour": "blue"}}
    found = _compared(source, _prod(values=held))
    assert [(one.path[-1], one.kept) for one in found.values] == [
        ("subject", False),
        ("layout", True),
        ("sender", True),
    ]
    # Of what the stack declares, the rest comes from there.
    assert set(_values(source, _prod(values=held, configured={"controls": {"mail": {}}}))) == {"controls.mail.subject"}
    assert set(_values(source, _prod(values=held, steps={"sender": "Prod"}))) == {"controls.mail.subject"}


def test_a_value_that_the_target_loses_is_named() -> None:
    found = _compared(_side(values={"subject": "New"}), _prod(values={"of an older release": 1}))
    assert [one.path[-1] for one in found.values] == ["subject"]
    assert "loses it" in found.not_promoted[0].reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"retries": "many"}, "retries: must be integer, not string"),
        ({"colour": "red"}, "colour: the schema has no such key; it has layout, retries, sender, subject"),
        ({"layout": {"colour": 5}}, "layout.colour: must be string, not number"),
    ],
)
def test_what_does_not_fit_the_targets_schema_is_named_and_the_rest_promoted(values: Any, reason: str) -> None:
    source = _side(values={"subject": "New", **values}, code=schema(**{key: {} for key in (*values, "subject")}))
    (key,) = values
    assert _left(source, _prod()) == {f"controls.mail.{key}": reason}
    assert _values(source, _prod()) == {"controls.mail.subject": "New"}


def test_values_that_do_not_fit_together_are_all_left() -> None:
    strict = {**_SCHEMA, "required": ["sender"]}
    source = _side(values={"subject": "New"})
    assert _left(source, _prod(code=strict)) == {"controls.mail.subject": "sender: is required and has no default"}
    assert _values(_side(values={"subject": "New", "sender": "Shop"}), _prod(code=strict)) == {
        "controls.mail.subject": "New",
        "controls.mail.sender": "Shop",
    }


def test_a_schema_that_novu_lost_is_taken_from_the_source() -> None:
    assert _values(_side(values={"subject": "New"}), _prod(code={})) == {"controls.mail.subject": "New"}
    assert _left(_side(values={"subject": 5}), _prod(code={}))
    assert _values(_side(values={"subject": "New"}, code={}), _prod(code={})) == {"controls.mail.subject": "New"}


def test_a_step_that_the_target_lacks_is_named() -> None:
    assert _left(_side(values={"subject": "New"}), _prod(code=None)) == {
        "controls.mail.subject": "Production has no such step"
    }


def test_what_the_target_leaves_to_the_dashboard_is_left() -> None:
    override = {"all": {"enabled": False, "readOnly": False}, "channels": {}}
    source = _side(values={"subject": "New"}, preferences=override)
    left = {("welcome", "mail"), ("welcome",)}
    for target in (_prod(configured={"ignoreChanges": ["controls", "preferences"]}), _prod(left=left)):
        assert _values(source, target) == {}
        assert set(_left(source, target)) == {"controls.mail.subject", "preferences"}
    # What the configuration says goes before the program.
    overruled = _prod(left=left, configured={"ignoreChanges": ["preferences"]})
    assert set(_values(source, overruled)) == {"controls.mail.subject"}


@pytest.mark.parametrize("steps", [ENCRYPTED, {"sender": ENCRYPTED}, {"sender": {"of": [ENCRYPTED]}}])
def test_secrets_of_either_stack_stay_where_they_are(steps: Any) -> None:
    secret = {"sender": "of one environment"}
    for source, target in (
        (_side(values=secret, steps=steps), _prod()),
        (_side(values=secret), _prod(steps=steps)),
        (_side(values=secret), _prod(configured={"controls": {"mail": {"sender": "x"}}}, secret=True)),
    ):
        assert _values(source, target) == {}
        assert set(_left(source, target)) == {"controls.mail.sender"}


def test_what_cannot_be_written_is_named() -> None:
    found = compare(_side(values={"subject": "New", "sender": "Shop"}), _prod(), _no_senders)
    assert [one.path[-1] for one in found[0].values] == ["subject"]
    assert found[0].not_promoted == (KeptValue(path=("controls", "mail", "sender"), reason="no senders"),)


def test_a_step_is_left_where_what_it_must_keep_cannot_be_written() -> None:
    (found,) = compare(_side(values={"subject": "New"}), _prod(values={"sender": "Shop"}), _no_senders)
    assert found.values == ()
    assert found.not_promoted == (KeptValue(path=("controls", "mail", "subject"), reason="no senders"),)


def _no_senders(path: tuple[str, ...], _value: Any) -> str | None:
    assert path[0] == "welcome"
    return "no senders" if path[-1] == "sender" else None


def test_switches_that_people_turned_are_promoted_and_what_is_usual_is_not() -> None:
    turned = _side(active=False, validate_payload=True, translations=True)
    assert _values(turned, _prod()) == {"active": False, "validatePayload": True, "translations": True}
    assert _values(turned, _prod(active=False, validate_payload=True, translations=True)) == {}
    configured = {"active": False, "validatePayload": True, "translations": True}
    assert _values(turned, _prod(configured=configured)) == {}
    assert _values(_side(), _prod(configured=configured)) == {}
    (said,) = _compared(turned, _prod(configured={**configured, "active": True})).values
    assert (said.before, said.before_from) == (True, "configuration")


def _override(overall: bool = True, read_only: bool = False, **channels: bool) -> Any:
    named = {key: {"enabled": value} for key, value in channels.items()}
    return {"all": {"enabled": overall, "readOnly": read_only}, "channels": named}


def test_an_override_is_promoted_as_a_whole() -> None:
    source = _side(preferences=_override(email=False, sms=True, push=True))
    assert _values(source, _prod()) == {"preferences": _override(email=False)}
    (found,) = _compared(source, _prod(preferences=_override(False, email=True))).values
    assert (found.before, found.before_from) == (_override(False, email=True), "environment")
    assert found.after == _override(email=False)
    (found,) = _compared(source, _prod(configured={"preferences": {"channels": {"sms": False}}})).values
    assert found.before_from == "configuration"
    assert (found.before, found.after) == (_override(email=True, sms=False), _override(email=False, sms=True))


def test_an_override_that_says_what_the_code_says_is_a_default() -> None:
    source = _side(preferences=_override(sms=False, email=True))
    assert _compared(source, _prod()).not_promoted == ()
    assert _values(source, _prod()) == {}
    assert _left(source, _prod(preferences=_override(False))) == {
        "preferences": "Development has the same preferences as its code"
    }


def test_an_override_of_what_this_version_does_not_know_is_named() -> None:
    source = _side(preferences=_override(telepathy=False))
    assert _values(source, _prod()) == {}
    assert "does not know" in _left(source, _prod())["preferences"]


def test_one_kind_can_be_asked_for() -> None:
    source = _side(values={"subject": "New"}, active=False, preferences=_override(False))
    assert set(_values(source, _prod(), kinds=["controls"])) == {"controls.mail.subject"}
    assert set(_values(source, _prod(), kinds=["settings"])) == {"active"}
    assert set(_values(source, _prod(), kinds=["preferences"])) == {"preferences"}


def test_what_is_said_of_a_former_id_counts() -> None:
    said = {"welcome": {"renamedFrom": "hello"}, "hello": {"controls": {"mail": {"subject": "Said"}}}}
    target = Side(**{**_prod().__dict__, "configured": workflow_args.read_workflow_args(said, "a test")})
    assert _values(_side(values={"subject": "Said"}), target) == {}


def test_registrations_that_differ_are_named_by_their_properties() -> None:
    other = _prod(code=schema(), active=False)
    assert [(one.workflow_id, one.properties) for one in differing(_side(), other)] == [("welcome", ("steps",))]
    assert differing(_side(), _prod()) == ()


_keys = st.sampled_from(["subject", "sender", "retries", "layout", "another"])
_some = st.dictionaries(_keys, strategies.json, max_size=4)


@given(_some, _some, _some, st.booleans())
def test_once_written_nothing_is_left_to_promote_and_nothing_is_lost(
    people: Any, held: Any, said: Any, declared: bool
) -> None:
    said = control_values.keep_valid(_SCHEMA, said)
    configured = {"controls": {"mail": said}} if declared else {}
    source, target = _side(values=people), _prod(values=held, configured=configured)
    promoted = _compared(source, target).values
    written = {**(said if declared else {}), **{one.path[-1]: one.after for one in promoted}}
    assert control_values.find_violations(_SCHEMA, written) == []
    after = _prod(values=held, configured={"controls": {"mail": written}} if declared or written else {})
    assert _values(source, after) == {}
    assert all(canonical_json(people[one.path[-1]]) == canonical_json(one.after) for one in promoted if not one.kept)
    if promoted and not declared:
        kept = control_values.keep_valid(_SCHEMA, held)
        assert kept.keys() <= written.keys()
        assert all(canonical_json(held[one.path[-1]]) == canonical_json(one.after) for one in promoted if one.kept)


@given(st.text(), strategies.json, strategies.json, st.text())
def test_whatever_is_in_it_is_shown_in_lines_to_be_seen_and_keeps_to_the_schema(
    name: str, before: Any, after: Any, reason: str
) -> None:
    value = Value(path=("controls", name, name), before=before, before_from="environment", after=after)
    promoted = PromotedWorkflow(
        workflow_id=name or "a", name=name, values=(value,), not_promoted=(KeptValue(path=(name,), reason=reason),)
    )
    place = Place(stack=name, environment_id="1", environment=name)
    found = Promotion(source=place, target=place, workflows=(promoted,), only_in_source=(name,), pending=1)
    assert all(one.isprintable() or one == "\n" for one in render(found).plain)
    document = json.loads(found.model_dump_json(by_alias=True))
    jsonschema.validate(document, json.loads(schemas.shipped("promotion")))
    assert document["count"] == 1
