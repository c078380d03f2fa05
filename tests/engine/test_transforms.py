"""Transforms that set options on every resource of a program, as teams do it for tags: the plan stays true."""

from __future__ import annotations

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Result, Stack

_OPTIONS = {
    "ignore_changes": ["tags"],
    "retain_on_delete": True,
    "replace_on_changes": ["*"],
    "delete_before_replace": True,
}
_SETUP = """\
import pulumi
import novu_provider as novu

OPTIONS = {options!r}


def transformation(args):
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(**OPTIONS))
    return pulumi.ResourceTransformationResult(args.props, opts)


def transform(args):
    if "novu" not in args.type_:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(**OPTIONS))
    return pulumi.ResourceTransformResult(args.props, opts)


"""
#: Every way by which a program can change the options of resources that it does not declare itself.
_WAYS = {
    "transformation of the stack": 'pulumi.runtime.register_stack_transformation(transformation)\nnovu.Bridge("app")\n',
    "transform of the stack": 'pulumi.runtime.register_resource_transform(transform)\nnovu.Bridge("app")\n',
    "transformation of the component": (
        'novu.Bridge("app", opts=pulumi.ResourceOptions(transformations=[transformation]))\n'
    ),
    "transform of the component": 'novu.Bridge("app", opts=pulumi.ResourceOptions(transforms=[transform]))\n',
}
#: A component around `Bridge` registers its transform in the engine only: no program can see that.
_AROUND = """\
class Notifications(pulumi.ComponentResource):
    def __init__(self, opts):
        super().__init__("test:index:Notifications", "around", None, opts)
        opts = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        novu.Bridge("app", opts=opts)


Notifications(pulumi.ResourceOptions(transforms=[transform]))
"""


def _write(stack: Stack, way: str, **options: object) -> None:
    stack.write(_SETUP.format(options=options or _OPTIONS) + way)


def _ops(result: Result) -> set[str]:
    return {step["op"] for step in result.steps}


@pytest.mark.parametrize("way", _WAYS)
def test_the_plan_shows_what_the_sync_does_whatever_a_transform_sets(
    way: str, novu: Emulator, app: App, managed: Stack
) -> None:
    _write(managed, _WAYS[way])
    first, second, third = specs.shop(3)
    app.deploy({**first, "tags": ["changed"]}, second)
    plan = managed.preview("--diff")
    assert plan.workflows("update") == {first["id"]}
    assert plan.properties(first["id"]) == {"tags"}
    assert plan.workflows("delete") == {third["id"]}
    assert not any("replace" in op for op in _ops(plan))
    for option in _OPTIONS:
        assert f"a transform sets {option} on resources of novu_provider, without effect" in plan.output
    managed.up("--skip-preview")
    assert Environment(novu).stored()[first["id"]].registration.tags == ("changed",)
    assert Environment(novu).ids() == {first["id"], second["id"]}
    workflow = managed.resources()[second["id"]]
    assert not workflow.get("retainOnDelete")
    assert managed.preview().changes == set()


def test_a_hidden_change_is_shown_and_said_where_no_program_sees_the_transform(
    novu: Emulator, app: App, managed: Stack
) -> None:
    _write(managed, _AROUND, ignore_changes=["tags", "bridgeUrl", "__workflows", "manifest"])
    first, second, third = specs.shop(3)
    app.deploy({**first, "tags": ["changed"]}, second, third)
    plan = managed.preview("--diff")
    assert plan.workflows("update") == {first["id"]}
    assert plan.properties(first["id"]) == {"tags"}
    assert f"replaces 'tags' of the workflow '{first['id']}', without effect" in plan.output
    assert "of the binding of the environment, without effect" in plan.output
    managed.up("--skip-preview")
    assert Environment(novu).stored()[first["id"]].registration.tags == ("changed",)
    assert managed.preview().workflows("update") == set()


@pytest.mark.parametrize("ignored", ["*", "__declared"])
def test_a_transform_that_hides_everything_is_refused(ignored: str, novu: Emulator, app: App, managed: Stack) -> None:
    _write(managed, _AROUND, ignore_changes=[ignored])
    first, *others = specs.shop(3)
    app.deploy({**first, "tags": ["changed"]}, *others)
    novu.clear_requests()
    refused = managed.preview(fails=True)
    assert "hides every change of this resource from Pulumi" in refused.output
    assert writes(novu) == []


def test_an_override_that_a_transform_hides_is_said(novu: Emulator, managed: Stack) -> None:
    managed.write(program(controls={MAIL: {"body": "First"}}))
    managed.up("--skip-preview")
    setup = _SETUP.format(options={"ignore_changes": ["values"]})
    register = "pulumi.runtime.register_resource_transform(transform)\n"
    managed.write(setup + register + program(controls={MAIL: {"body": "Second"}}))
    plan = managed.preview()
    assert "replaces 'values' of the control values of the step" in plan.output
    assert "Novu does not get what the program declares" in plan.output
    assert plan.changes == set()
    managed.up("--skip-preview")
    assert Dashboard(novu).values()["body"] == "First"
