"""A manifest file: a plan without the bridge, and a bridge URL from another resource."""

from __future__ import annotations

import json
from pathlib import Path

from novu_provider.bridge.client import BridgeClient
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.declare import FIRST, MAIL, Dashboard
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

# A dynamic resource replaces a deployment: its URL is known only after its creation.
_PROGRAM = """\
import pulumi
import pulumi.dynamic
import novu_provider as novu


class Deployment(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("deployment", {"url": props["target"]})


class DeployedApplication(pulumi.dynamic.Resource):
    url: pulumi.Output[str]

    def __init__(self, name, target):
        super().__init__(Deployment(), name, {"target": target, "url": None})


deployed = DeployedApplication("deployed", pulumi.Config("test").require("target"))
bridge = novu.Bridge("app", settings=novu.Settings.from_config(), bridge_url=deployed.url)
pulumi.export("workflows", bridge.workflow_names)
"""


def _export(app: App, path: Path) -> Path:
    endpoint = BridgeClient.connect(app.url, app.key)
    path.write_text(endpoint.manifest().dump(), encoding="utf-8")
    endpoint.close()
    return path


def test_a_rename_in_the_manifest_file_carries_the_settings_over(novu: Emulator, app: App, managed: Stack) -> None:
    dashboard = Dashboard(novu)
    dashboard.set_values(MAIL, body="Mail of the dashboard")
    old, *others = app.workflows
    app.deploy({**old, "id": "order-accepted"}, *others)
    file = _export(app, managed.directory / "novu.manifest.json")
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"renamedFrom": {"order-accepted": FIRST}}), encoding="utf-8")
    managed.config(manifest="novu.manifest.json")
    preview = managed.preview()
    assert Change("create", "Rename", "order-accepted") in preview.changes
    assert "probably the renamed" not in preview.output
    managed.up("--skip-preview")
    assert FIRST not in Environment(novu).ids()
    assert dashboard.values(MAIL, "order-accepted") == {"body": "Mail of the dashboard"}
    assert managed.preview().changes == set()


def test_a_bridge_url_that_is_unknown_in_preview(
    novu: Emulator, app: App, make_stack: StackFactory, tmp_path: Path
) -> None:
    manifest = _export(app, tmp_path / "novu.manifest.json")
    stack = make_stack(app, program=_PROGRAM, variables={"NOVU_BRIDGE_URL": ""})
    stack.run("config", "set", "test:target", app.url)
    stack.config(manifest=manifest)
    plan = stack.preview()
    assert len(plan.workflows("create")) == 3
    stack.up("--skip-preview")
    assert Environment(novu).bridge_url() == app.url
    assert len(Environment(novu).ids()) == 3
    assert stack.preview().changes == set()


def test_an_unknown_url_without_a_manifest_is_one_clear_error(app: App, make_stack: StackFactory) -> None:
    stack = make_stack(app, program=_PROGRAM)
    stack.run("config", "set", "test:target", app.url)
    refused = stack.preview(fails=True)
    assert "the bridge cannot be asked for its workflows" in refused.output
    assert "Traceback" not in refused.output


def test_preview_needs_no_bridge_and_up_refuses_another_build(
    novu: Emulator, app: App, make_stack: StackFactory, tmp_path: Path
) -> None:
    manifest = _export(app, tmp_path / "novu.manifest.json")
    stack = make_stack(app)
    stack.config(manifest=manifest)
    url = app.url
    app.undeploy()
    assert len(stack.preview().workflows("create")) == 3
    stack.up(fails=True)
    app.deploy(*specs.shop(2))
    assert app.url == url
    refused = stack.up(fails=True)
    assert "does not serve the declared manifest" in refused.output
    assert writes(novu) == []
    app.deploy(*specs.shop(3))
    stack.up("--skip-preview")
    assert len(Environment(novu).ids()) == 3
