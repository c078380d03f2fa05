"""The guards: refused plans, the settings that allow them, and the check right before the sync."""

from __future__ import annotations

import json
import shlex
from typing import Any

import httpx
import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.refusal import state, the_error
from tests.engine.stack import Stack

_FIRST = "order-confirmed-0001"

# A hook of the engine syncs another bridge between the check of the binding and its update.
_INTERRUPTED = """\
import os

import httpx
import pulumi
import novu_provider as novu
from novu_provider.bridge.client import BridgeClient as Endpoint


def sync_other_bridge(_):
    httpx.post(
        os.environ["NOVU_API_URL"] + "/v1/bridge/sync?source=cli",
        headers={"Authorization": "ApiKey " + os.environ["NOVU_SECRET_KEY"]},
        json={"bridgeUrl": os.environ["TEST_OTHER_BRIDGE"]},
        trust_env=False, verify=False,
    ).raise_for_status()


hook = pulumi.ResourceHook("sync-other-bridge", sync_other_bridge)
hooks = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
settings = novu.Settings.from_config()
manifest = Endpoint.connect(settings.bridge_url, settings.secret_key.get_secret_value()).manifest()
binding = novu.EnvironmentBinding(
    "app", bridge_url=settings.bridge_url, manifest=manifest, opts=pulumi.ResourceOptions(hooks=hooks)
)
for workflow in manifest.workflows:
    novu.Workflow(workflow.workflow_id, workflow, pulumi.ResourceOptions(depends_on=[binding]))
"""


def _refused(stack: Stack, *arguments: str) -> str:
    """Run an `up` that must be refused, check that the state has not changed, and return the error."""
    before = state(stack)
    message = the_error(stack.up(*arguments, fails=True))
    assert state(stack) == before
    return message


def _requests(novu: Emulator) -> set[tuple[str, str]]:
    return {(record.method, record.path) for record in novu.requests}


def _syncs(novu: Emulator) -> list[str]:
    """Return the query of each sync, which names the client."""
    return [record.query for record in novu.requests if record.path == "/v1/bridge/sync"]


def test_an_environment_with_another_name_is_refused(novu: Emulator, stack: Stack) -> None:
    stack.config(environment="Production")
    message = _refused(stack)
    assert "opens the environment 'Development', but this stack is for 'Production'" in message
    assert _requests(novu) == {("GET", "/v1/environments/me")}
    stack.config(environment="development")
    stack.up("--skip-preview")
    assert len(Environment(novu).ids()) == 3


@pytest.mark.parametrize("command", ["up", "refresh", "destroy"])
def test_with_the_key_of_another_environment_only_its_name_is_requested(
    command: str, novu: Emulator, app: App, managed: Stack
) -> None:
    before = state(managed)
    production = Environment(novu, novu.production_key)
    # The application has the other key too, so only the recorded environment differs.
    app.key = novu.production_key
    app.deploy(*specs.shop(4))
    managed.environ["NOVU_SECRET_KEY"] = novu.production_key
    novu.clear_requests()
    result = getattr(managed, command)(fails=True)
    assert "opens the environment 'Production'" in result.output
    assert "Traceback" not in result.output
    assert _requests(novu) == {("GET", "/v1/environments/me")}
    assert state(managed) == before
    assert (production.ids(), production.bridge_url()) == (set(), "")
    assert len(Environment(novu).ids()) == 3


def test_deleting_more_than_half_is_refused_until_the_setting_allows_it(novu: Emulator, app: App, stack: Stack) -> None:
    app.deploy(*specs.shop(6))
    stack.up("--skip-preview")
    app.deploy(*specs.shop(2))
    novu.clear_requests()
    for arguments in ((), ("--skip-preview",)):
        message = _refused(stack, *arguments)
        assert "would delete 4 workflows, more than half of the 6 managed ones" in message
        assert "'cart-reminder-0003', 'order-confirmed-0006', 'payment-failed-0005', 'stock-report-0004'" in message
        assert "pulumi config set novu:maxDeletions 4" in message
    stack.config(maxDeletions=3)
    assert "more than `novu:maxDeletions` (3)" in _refused(stack)
    assert writes(novu) == []
    stack.config(maxDeletions=4)
    assert len(stack.up().workflows("delete")) == 4
    assert len(Environment(novu).ids()) == 2


