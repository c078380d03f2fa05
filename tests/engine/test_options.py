"""Pulumi's own options work as documented, or the plan contains the reason why they cannot."""

from __future__ import annotations

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.stack import PROGRAM, Stack

_ID = "order-confirmed-0001"

_SEPARATE_RESOURCES = """\
import pulumi
import novu_provider as novu
from novu_provider.bridge.client import BridgeClient

settings = novu.Settings.from_config()
manifest = BridgeClient.connect(settings.bridge_url, settings.secret_key.get_secret_value()).manifest()
binding = novu.EnvironmentBinding("app", bridge_url=settings.bridge_url, manifest=manifest)
for workflow in manifest.workflows:
    options = pulumi.ResourceOptions(depends_on=[binding])
    if workflow.workflow_id == "order-confirmed-0001":
        options = pulumi.ResourceOptions(depends_on=[binding], {option})
    novu.Workflow({name}, workflow, options)
"""


def _separate_resources(option: str = "", name: str = "workflow.workflow_id") -> str:
    return _SEPARATE_RESOURCES.replace("{option}", option).replace("{name}", name)


def test_a_workflow_targeted_without_its_binding_records_nothing(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    stack = make_stack(
        app, program=_separate_resources().replace("depends_on=[binding], ", "").replace("depends_on=[binding]", "")
    )
    refused = stack.up("--target", f"**Workflow::{_ID}", fails=True)
    assert f"Novu does not store the workflow '{_ID}'" in refused.output
    assert "Traceback" not in refused.output
    assert _ID not in stack.resources()
    assert writes(novu) == []


def test_a_workflow_of_a_bridge_cannot_be_targeted_before_its_binding(novu: Emulator, stack: Stack) -> None:
    stack.up("--target", f"**Workflow::{_ID}", fails=True)
    assert _ID not in stack.resources()
    assert writes(novu) == []


def test_an_update_targeted_without_its_binding_fails_and_keeps_the_state(
    novu: Emulator, app: App, managed: Stack
) -> None:
    before = managed.resources()[_ID]["inputs"]
    edited = specs.shop(3)
    edited[0]["name"] = "Changed"
    app.deploy(*edited)
    refused = managed.up("--target", f"**Workflow::{_ID}", fails=True)
    assert "differs in name" in refused.output
    assert managed.resources()[_ID]["inputs"] == before
    managed.up("--skip-preview")
    assert Environment(novu).stored()[_ID].registration.name == "Changed"


def test_a_plan_that_deletes_a_protected_workflow_is_refused(novu: Emulator, app: App, stack: Stack) -> None:
    stack.config(protect=_ID)
    stack.up("--skip-preview")
    app.deploy(*specs.shop(3)[1:])
    refused = stack.up(fails=True)
    assert _ID in refused.output
    assert "protect" in refused.output
    assert _ID in Environment(novu).ids()
    # Also without a preview. Pulumi's own option alone would stop it too late.
    stack.up("--skip-preview", fails=True)
    assert _ID in Environment(novu).ids()
    assert "protect" in stack.run("destroy", "--yes", fails=True).output
    assert len(Environment(novu).ids()) == 3


@pytest.mark.parametrize("option", ["retain_on_delete=True", "ignore_changes=['name']", "replace_on_changes=['name']"])
def test_the_plan_names_an_option_that_a_sync_cannot_respect(
    option: str, novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    stack = make_stack(app, program=_separate_resources(option))
    plan = stack.preview()
    assert f"{option.split('=', maxsplit=1)[0]} on '{_ID}' is ignored" in plan.output
    stack.up("--skip-preview")
    edited = specs.shop(3)
    edited[0]["name"] = "Changed"
    app.deploy(*edited)
    assert stack.preview().workflows("update") == {_ID}
    stack.up("--skip-preview")
    app.deploy(*specs.shop(3)[1:])
    stack.up("--skip-preview")
    assert _ID not in Environment(novu).ids()
    assert _ID not in stack.resources()


def test_aliases_keep_a_renamed_component(novu: Emulator, managed: Stack) -> None:
    managed.write(
        PROGRAM.replace(
            'novu.Bridge("app", settings=novu.Settings.from_config())',
            'novu.Bridge("shop", settings=novu.Settings.from_config(), '
            'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="app")]))',
        )
    )
    assert managed.preview().workflows("delete") == set()
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == []
    assert len(Environment(novu).ids()) == 3


def test_a_component_renamed_without_aliases_deletes_nothing_in_novu(novu: Emulator, app: App, managed: Stack) -> None:
    managed.write(PROGRAM.replace('novu.Bridge("app"', 'novu.Bridge("shop"'))
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == []
    assert len(Environment(novu).ids()) == 3
    assert Environment(novu).bridge_url() == app.url


def test_workflow_resources_renamed_without_aliases_delete_nothing_in_novu(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    stack = make_stack(app, program=_separate_resources())
    stack.up("--skip-preview")
    stack.write(_separate_resources(name='f"wf-{workflow.workflow_id}"'))
    result = stack.up()
    assert len(result.workflows("create")) == len(result.workflows("delete")) == 3
    assert len(Environment(novu).ids()) == 3
    assert stack.preview().changes == set()
    stack.destroy()
    assert Environment(novu).ids() == set()


def test_a_workflow_that_the_binding_declares_stays_without_its_resource(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    stack = make_stack(app, program=_separate_resources())
    stack.up("--skip-preview")
    stack.write(_separate_resources().replace("manifest.workflows:", "manifest.workflows[1:]:"))
    assert len(stack.up("--skip-preview").workflows("delete")) == 1
    assert len(Environment(novu).ids()) == 3
    stack.destroy()
    assert len(Environment(novu).ids()) == 1


@pytest.mark.parametrize("parallel", [1, 16])
def test_every_parallelism_has_the_same_result(
    parallel: int, novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    app.deploy(*specs.shop(20))
    stack = make_stack(app)
    stack.up("--parallel", str(parallel))
    assert len(Environment(novu).ids()) == 20
    app.deploy(*specs.shop(22)[2:])
    stack.up("--parallel", str(parallel))
    assert Environment(novu).ids() == {spec["id"] for spec in specs.shop(22)[2:]}
    stack.destroy("--parallel", str(parallel))
    assert Environment(novu).ids() == set()
