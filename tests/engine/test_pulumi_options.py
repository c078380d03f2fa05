"""Pulumi's own `protect` and `--target`, without the guards of this package: see docs/reference/pulumi-options.md."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

_FIRST, _SECOND, _THIRD = "order-confirmed-0001", "order-shipped-0002", "cart-reminder-0003"

#: A program that sets Pulumi's option `protect` for some resources, without `novu:protect`.
_PROTECT_PROGRAM = """\
import pulumi
import novu_provider as novu


def protect(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    protects = args.name in {names!r} and args.type_.endswith({kind!r})
    options = pulumi.ResourceOptions(protect=True) if protects else None
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, options))


pulumi.runtime.register_stack_transformation(protect)
novu.Bridge("app")
"""


def _program_with_protect(*names: str, kind: str = ":Workflow") -> str:
    return _PROTECT_PROGRAM.format(names=names, kind=kind)


@pytest.fixture
def protected(app: App, stack: Stack, novu: Emulator) -> Stack:
    """A stack whose first workflow only Pulumi protects."""
    stack.write(_program_with_protect(_FIRST))
    stack.up("--skip-preview")
    novu.clear_requests()
    return stack


def _deploy_without_the_first(app: App, **bridge: Any) -> None:
    app.deploy(*specs.shop(3)[1:], **bridge)


def test_commands_with_a_preview_stop_before_any_write(novu: Emulator, app: App, protected: Stack) -> None:
    _deploy_without_the_first(app)
    for command in ("preview", "up", "destroy"):
        arguments = (command,) if command == "preview" else (command, "--yes")
        assert "protect" in protected.run(*arguments, fails=True).output
    assert writes(novu) == []
    assert Environment(novu).ids() == {_FIRST, _SECOND, _THIRD}


def test_without_a_preview_the_engine_stops_after_the_sync(novu: Emulator, app: App, protected: Stack) -> None:
    _deploy_without_the_first(app)
    assert "protect" in protected.up("--skip-preview", fails=True).output
    assert Environment(novu).ids() == {_SECOND, _THIRD}


def test_a_destroy_without_a_preview_keeps_the_protected_workflow(novu: Emulator, protected: Stack) -> None:
    # The number of other workflows that are deleted before is random.
    protected.destroy(fails=True)
    assert _FIRST in Environment(novu).ids()


def test_a_protected_bridge_protects_its_workflows(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(_program_with_protect("app", kind=":Bridge"))
    stack.up("--skip-preview")
    novu.clear_requests()
    _deploy_without_the_first(app)
    assert "protect" in stack.up(fails=True).output
    assert writes(novu) == []


def test_targeting_only_the_binding_syncs_all_workflows(novu: Emulator, app: App, managed: Stack) -> None:
    edited = specs.shop(3)
    edited[0]["name"] = "Changed"
    app.deploy(*edited)
    assert managed.up("--target", "**EnvironmentBinding::app").workflows("update") == set()
    assert Environment(novu).stored()[_FIRST].registration.name == "Changed"
    novu.clear_requests()
    assert managed.up().changes == {Change("update", "Workflow", _FIRST)}
    assert writes(novu) == []


def test_without_its_binding_in_the_state_a_stack_deletes_only_listed_workflows(
    novu: Emulator, app: App, managed: Stack
) -> None:
    managed.run("state", "delete", managed.resources()["app"]["urn"], "--force", "--target-dependents", "--yes")
    _deploy_without_the_first(app)
    refused = managed.up(fails=True)
    assert f"'{_FIRST}'" in refused.output
    assert "novu:pruneUnmanaged" in refused.output
    assert _FIRST in Environment(novu).ids()
    managed.config(pruneUnmanaged=_FIRST)
    managed.up("--skip-preview")
    assert Environment(novu).ids() == {_SECOND, _THIRD}


def test_an_import_is_neither_possible_nor_necessary(novu: Emulator, app: App, stack: Stack) -> None:
    Environment(novu).sync(app.url)
    stack.run("import", "pulumi-python:dynamic/novu:Workflow", _FIRST, _FIRST, "--yes", fails=True)
    assert stack.resources() == {}
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == []
