"""The overrides that a promotion copies from one environment to another, and the reasons for the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.model import control_values, workflow_args
from novu_provider.model.canonical_json import canonical_json
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.pulumi_json import ENCRYPTED
from novu_provider.model.registration import Registration, Step
from novu_provider.promotion.comparison import compare, differing
from novu_provider.promotion.model import Place, PromotedWorkflow, Promotion, UnpromotedValue, Value
from novu_provider.promotion.side import Side
from novu_provider.promotion.terminal import render
from novu_provider.sync.rename_carryover import DashboardSettings
from tests.shipped_schemas import expect_valid
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
    dashboard_edited: Any = (),
    secret: bool = False,
    **settings: Any,
) -> Side:
    """Return an environment that has one workflow with one step."""
    registration = Registration(
        workflow_id="welcome",
        name="Welcome",
        preferences=_CODE,
        steps=() if code is None else (Step(step_id="mail", type="email", control_schema=code),),
    )
    return Side(
        name=name,
        stored={"welcome": StoredWorkflow("1", registration)},
        dashboard={"welcome": DashboardSettings(controls={"mail": values} if values else {}, **settings)},
        configured=workflow_args.read_workflow_args(
            {"welcome": configured} if configured is not None else {}, "a test"
        ),
        steps={("welcome", "mail"): steps} if steps is not None else {},
        dashboard_edited=dashboard_edited,
        has_secrets=secret,
    )


def _production(**options: Any) -> Side:
    return _side("Production", **options)


def _promoted_workflow(source: Side, target: Side, **options: Any) -> PromotedWorkflow:
    promoted = compare(source, target, lambda _path, _value: None, **options)
    return promoted[0] if promoted else PromotedWorkflow(workflow_id="welcome", name="Welcome")


def _promoted_values(source: Side, target: Side, **options: Any) -> dict[str, Any]:
    """Return the promoted values by their path."""
    return {".".join(value.path): value.after for value in _promoted_workflow(source, target, **options).values}


def _reasons(source: Side, target: Side) -> dict[str, str]:
    """Return the reasons for the values that are not promoted, by their path."""
    return {".".join(value.path): value.reason for value in _promoted_workflow(source, target).not_promoted}


def test_defaults_are_not_promoted() -> None:
    assert _promoted_workflow(_side(), _production()) == PromotedWorkflow(workflow_id="welcome", name="Welcome")


def test_a_promoted_value_has_the_present_value_of_the_target_and_its_source() -> None:
    source = _side(values={"subject": "New", "sender": "Shop"})
    for target, subject, sender in (
        (_production(), ("Hello", "code"), (None, None)),
        (_production(values={"subject": "Old"}), ("Old", "environment"), (None, None)),
        (
            _production(values={"subject": "Old"}, configured={"controls": {"mail": {"subject": "Configured"}}}),
            ("Configured", "configuration"),
            (None, None),
        ),
    ):
        before = {
            value.path[-1]: (value.before, value.before_from) for value in _promoted_workflow(source, target).values
        }
        assert before == {"subject": subject, "sender": sender}


@pytest.mark.parametrize(
    "target",
    [
        _production(values={"subject": "New"}),
        _production(configured={"controls": {"mail": {"subject": "New"}}}),
        _production(code=schema(subject={"type": "string", "default": "New"})),
        _production(configured={"controls": {"mail": {"subject": "New"}}}, values={"subject": "Old"}),
    ],
)
def test_a_value_that_the_target_has_already_is_not_promoted(target: Side) -> None:
    assert _promoted_values(_side(values={"subject": "New"}), target) == {}


def test_a_value_equal_to_the_default_of_the_code_is_not_promoted() -> None:
    defaults = {"subject": "Hello", "retries": 3.0, "layout": {"colour": "red"}}
    assert _promoted_values(_side(values=defaults), _production()) == {}
    source, target = _side(values=defaults), _production(configured={"controls": {"mail": {"subject": "Configured"}}})
    assert _promoted_values(source, target) == {}
    assert _reasons(source, target) == {"controls.mail.subject": "Development has the code's default"}


def test_values_of_the_sources_own_configuration_are_not_promoted() -> None:
    declared = {"controls": {"mail": {"subject": "[dev] Hello"}}, "active": False, "preferences": {"all": False}}
    override = {"all": {"enabled": False, "readOnly": False}, "channels": {}}
    source = _side(values={"subject": "[dev] Hello"}, configured=declared, active=False, preferences=override)
    assert _promoted_values(source, _production()) == {}
    edited = _side(values={"subject": "Edited"}, configured=declared, active=False, preferences=override)
    assert _promoted_values(edited, _production()) == {"controls.mail.subject": "Edited"}


def test_the_first_promotion_of_a_step_keeps_the_other_values_of_the_target() -> None:
    source = _side(values={"subject": "New"})
    stored = {"sender": "Prod", "layout": {"colour": "blue"}}
    promoted = _promoted_workflow(source, _production(values=stored))
    assert [(value.path[-1], value.kept) for value in promoted.values] == [
        ("subject", False),
        ("layout", True),
        ("sender", True),
    ]
    # If the stack declares the step already, its declaration contains the other values.
    assert set(_promoted_values(source, _production(values=stored, configured={"controls": {"mail": {}}}))) == {
        "controls.mail.subject"
    }
    assert set(_promoted_values(source, _production(values=stored, steps={"sender": "Prod"}))) == {
        "controls.mail.subject"
    }


def test_a_value_that_the_target_loses_is_listed() -> None:
    promoted = _promoted_workflow(_side(values={"subject": "New"}), _production(values={"of an older release": 1}))
    assert [value.path[-1] for value in promoted.values] == ["subject"]
    assert "loses it" in promoted.not_promoted[0].reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"retries": "many"}, "retries: must be integer, not string"),
        ({"colour": "red"}, "colour: the schema has no such key; it has layout, retries, sender, subject"),
        ({"layout": {"colour": 5}}, "layout.colour: must be string, not number"),
    ],
)
def test_a_value_that_does_not_match_the_targets_schema_is_listed_and_the_others_are_promoted(
    values: Any, reason: str
) -> None:
    source = _side(values={"subject": "New", **values}, code=schema(**{key: {} for key in (*values, "subject")}))
    (key,) = values
    assert _reasons(source, _production()) == {f"controls.mail.{key}": reason}
    assert _promoted_values(source, _production()) == {"controls.mail.subject": "New"}


def test_values_that_are_invalid_together_are_not_promoted() -> None:
    strict = {**_SCHEMA, "required": ["sender"]}
    source = _side(values={"subject": "New"})
    assert _reasons(source, _production(code=strict)) == {
        "controls.mail.subject": "sender: is required and has no default"
    }
    assert _promoted_values(_side(values={"subject": "New", "sender": "Shop"}), _production(code=strict)) == {
        "controls.mail.subject": "New",
        "controls.mail.sender": "Shop",
    }


def test_a_schema_that_novu_lost_is_replaced_by_that_of_the_source() -> None:
    assert _promoted_values(_side(values={"subject": "New"}), _production(code={})) == {"controls.mail.subject": "New"}
    assert _reasons(_side(values={"subject": 5}), _production(code={}))
    assert _promoted_values(_side(values={"subject": "New"}, code={}), _production(code={})) == {
        "controls.mail.subject": "New"
    }


def test_a_step_that_the_target_does_not_have_is_listed() -> None:
    assert _reasons(_side(values={"subject": "New"}), _production(code=None)) == {
        "controls.mail.subject": "Production has no such step"
    }


def test_values_that_the_target_leaves_to_the_dashboard_are_not_promoted() -> None:
    override = {"all": {"enabled": False, "readOnly": False}, "channels": {}}
    source = _side(values={"subject": "New"}, preferences=override)
    dashboard_edited = {("welcome", "mail"), ("welcome",)}
    for target in (
        _production(configured={"ignoreChanges": ["controls", "preferences"]}),
        _production(dashboard_edited=dashboard_edited),
    ):
        assert _promoted_values(source, target) == {}
        assert set(_reasons(source, target)) == {"controls.mail.subject", "preferences"}
    # The configuration overrides the program.
    partly_edited = _production(dashboard_edited=dashboard_edited, configured={"ignoreChanges": ["preferences"]})
    assert set(_promoted_values(source, partly_edited)) == {"controls.mail.subject"}


@pytest.mark.parametrize("steps", [ENCRYPTED, {"sender": ENCRYPTED}, {"sender": {"of": [ENCRYPTED]}}])
def test_secrets_of_either_stack_are_not_promoted(steps: Any) -> None:
    secret = {"sender": "of one environment"}
    for source, target in (
        (_side(values=secret, steps=steps), _production()),
        (_side(values=secret), _production(steps=steps)),
        (_side(values=secret), _production(configured={"controls": {"mail": {"sender": "x"}}}, secret=True)),
    ):
        assert _promoted_values(source, target) == {}
        assert set(_reasons(source, target)) == {"controls.mail.sender"}


def test_a_value_that_cannot_be_written_is_listed() -> None:
    (promoted,) = compare(_side(values={"subject": "New", "sender": "Shop"}), _production(), _no_senders)
    assert [value.path[-1] for value in promoted.values] == ["subject"]
    assert promoted.not_promoted == (UnpromotedValue(path=("controls", "mail", "sender"), reason="no senders"),)


def test_a_step_is_not_promoted_if_a_value_to_keep_cannot_be_written() -> None:
    (promoted,) = compare(_side(values={"subject": "New"}), _production(values={"sender": "Shop"}), _no_senders)
    assert promoted.values == ()
    assert promoted.not_promoted == (UnpromotedValue(path=("controls", "mail", "subject"), reason="no senders"),)


def _no_senders(path: tuple[str, ...], _value: Any) -> str | None:
    assert path[0] == "welcome"
    return "no senders" if path[-1] == "sender" else None


def test_changed_flags_are_promoted_and_default_flags_are_not() -> None:
    changed = _side(active=False, validate_payload=True, translations=True)
    assert _promoted_values(changed, _production()) == {"active": False, "validatePayload": True, "translations": True}
    assert _promoted_values(changed, _production(active=False, validate_payload=True, translations=True)) == {}
    configured = {"active": False, "validatePayload": True, "translations": True}
    assert _promoted_values(changed, _production(configured=configured)) == {}
    assert _promoted_values(_side(), _production(configured=configured)) == {}
    (value,) = _promoted_workflow(changed, _production(configured={**configured, "active": True})).values
    assert (value.before, value.before_from) == (True, "configuration")


def _override(overall: bool = True, read_only: bool = False, **channels: bool) -> Any:
    by_channel = {key: {"enabled": enabled} for key, enabled in channels.items()}
    return {"all": {"enabled": overall, "readOnly": read_only}, "channels": by_channel}


def test_an_override_is_promoted_as_a_whole() -> None:
    source = _side(preferences=_override(email=False, sms=True, push=True))
    assert _promoted_values(source, _production()) == {"preferences": _override(email=False)}
    (value,) = _promoted_workflow(source, _production(preferences=_override(False, email=True))).values
    assert (value.before, value.before_from) == (_override(False, email=True), "environment")
    assert value.after == _override(email=False)
    (value,) = _promoted_workflow(source, _production(configured={"preferences": {"channels": {"sms": False}}})).values
    assert value.before_from == "configuration"
    assert (value.before, value.after) == (_override(email=True, sms=False), _override(email=False, sms=True))


def test_an_override_equal_to_the_code_is_a_default() -> None:
    source = _side(preferences=_override(sms=False, email=True))
    assert _promoted_workflow(source, _production()).not_promoted == ()
    assert _promoted_values(source, _production()) == {}
    assert _reasons(source, _production(preferences=_override(False))) == {
        "preferences": "Development has the same preferences as its code"
    }


def test_an_override_of_an_unknown_channel_is_listed() -> None:
    source = _side(preferences=_override(telepathy=False))
    assert _promoted_values(source, _production()) == {}
    assert "does not know" in _reasons(source, _production())["preferences"]


def test_one_kind_of_override_can_be_selected() -> None:
    source = _side(values={"subject": "New"}, active=False, preferences=_override(False))
    assert set(_promoted_values(source, _production(), kinds=["controls"])) == {"controls.mail.subject"}
    assert set(_promoted_values(source, _production(), kinds=["settings"])) == {"active"}
    assert set(_promoted_values(source, _production(), kinds=["preferences"])) == {"preferences"}


def test_the_configuration_of_a_former_id_counts() -> None:
    configured = {"welcome": {"renamedFrom": "hello"}, "hello": {"controls": {"mail": {"subject": "Configured"}}}}
    target = Side(**{**_production().__dict__, "configured": workflow_args.read_workflow_args(configured, "a test")})
    assert _promoted_values(_side(values={"subject": "Configured"}), target) == {}


def test_differing_registrations_are_listed_with_their_properties() -> None:
    other = _production(code=schema(), active=False)
    assert [(workflow.workflow_id, workflow.properties) for workflow in differing(_side(), other)] == [
        ("welcome", ("steps",))
    ]
    assert differing(_side(), _production()) == ()


_keys = st.sampled_from(["subject", "sender", "retries", "layout", "another"])
_value_sets = st.dictionaries(_keys, strategies.json, max_size=4)


@given(_value_sets, _value_sets, _value_sets, st.booleans())
def test_after_a_promotion_nothing_remains_to_promote_and_no_value_is_lost(
    edited: Any, stored: Any, configured_values: Any, declared: bool
) -> None:
    configured_values = control_values.keep_valid(_SCHEMA, configured_values)
    configured = {"controls": {"mail": configured_values}} if declared else {}
    source, target = _side(values=edited), _production(values=stored, configured=configured)
    promoted = _promoted_workflow(source, target).values
    written = {**(configured_values if declared else {}), **{value.path[-1]: value.after for value in promoted}}
    assert control_values.find_violations(_SCHEMA, written) == []
    after = _production(values=stored, configured={"controls": {"mail": written}} if declared or written else {})
    assert _promoted_values(source, after) == {}
    assert all(
        canonical_json(edited[value.path[-1]]) == canonical_json(value.after) for value in promoted if not value.kept
    )
    if promoted and not declared:
        valid = control_values.keep_valid(_SCHEMA, stored)
        assert valid.keys() <= written.keys()
        assert all(
            canonical_json(stored[value.path[-1]]) == canonical_json(value.after) for value in promoted if value.kept
        )


@given(st.text(), strategies.json, strategies.json, st.text())
def test_any_promotion_is_shown_without_control_characters_and_matches_the_schema(
    name: str, before: Any, after: Any, reason: str
) -> None:
    value = Value(path=("controls", name, name), before=before, before_from="environment", after=after)
    promoted = PromotedWorkflow(
        workflow_id=name or "a",
        name=name,
        values=(value,),
        not_promoted=(UnpromotedValue(path=(name,), reason=reason),),
    )
    place = Place(stack=name, environment_id="1", environment=name)
    promotion = Promotion(source=place, target=place, workflows=(promoted,), only_in_source=(name,), pending=1)
    assert all(character.isprintable() or character == "\n" for character in render(promotion).plain)
    document = json.loads(promotion.model_dump_json(by_alias=True))
    expect_valid(document, "promotion")
    assert document["count"] == 1