def test_half_of_the_workflows_or_a_single_one_can_be_deleted_by_default(
    novu: Emulator, app: App, stack: Stack
) -> None:
    app.deploy(*specs.shop(4))
    stack.up("--skip-preview")
    app.deploy(*specs.shop(2))
    assert len(stack.up("--skip-preview").workflows("delete")) == 2
    app.deploy(*specs.shop(1))
    assert len(stack.up("--skip-preview").workflows("delete")) == 1
    # A rename of the only workflow.
    app.deploy({**specs.shop(1)[0], "id": "order-accepted"})
    stack.config(maxDeletions=0)
    assert "more than `novu:maxDeletions` (0)" in _refused(stack)
    stack.config(maxDeletions=None)
    stack.up("--skip-preview")
    assert Environment(novu).ids() == {"order-accepted"}


def test_an_empty_manifest_deletes_all_workflows_only_if_that_is_allowed(
    novu: Emulator, app: App, managed: Stack
) -> None:
    app.deploy()
    novu.clear_requests()
    for arguments in ((), ("--skip-preview",)):
        assert "the manifest has no workflows" in _refused(managed, *arguments)
    assert writes(novu) == []
    managed.config(allowEmpty="true")
    assert len(managed.up().workflows("delete")) == 3
    environment = Environment(novu)
    assert environment.ids() == set()
    assert environment.bridge_url() == app.url
    assert managed.preview().changes == set()


def test_an_id_of_a_dashboard_workflow_is_refused_before_any_write(novu: Emulator, app: App, managed: Stack) -> None:
    novu.create_dashboard_workflow(workflow_id="stock-report-0004", name="Made in the dashboard")
    app.deploy(*specs.shop(4))
    novu.clear_requests()
    for arguments in ((), ("--skip-preview",)):
        message = _refused(managed, *arguments)
        assert "already holds 'stock-report-0004', made in Novu's dashboard" in message
    assert writes(novu) == []
    app.deploy(*specs.shop(3), specs.workflow("stock-report"))
    managed.up("--skip-preview")
    assert len(Environment(novu).ids()) == 4


def test_unmanaged_workflows_are_deleted_only_if_the_setting_lists_them_or_all(
    novu: Emulator, app: App, stack: Stack, bridges: BridgeProcess
) -> None:
    environment = Environment(novu)
    other = App(bridges, app.key)
    environment.sync(
        other.deploy(*(specs.workflow(workflow_id) for workflow_id in ("foreign-a", "foreign-b", "It's, foreign")))
    )
    stack.config(replaceBridgeUrl=other.url)
    novu.clear_requests()
    message = _refused(stack)
    assert """would delete "It's, foreign", 'foreign-a', 'foreign-b'""" in message
    # A shell accepts the command in the message for any ids.
    advice = message[message.index("pulumi config set") :].split("` (or", maxsplit=1)[0]
    value = shlex.split(advice)[-1]
    assert json.loads(value) == ["It's, foreign", "foreign-a", "foreign-b"]
    stack.config(pruneUnmanaged="foreign-a, other")
    message = _refused(stack)
    assert """would delete "It's, foreign", 'foreign-b', which""" in message
    assert writes(novu) == []
    assert environment.bridge_url() == other.url
    stack.config(pruneUnmanaged=value)
    assert stack.preview().workflows("create") == {spec["id"] for spec in specs.shop(3)}
    stack.config(pruneUnmanaged="true")
    stack.up("--skip-preview")
    assert environment.ids() == {spec["id"] for spec in specs.shop(3)}


@pytest.mark.parametrize("setting", ["order-confirmed-0001, cart-reminder-0003", "true"])
def test_removing_or_renaming_a_protected_workflow_is_refused(
    setting: str, novu: Emulator, app: App, stack: Stack
) -> None:
    stack.config(protect=setting)
    stack.up("--skip-preview")
    app.deploy({**specs.shop(1)[0], "id": "order-accepted"}, *specs.shop(3)[1:])
    novu.clear_requests()
    result = stack.up("--skip-preview", fails=True)
    assert f"would delete '{_FIRST}', which `novu:protect` names" in result.output
    assert "Traceback" not in result.output
    assert writes(novu) == []
    assert len(Environment(novu).ids()) == 3


