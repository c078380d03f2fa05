"""The declared settings of workflows are combined from program, configuration and renames, and checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from novu_provider.errors import SettingsError
from novu_provider.model.manifest import Manifest
from novu_provider.model.workflow_args import Preferences, WorkflowArgs, read_workflow_args
from novu_provider.planning.declarations import resolve_declarations
from tests.unit.documents import discover, entry, step

MANIFEST = Manifest.discovered(
    discover(entry("welcome", step("mail"), step("text", "sms")), entry("receipt")), "the test"
)


def resolve(program: Any = (), configured: Any = (), **renamed_from: str) -> dict[str, WorkflowArgs]:
    return resolve_declarations(MANIFEST, dict(program), dict(configured), renamed_from)


def test_without_arguments_nothing_is_declared() -> None:
    assert resolve() == {}


def test_the_configuration_overrides_single_fields_and_keys_of_the_program() -> None:
    program = {
        "welcome": WorkflowArgs(
            active=False, validate_payload=True, controls={"mail": {"subject": "A", "from": "Shop"}}
        )
    }
    configured = {"welcome": {"active": True, "controls": {"mail": {"subject": "B"}, "text": {"body": "C"}}}}
    assert resolve(program, configured) == {
        "welcome": WorkflowArgs(
            active=True,
            validate_payload=True,
            controls={"mail": {"subject": "B", "from": "Shop"}, "text": {"body": "C"}},
        )
    }


def test_a_mapping_may_use_python_names_or_json_names() -> None:
    assert read_workflow_args({"a": {"validatePayload": True}}, "it") == read_workflow_args(
        {"a": {"validate_payload": True}}, "it"
    )
    assert read_workflow_args('{"a": {"active": false}}', "it") == {"a": WorkflowArgs(active=False)}
    assert read_workflow_args(None, "it") == {}


def test_booleans_are_short_for_a_preference() -> None:
    short = Preferences.model_validate({"all": False, "channels": {"email": True, "inApp": False}})
    assert short.document() == {
        "all": {"enabled": False, "readOnly": False},
        "channels": {"email": {"enabled": True}, "in_app": {"enabled": False}},
    }


def test_the_configuration_may_contain_booleans_as_text() -> None:
    declarations = read_workflow_args(
        {"a": {"active": "false", "preferences": {"all": "true", "channels": {"email": "false"}}}}, "it"
    )["a"]
    assert declarations == WorkflowArgs(active=False, preferences=Preferences(all=True, channels={"email": False}))


def test_a_rename_takes_over_the_settings_of_the_former_id() -> None:
    declarations = resolve({"old": WorkflowArgs(active=False, controls={"mail": {"subject": "A"}})}, welcome="old")
    assert declarations == {
        "welcome": WorkflowArgs(active=False, controls={"mail": {"subject": "A"}}, renamed_from="old")
    }


def test_two_workflows_with_the_same_former_id_both_take_over_its_settings() -> None:
    declarations = resolve({"old": WorkflowArgs(active=False)}, welcome="old", receipt="old")
    assert {workflow_id: settings.active for workflow_id, settings in declarations.items()} == {
        "welcome": False,
        "receipt": False,
    }


def test_the_former_id_may_differ_by_stack() -> None:
    """Production may still store an older id than Development."""
    declarations = resolve({}, {"welcome": {"renamedFrom": "oldest"}}, welcome="old")
    assert declarations["welcome"].renamed_from == "oldest"


@pytest.mark.parametrize("where", ["program", "arguments", "manifest"])
def test_a_rename_may_be_declared_in_three_places(where: str) -> None:
    manifest = replace(MANIFEST, renamed_from={"welcome": "old"}) if where == "manifest" else MANIFEST
    arguments = {"welcome": WorkflowArgs(renamed_from="old")} if where == "arguments" else {}
    declarations = resolve_declarations(manifest, arguments, {}, {"welcome": "old"} if where == "program" else {})
    assert declarations["welcome"].renamed_from == "old"


@pytest.mark.parametrize(
    ("program", "configured", "renamed_from", "message"),
    [
        ({}, {"welcom": {"active": False}}, {}, "`workflows` names 'welcom'.*declares 'receipt', 'welcome'"),
        ({"gone": WorkflowArgs()}, {}, {}, "`workflows` names 'gone'"),
        ({}, {}, {"gone": "old"}, "`renamed_from` names 'gone'"),
        ({}, {}, {"welcome": "receipt"}, "'welcome'.*renamed from 'receipt', which the manifest declares as well"),
        ({}, {"welcome": {"controls": {"push": {"a": 1}}}}, {}, "control values for 'push'.*its steps: 'mail', 'text'"),
        ({}, {"welcome": {"aktive": False}}, {}, "at `welcome.aktive`"),
        (
            {},
            {"welcome": {"activ_": False}},
            {},
            "at `welcome.activ_`: there is no such field; probably `active` was",
        ),
        ({}, {"welcome": {"preferences": {"al": False}}}, {}, "at `welcome.preferences.al`: .*`all` was meant"),
        (
            {},
            {"welcome": {"preferences": {"all": {"enable": True}}}},
            {},
            "`welcome.preferences.all.enable`: .*`enabled`",
        ),
        ({}, {"welcome": {"preferences": {"channels": {"email": {"enabld": 1}}}}}, {}, "email.enabld`: .*`enabled`"),
        ({}, {"welcome": {"zzz": 1}}, {}, "at `welcome.zzz`: there is no such field."),
        ({}, {"welcome": {"active": "perhaps"}}, {}, "at `welcome.active`"),
        ({}, {"welcome": {"preferences": {"channels": {"fax": True}}}}, {}, "there is no channel 'fax'"),
        ({}, {"welcome": {"ignoreChanges": ["name"]}}, {}, "at `welcome.ignoreChanges"),
        ({}, {"welcome": 1}, {}, "at `welcome`"),
    ],
)
def test_invalid_declarations_are_refused(
    program: Any, configured: Any, renamed_from: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=f"(?s){message}") as caught:
        resolve_declarations(MANIFEST, program, configured, renamed_from)
    assert caught.value.prop == "workflows"
    assert caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize("value", ["{", "[]", [1], 3])
def test_a_value_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="`novu:workflows`"):
        read_workflow_args(value, "`novu:workflows`")
