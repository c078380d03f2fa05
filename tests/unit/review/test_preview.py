"""Reading the engine's JSON as a plan: the changes in Novu, and the exit status for pipelines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novu_provider.errors import PreviewError
from novu_provider.model.pulumi_json import UNKNOWN
from novu_provider.review import markdown
from novu_provider.review.model import Environment, ReviewPlan
from novu_provider.review.preview import read_preview
from tests.shipped_schemas import expect_valid
from tests.unit.previews import (
    agent,
    binding,
    binding_inputs,
    controls,
    diagnostic,
    other_resource,
    preference_override,
    preview,
    registration,
    rename,
    workflow,
)

_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
_PRUNES = "novu: `novu:pruneUnmanaged` allows it: the sync will also delete "


def _plan(*steps: Any, diagnostics: Any = ()) -> ReviewPlan:
    """Read a preview and validate its JSON against the schema."""
    plan = read_preview(preview(*steps, diagnostics=diagnostics))
    document = json.loads(plan.model_dump_json(by_alias=True))
    expect_valid(document, "plan")
    return plan


def _change_of(workflow_id: str) -> Any:
    return workflow("update", registration(workflow_id), registration(workflow_id, severity="high"))


def test_an_unchanged_stack_is_no_change() -> None:
    plan = _plan(other_resource("same", "Stack"))
    assert (plan.status, plan.exit_code) == ("unchanged", 0)
    assert (plan.project, plan.stack) == ("shop", "prod")


def test_a_refresh_and_a_read_are_no_change() -> None:
    plan = _plan(workflow("refresh", registration("a"), registration("a")), other_resource("read"))
    assert plan.exit_code == 0


@pytest.mark.parametrize("op", ["create", "import", "update", "an-unknown-operation"])
def test_any_other_operation_is_a_change(op: str) -> None:
    assert _plan(other_resource(op)).exit_code == 2


@pytest.mark.parametrize("op", ["delete", "replace", "create-replacement", "delete-replaced"])
def test_an_operation_that_removes_a_resource_is_a_deletion(op: str) -> None:
    assert _plan(other_resource(op)).exit_code == 3


def test_created_changed_renamed_and_deleted_workflows() -> None:
    plan = _plan(
        binding("update", binding_inputs(), binding_inputs()),
        workflow("create", None, registration("new", severity="high")),
        workflow("create", None, registration("after", name="Same")),
        _change_of("both"),
        workflow("delete", registration("before", name="Same")),
        workflow("delete", registration("gone")),
    )
    workflows = plan.workflows
    assert [workflow.workflow_id for workflow in workflows.created] == ["new"]
    assert [workflow.workflow_id for workflow in workflows.changed] == ["both"]
    assert [(rename.before, rename.after) for rename in workflows.renamed] == [("before", "after")]
    assert [workflow.workflow_id for workflow in workflows.deleted] == ["gone"]
    assert plan.exit_code == 3


def test_the_exit_status_is_2_for_a_change_and_3_for_a_rename() -> None:
    assert _plan(_change_of("a")).exit_code == 2
    renamed = (workflow("delete", registration("a", name="A")), workflow("create", None, registration("b", name="A")))
    assert _plan(*renamed).exit_code == 3


def test_the_registration_contains_no_pickle_and_null_stays_null() -> None:
    plan = _plan(workflow("create", None, registration("a")))
    assert plan.workflows.created[0].registration == registration("a")


def test_another_resource_name_does_not_change_the_workflow() -> None:
    plan = _plan(
        workflow("create", None, registration("a"), name="new-name"), workflow("delete", registration("a"), name="old")
    )
    assert not plan.workflows
    assert (plan.records, plan.status) == (2, "changes")


def test_a_replacement_is_a_deletion_and_a_creation() -> None:
    old, new = registration("a", name="A"), registration("b", name="B")
    for steps in (
        [workflow("replace", old, new, name="w")],
        [workflow("create-replacement", old, new, name="w"), workflow("delete-replaced", old, name="w")],
    ):
        plan = _plan(*steps)
        assert [workflow.workflow_id for workflow in plan.workflows.deleted] == ["a"]
        assert [workflow.workflow_id for workflow in plan.workflows.created] == ["b"]


def test_a_binding_has_environment_and_url_before_and_after() -> None:
    plan = _plan(binding("update", binding_inputs(), binding_inputs("https://new.example/api/novu")))
    (change,) = plan.bindings
    assert change.environment_before == change.environment_after == Environment(id="env1", name="Development")
    assert (change.url_before, change.url_after) == ("https://old.example/api/novu", "https://new.example/api/novu")
    assert not change.token_changed


def test_a_new_binding_has_the_configured_environment_name() -> None:
    (change,) = _plan(binding("create", None, binding_inputs(environment="Production"))).bindings
    assert (change.environment_before, change.url_before) == (None, None)
    assert change.environment_after == Environment(id="env1", name="Production")


def test_a_url_from_another_resource_is_unknown() -> None:
    (change,) = _plan(binding("update", binding_inputs(), binding_inputs(UNKNOWN))).bindings
    assert (change.url_after, change.url_known) == (None, False)


def test_a_secret_url_is_hidden() -> None:
    secret: Any = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    (change,) = _plan(binding("update", binding_inputs(), binding_inputs(secret))).bindings
    assert change.url_after == "[secret]"


def test_a_changed_bypass_token_is_reported_without_the_token() -> None:
    (change,) = _plan(
        binding("update", binding_inputs(bypassToken="aaaa"), binding_inputs(bypassToken="bbbb"))
    ).bindings
    assert change.token_changed


def test_a_deleted_binding_is_a_deletion() -> None:
    plan = _plan(binding("delete", binding_inputs()))
    assert plan.exit_code == 3


def test_changes_of_control_values_include_the_defaults_of_the_code() -> None:
    plan = _plan(
        controls("create", None, {"subject": "New", "sender": None}, ("a", "mail")),
        controls("update", {"subject": "Old", "links": [1]}, {"subject": "New", "sender": {"x": 1}}, ("b", "mail")),
        controls("delete", {"subject": "Old", "sender": "Shop"}, None, ("c", "mail")),
    )
    changes = {
        controls.workflow_id: (
            controls.action,
            [(change.path, change.kind, change.before, change.after) for change in controls.changes],
        )
        for controls in plan.controls
    }
    assert changes == {
        "a": ("set", [(("sender",), "added", None, None), (("subject",), "added", "Hello", "New")]),
        "b": (
            "changed",
            [
                (("links",), "removed", [1], []),
                (("sender",), "added", None, {"x": 1}),
                (("subject",), "changed", "Old", "New"),
            ],
        ),
        "c": ("reset", [(("sender",), "removed", "Shop", None), (("subject",), "removed", "Old", "Hello")]),
    }
    assert not plan.others


@pytest.mark.parametrize(
    "step",
    [
        controls("create", None, {"subject": "New"}),
        controls("update", {"subject": "Old"}, {"subject": "New"}),
        controls("delete", {"subject": "Old"}, None),
        preference_override("create", None, {"all": {"enabled": False}}),
        preference_override("update", {"all": {"enabled": False}}, {"all": {"enabled": True}}),
        preference_override("delete", {"all": {"enabled": False}}, None),
        agent("create", None, "https://new.example"),
        agent("update", "https://old.example", "https://new.example"),
        rename("create", "old", "new", active=False),
        workflow("update", registration("a"), registration("a", validatePayload=True)),
    ],
)
def test_an_override_alone_is_a_change_and_not_a_deletion(step: Any) -> None:
    """A removed override resets the setting to the code's value, so nothing is deleted."""
    assert _plan(step).exit_code == 2


