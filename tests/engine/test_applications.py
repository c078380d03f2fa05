"""Several applications in one environment, behind a gateway that the same program deploys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.gateway import PROGRAM, Gateway, running_gateway
from tests.engine.novu import Environment
from tests.engine.stack import Change, Stack


class Platform:
    """The applications `shop` and `billing`, the gateway, and the stack of the platform team."""

    def __init__(self, bridges: BridgeProcess, novu: Emulator, gateway: Gateway, directory: Path) -> None:
        self.apps = {name: App(bridges, novu.development_key) for name in ("shop", "billing")}
        self.gateway = gateway
        self.environment = Environment(novu)
        self.stack = Stack(
            directory,
            {
                "NOVU_SECRET_KEY": novu.development_key,
                "NOVU_API_URL": novu.url,
                "NOVU_BRIDGE_URL": gateway.url,
                "GATEWAY_FOLDER": str(gateway.folder),
            },
            program=PROGRAM,
        )

    def deploy(self, **workflows: list[str]) -> None:
        """Deploy these workflows in the applications, and configure these applications as sources."""
        sources = {
            name: self.apps[name].deploy(*(specs.workflow(id_) for id_ in ids)) for name, ids in workflows.items()
        }
        settings = yaml.safe_load(self.stack.settings.read_text(encoding="utf-8"))
        settings.setdefault("config", {})["test:sources"] = sources
        self.stack.settings.write_text(yaml.safe_dump(settings), encoding="utf-8")


@pytest.fixture
def platform(bridges: BridgeProcess, novu: Emulator, tmp_path: Path) -> Iterator[Platform]:
    with running_gateway(tmp_path / "files") as gateway:
        yield Platform(bridges, novu, gateway, tmp_path / "test")


def test_routes_are_deployed_before_the_sync_and_removed_after_it(platform: Platform) -> None:
    platform.deploy(shop=["welcome", "order-shipped"], billing=["invoice"])

    platform.stack.up()

    assert platform.environment.ids() == {"welcome", "order-shipped", "invoice"}
    assert platform.environment.bridge_url() == platform.gateway.url
    resources = platform.stack.resources()
    assert {id_: resources[id_]["inputs"]["application"] for id_ in ("welcome", "invoice")} == {
        "welcome": "shop",
        "invoice": "billing",
    }
    events = platform.gateway.take_log()
    # The only sync comes after the last file.
    assert events.count("novu discover") == 1
    assert events[-1] == "novu discover"

    assert platform.stack.up("--skip-preview").changes == set()
    assert platform.gateway.take_log() == []

    platform.deploy(billing=["invoice"])
    # Two of three: the guard would refuse them.
    platform.stack.config(maxDeletions=2)
    removed = platform.stack.up()

    assert removed.workflows("delete") == {"welcome", "order-shipped"}
    assert platform.environment.ids() == {"invoice"}
    events = platform.gateway.take_log()
    sync = events.index("novu discover")
    assert {event for event in events[:sync] if event.startswith("delete")} == set()
    assert "write discover.json" in events[:sync]
    assert "delete shop/workflows.conf" in events[sync:]
    assert not (platform.gateway.folder / "shop" / "workflows.conf").exists()


def test_a_workflow_that_moves_to_another_application_is_not_deleted_and_drift_is_repaired(platform: Platform) -> None:
    platform.deploy(shop=["welcome", "order-shipped"], billing=["invoice"])
    platform.stack.up("--skip-preview")
    before = platform.environment.stored()["order-shipped"].id
    platform.deploy(shop=["welcome"], billing=["invoice", "order-shipped"])

    moved = platform.stack.up()

    novu_changes = {change for change in moved.changes if change.type in ("Workflow", "EnvironmentBinding")}
    assert novu_changes == {Change("update", "Workflow", "order-shipped")}
    assert moved.properties("order-shipped") == {"application"}
    assert platform.environment.stored()["order-shipped"].id == before
    assert "order" in (platform.gateway.folder / "billing" / "workflows.conf").read_text()

    stored = platform.environment.stored()
    platform.environment.call("DELETE", f"/v2/workflows/{stored['invoice'].id}")
    platform.environment.call("PATCH", f"/v2/workflows/{stored['welcome'].id}", json={"name": "By hand"})
    repaired = platform.stack.up("--refresh")

    # Of each application, only what somebody changed is written. The moved workflow is no difference.
    assert {change for change in repaired.changes if change.type in ("Workflow", "File", "Resource")} == {
        Change("create", "Workflow", "invoice"),
        Change("update", "Workflow", "welcome"),
    }
    after = platform.environment.stored()
    assert {id_: workflow.registration for id_, workflow in after.items()} == {
        id_: workflow.registration for id_, workflow in stored.items()
    }
    assert after["order-shipped"].id == before


def test_an_application_that_is_down_keeps_its_workflows_if_the_stack_allows_it(platform: Platform) -> None:
    platform.deploy(shop=["welcome", "order-shipped"], billing=["invoice"])
    platform.stack.up("--skip-preview")
    platform.deploy(shop=["welcome", "order-shipped"], billing=["invoice", "reminder"])
    platform.apps["shop"].undeploy()

    refused = platform.stack.up(fails=True)
    platform.stack.config(keepApplications="shop")
    kept = platform.stack.up()

    assert "the application 'shop'" in refused.output
    assert kept.workflows("create") == {"reminder"}
    assert kept.workflows("delete") == kept.workflows("update") == set()
    assert platform.environment.ids() == {"welcome", "order-shipped", "invoice", "reminder"}


def test_what_the_applications_cannot_share_is_refused_before_anything_is_written(platform: Platform) -> None:
    platform.deploy(shop=["welcome"], billing=["welcome"])
    both = platform.stack.preview(fails=True)
    platform.deploy(shop=["welcome"], billing=[])
    empty = platform.stack.preview(fails=True)

    assert "'billing', 'shop' declare the same workflow 'welcome'" in both.output
    assert "the application 'billing' declares no workflow" in empty.output
    assert platform.gateway.take_log() == []
    assert platform.environment.ids() == set()
