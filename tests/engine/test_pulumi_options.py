"""What Pulumi's options stop without this package's guards, as docs/reference/pulumi-options.md describes it."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

_FIRST, _SECOND, _THIRD = "order-confirmed-0001", "order-shipped-0002", "cart-reminder-0003"

#: Pulumi's option on what is named in the place of the question mark, and no `novu:protect`.
_PROTECTING = """\
import pulumi
import novu_provider as novu


def protect(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    protects = args.name in {names!r} and args.type_.endswith({kind!r})
    more = pulumi.ResourceOptions(protect=True) if protects else None
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))


pulumi.runtime.register_stack_transformation(protect)
novu.Bridge("app")
"""


def _protecting(*names: str, kind: str = ":Workflow") -> str:
    return _PROTECTING.format(names=names, kind=kind)


@pytest.fixture
def protected(app: App, stack: Stack, novu: Emulator) -> Stack:
    """A stack whose first workflow Pulumi alone protects."""
    stack.write(_protecting(_FIRST))
    stack.up()
    novu.clear_requests()
    return stack


def _without_the_first(app: App, **bridge: Any) -> None:
    app.deploy(*specs.shop(3)[1:], **bridge)


def test_what_plans_first_stops_before_anything_is_written(novu: Emulator, app: App, protected: Stack) -> None:
    _without_the_first(app)
    for command in ("preview", "up", "destroy"):
        arguments = (command,) if command == "preview" else (command, "--yes")
        assert "protect" in protected.run(*arguments, fails=True).output
    assert writes(novu) == []
    assert Environment(novu).ids() == {_FIRST, _SECOND, _THIRD}


def test_without_a_preview_the_engine_notices_after_the_sync(novu: Emulator, app: App, protected: Stack) -> None:
    _without_the_first(app)
    assert "protect" in protected.up("--skip-preview", fails=True).output
    assert Environment(novu).ids() == {_SECOND, _THIRD}


def test_a_destroy_without_a_preview_stops_at_the_protected_one(novu: Emulator, protected: Stack) -> None:
    # How many of the others are deleted before, beside it, is chance.
    protected.destroy(fails=True)
    assert _FIRST in Environment(novu).ids()


def test_a_protected_bridge_protects_its_workflows(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(_protecting("app", kind=":Bridge"))
    stack.up()
    novu.clear_requests()
    _without_the_first(app)
    assert "protect" in stack.up(fails=True).output
    assert writes(novu) == []


def test_the_binding_as_the_only_target_syncs_everything(novu: Emulator, app: App, managed: Stack) -> None:
    edited = specs.shop(3)
    edited[0]["name"] = "Changed"
    app.deploy(*edited)
    assert managed.up("--target", "**EnvironmentBinding::app").workflows("update") == set()
    assert Environment(novu).stored()[_FIRST].registration.name == "Changed"
    novu.clear_requests()
    assert managed.up().changes == {Change("update", "Workflow", _FIRST)}
    assert writes(novu) == []


def test_a_binding_that_was_taken_from_the_state_deletes_nothing_that_is_not_named(
    novu: Emulator, app: App, managed: Stack
) -> None:
    managed.run("state", "delete", managed.resources()["app"]["urn"], "--force", "--target-dependents", "--yes")
    _without_the_first(app)
    refused = managed.up(fails=True)
    assert f"'{_FIRST}'" in refused.output
    assert "novu:pruneUnmanaged" in refused.output
    assert _FIRST in Environment(novu).ids()
    managed.config(pruneUnmanaged=_FIRST)
    managed.up()
    assert Environment(novu).ids() == {_SECOND, _THIRD}


def test_an_import_is_not_possible_and_not_needed(novu: Emulator, app: App, stack: Stack) -> None:
    Environment(novu).sync(app.url)
    stack.run("import", "pulumi-python:dynamic/novu:Workflow", _FIRST, _FIRST, "--yes", fails=True)
    assert stack.resources() == {}
    novu.clear_requests()
    stack.up()
    assert writes(novu) == []