def test_an_agent_that_loses_its_url_is_a_deletion() -> None:
    plan = _plan(agent("delete", "https://old.example"))
    assert (plan.exit_code, plan.agents[0].url_before) == (3, "https://old.example")


def test_the_url_and_the_token_of_an_agent_are_shown_before_and_after() -> None:
    (change,) = _plan(agent("update", "https://old.example", UNKNOWN, token="0123")).agents
    assert (change.url_before, change.url_after, change.url_known) == ("https://old.example", None, False)
    assert change.token_changed


def test_the_overrides_of_a_deleted_workflow_are_not_listed() -> None:
    plan = _plan(
        workflow("delete", registration("a")),
        controls("delete", {"subject": "Old"}, None),
        preference_override("delete", {"all": {"enabled": False}}, None),
    )
    assert (plan.controls, plan.preferences, plan.exit_code) == ((), (), 3)


def test_another_resource_name_does_not_change_the_overrides() -> None:
    plan = _plan(
        controls("create", None, {"subject": "Same"}, name="new"), controls("delete", {"subject": "Same"}, name="old")
    )
    assert (plan.controls, plan.records, plan.status) == ((), 1, "changes")
    plan = _plan(
        controls("create", None, {"subject": "New"}, name="new"), controls("delete", {"subject": "Old"}, name="old")
    )
    assert [(controls.action, controls.changes[0].before) for controls in plan.controls] == [("changed", "Old")]


def test_control_values_are_set_again_on_a_new_registration() -> None:
    (controls_change,) = _plan(controls("update", {"subject": "Same"}, {"subject": "Same"})).controls
    assert (controls_change.action, controls_change.changes) == ("changed", ())


@pytest.mark.parametrize(("value", "placeholder"), [(UNKNOWN, "[known after the update]"), (_SECRET, "[secret]")])
def test_unknown_and_secret_values_have_a_placeholder(value: Any, placeholder: str) -> None:
    for new, path in (({"subject": value}, ("subject",)), (value, ("",))):
        (controls_change,) = _plan(controls("create", None, new)).controls
        assert [(change.path, change.after) for change in controls_change.changes] == [(path, placeholder)]


def test_a_declared_rename_is_a_rename_also_with_other_changes() -> None:
    carryover = {"controls": {"mail": {"subject": "Old"}}, "active": False}
    plan = _plan(
        rename("create", "before", "after", **carryover),
        workflow("delete", registration("before", name="Was", active=False)),
        workflow("create", None, registration("after", name="Is", carried=UNKNOWN, carriedWithout=[])),
        controls("delete", {"subject": "Old"}, None, ("before", "mail")),
    )
    (renamed,) = plan.workflows.renamed
    assert (renamed.before, renamed.after) == ("before", "after")
    assert {change.path for change in renamed.changes} == {("active",), ("name",)}
    assert plan.carried[0].carried == carryover
    assert (plan.controls, plan.workflows.created, plan.workflows.deleted) == ((), (), ())
    assert plan.exit_code == 3


def test_a_rename_that_is_removed_from_the_program_is_a_record() -> None:
    plan = _plan(rename("delete", "before", "after", active=False))
    assert (plan.carried, plan.records, plan.exit_code) == ((), 1, 2)


def test_a_rename_without_the_old_workflow_is_a_change_if_it_has_a_carryover() -> None:
    plan = _plan(rename("create", "before", "after", active=False), rename("create", "one", "other"))
    assert ([rename.before for rename in plan.carried], plan.records, plan.exit_code) == (["before"], 1, 2)


def test_preferences_that_novu_completed_are_no_change() -> None:
    full = {"all": {"enabled": True, "readOnly": False}, "channels": {"email": {"enabled": True}}}
    plan = _plan(workflow("update", registration("a", preferences=full), registration("a", severity="high")))
    assert [change.path for change in plan.workflows.changed[0].changes] == [("severity",)]


def test_other_resources_are_counted_once_and_components_separately() -> None:
    plan = _plan(
        other_resource("create", name="a"),
        other_resource("delete", name="b"),
        other_resource("create-replacement", name="c"),
        other_resource("replace", name="c"),
        other_resource("delete-replaced", name="c"),
        other_resource("create", "Bridge"),
        other_resource("create", "Stack"),
    )
    assert (plan.others.created, plan.others.deleted, plan.others.replaced) == (1, 1, 1)
    assert plan.components == 1