@pytest.mark.parametrize("managed", [False, True])
def test_an_unmanaged_workflow_that_appears_after_the_check_stops_the_sync(
    managed: bool, novu: Emulator, app: App, make_stack: StackFactory, bridges: BridgeProcess
) -> None:
    environment = Environment(novu)
    other = App(bridges, app.key)
    own_workflows = specs.shop(2) if managed else []
    stack = make_stack(app, program=_INTERRUPTED, variables={"TEST_OTHER_BRIDGE": app.url})
    if managed:
        stack.up("--skip-preview")
        app.deploy(*specs.shop(4))
    before = state(stack)
    stack.environ["TEST_OTHER_BRIDGE"] = other.deploy(*own_workflows, specs.workflow("foreign"))
    novu.clear_requests()
    result = stack.up(fails=True)
    assert "the sync would delete 'foreign'" in result.output
    assert "Traceback" not in result.output
    assert _syncs(novu) == ["source=cli"]
    assert environment.ids() == {*(spec["id"] for spec in own_workflows), "foreign"}
    if managed:
        assert state(stack) == before


def _discover_document(app: App, *workflows: specs.Spec) -> dict[str, Any]:
    """Return the discover document that the framework serves for these workflows."""
    app.deploy(*workflows, strict=False)
    return dict(
        httpx.get(app.url, params={"action": "discover"}, trust_env=False, verify=False).raise_for_status().json()
    )


def test_a_manifest_that_changes_after_the_check_stops_the_sync(novu: Emulator, app: App, managed: Stack) -> None:
    later = _discover_document(app, *specs.shop(5))
    # The program and the check read five workflows. Right before the sync, the bridge serves three again.
    app.deploy(*specs.shop(3), fault={"body": later, "times": 2})
    novu.clear_requests()
    message = _refused(managed, "--skip-preview")
    assert "does not serve the declared manifest" in message
    assert "'payment-failed-0005', 'stock-report-0004'" in message
    assert "novu:waitForBridge" in message
    assert writes(novu) == []
    app.deploy(*specs.shop(5))
    managed.up("--skip-preview")
    assert len(Environment(novu).ids()) == 5


def test_a_manifest_that_differs_only_for_novu_is_an_error_that_the_next_up_repairs(
    novu: Emulator, app: App, managed: Stack
) -> None:
    later = _discover_document(app, *specs.shop(5))
    app.deploy(*specs.shop(3), fault={"body": later, "times": 3})
    message = _refused(managed, "--skip-preview")
    assert "'payment-failed-0005', 'stock-report-0004'" in message
    app.deploy(*specs.shop(5))
    managed.up("--skip-preview")
    assert len(Environment(novu).ids()) == 5
    assert managed.preview().changes == set()


def test_a_saved_plan_is_enforced(novu: Emulator, app: App, managed: Stack) -> None:
    app.deploy(*specs.shop(4))
    plan = str(managed.directory / "plan.json")
    managed.preview("--save-plan", plan)
    app.deploy(*specs.shop(5))
    novu.clear_requests()
    managed.up("--skip-preview", "--plan", plan, fails=True)
    assert writes(novu) == []
    app.deploy(*specs.shop(4))
    managed.up("--skip-preview", "--plan", plan)
    assert len(Environment(novu).ids()) == 4


def test_no_digest_of_a_manifest_is_in_a_refusal(novu: Emulator, app: App, managed: Stack) -> None:
    """The engine shows the value of a property that a check refuses: hundreds of digests for a large manifest."""
    digests = json.dumps(managed.resources()["app"]["inputs"]["__workflows"])
    app.deploy(*specs.shop(1))
    managed.config(maxDeletions=0)
    message = _refused(managed)
    assert not any(digest in message for digest in json.loads(digests).values())