def test_pruned_workflows_without_a_resource_are_deletions() -> None:
    message = f"{_PRUNES}'it\\'s', \"b'c\", 'x and 9 more' and 3 more\n\n"
    plan = _plan(binding("create", None, binding_inputs()), diagnostics=[diagnostic(message, "info#err")])
    assert plan.pruned.ids == ("it's", "b'c", "x and 9 more")
    assert plan.pruned.more == 3
    assert plan.exit_code == 3
    assert plan.messages == ()


def test_a_refusal_fails_the_plan_and_is_shown_without_the_engines_prefix() -> None:
    refusal = (
        "error: pulumi-python:dynamic/novu:EnvironmentBinding resource 'app': property protect value {[{a}]} has a "
        "problem: the sync would delete 'a', which `novu:protect` names.\n  Why: …\n"
    )
    plan = _plan(workflow("delete", registration("a")), diagnostics=[diagnostic(refusal)])
    assert (plan.status, plan.exit_code) == ("failed", 1)
    assert [message.text for message in plan.messages] == [
        "the sync would delete 'a', which `novu:protect` names.\n  Why: …"
    ]


def test_the_engines_last_message_is_shown_only_if_there_is_no_other() -> None:
    last = diagnostic("error: an unhandled error occurred: program exited with non-zero exit code: 1\n")
    assert [message.text for message in _plan(diagnostics=[diagnostic("error: one thing\n"), last]).messages] == [
        "one thing"
    ]
    assert len(_plan(diagnostics=[last]).messages) == 1


def test_pulumis_hint_on_a_missing_virtual_environment_is_shown() -> None:
    """As the engine 3.259.0 prints it for a project of `pulumi new python` before `pulumi install`."""
    hints = [
        diagnostic(
            'The \'virtualenv\' option in Pulumi.yaml is set to "venv", but "venv" doesn\'t exist.\n\n', "info#err"
        ),
        diagnostic("    1. python3 -m venv venv\n\n", "info#err"),
    ]
    error = diagnostic("error: could not read plugin [pulumi-resource-pulumi-python]: exit status 1\n")
    plan = read_preview(preview(diagnostics=[*hints, error]))
    text = "\n".join(message.text for message in plan.messages)
    for part in ("doesn't exist.", "    1. python3 -m venv venv", "could not read plugin", "Run `pulumi install`"):
        assert part in text
    own = diagnostic("error: the sync would delete 'a'\n")
    assert [message.text for message in read_preview(preview(diagnostics=[*hints, own])).messages] == [
        "the sync would delete 'a'"
    ]


def test_messages_contain_warnings_and_progress_and_nothing_else() -> None:
    plan = _plan(
        diagnostics=[
            diagnostic("warning: retain_on_delete is dropped\n", "warning"),
            diagnostic("novu: waiting for the bridge\n\n", "info#err"),
            diagnostic("DeprecationWarning: …", "info#err"),
        ]
    )
    assert [(message.severity, message.text) for message in plan.messages] == [
        ("warning", "retain_on_delete is dropped"),
        ("info", "waiting for the bridge"),
    ]
    assert plan.exit_code == 0


def test_a_failed_command_is_a_failure_also_with_a_plan() -> None:
    assert read_preview(preview(_change_of("a")), failed=True).exit_code == 1


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "{}", "null", '{"steps": [{"op": "create"}]}', '{"steps": ["a"]}']
)
def test_other_input_is_refused(text: str) -> None:
    with pytest.raises(PreviewError):
        read_preview(text)


def test_an_undeclared_rename_shows_the_line_to_add_and_a_declared_one_does_not() -> None:
    steps = (
        workflow("create", None, registration("after", name="Same")),
        workflow("delete", registration("before", name="Same")),
    )
    told = "novu: 'after' is probably the renamed 'before'. Settings of 'before' in Novu are lost, unless …"
    other = told.replace("'after'", "'another'")
    plan = _plan(*steps, diagnostics=[diagnostic(f"{told}\n{other}", "info#err")])
    line = 'renamed_from=`{"after": "before"}`'
    assert markdown.render(plan).count(line) == 1
    # The report says the same as the line. A report of another pair stays.
    assert [message.text for message in plan.messages] == [other.removeprefix("novu: ")]
    assert line not in markdown.render(_plan(rename("create", "before", "after"), *steps))
