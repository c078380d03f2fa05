"""The example program `examples/shop` works as its README describes, in both environments."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge.node import NodeServer
from tests.engine import interpreter
from tests.engine.declare import Dashboard
from tests.engine.novu import writes
from tests.engine.stack import Change, Stack

_EXAMPLES = Path(__file__).parents[2] / "examples"
_AGENT, _OTHER_AGENT = "book-finder", "somebody-elses-agent"
_MADE_IN_DASHBOARD = "made-in-dashboard"

#: Control values that a stack's configuration and the program declare, by workflow and step.
_GREETING = {"intro": "A voucher is waiting for you.", "showVoucher": True}
_DECLARED: dict[str, dict[tuple[str, str], dict[str, Any]]] = {
    "dev": {
        ("welcome", "greeting"): _GREETING,
        ("password-reset", "reset-link"): {
            "senderName": "Fernhill Books (development)",
            "subject": "[dev] Set a new password for Fernhill Books",
        },
        ("order-shipped", "shipping-notice"): {"subject": "[dev] {{payload.orderNumber}} has left our shop"},
    },
    "prod": {
        ("welcome", "greeting"): _GREETING,
        ("password-reset", "reset-link"): {"senderName": "Fernhill Books"},
    },
}


class Shop:
    """The shop in one environment: its bridge, its stack and its dashboard."""

    def __init__(self, name: str, novu: Emulator, directory: Path, resources: ExitStack) -> None:
        self.name = name
        self.novu = novu
        self.key = {"dev": novu.development_key, "prod": novu.production_key}[name]
        self.dashboard = Dashboard(novu, self.key)
        self._resources = resources
        self._bridge: NodeServer | None = None
        self._deploy("1", port=0)
        project = directory / "examples" / "shop"
        if not project.exists():
            shutil.copytree(_EXAMPLES / "shop", project)
            # The project expects the repository's virtual environment here.
            interpreter.virtual_environment(directory / ".venv")
        self.stack = Stack(
            project,
            {"NOVU_SECRET_KEY": self.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": self.url, "BRIDGE_RELEASE": "1"},
            name=name,
            program=(project / "__main__.py").read_text(encoding="utf-8"),
            project=(project / "Pulumi.yaml").read_text(encoding="utf-8"),
        )
        self._create_unmanaged_parts()

    def release(self, number: str) -> None:
        """Deploy another release at the same URL, with the program for that release."""
        self._deploy(number, port=urlsplit(self.url).port or 0)
        self.stack.environ["BRIDGE_RELEASE"] = number

    def agent_url(self, agent: str = _AGENT) -> str | None:
        """Return the bridge URL of an agent."""
        url: str | None = self.dashboard.environment.call("GET", f"/v1/agents/{agent}")["data"].get("bridgeUrl")
        return url

    def stored(self) -> dict[str, Any]:
        """Return the stored workflows, bridge URL and agent URLs of the environment."""
        workflows = self.dashboard.environment.call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
        return {
            "workflows": {workflow["workflowId"]: workflow["_id"] for workflow in workflows},
            "bridge": self.dashboard.environment.bridge_url(),
            "agent": self.agent_url(),
            "other agent": self.agent_url(_OTHER_AGENT),
        }

    def _deploy(self, release: str, port: int) -> None:
        if self._bridge is not None:
            self._bridge.stop()
        variables = {"NOVU_SECRET_KEY": self.key, "HOST": "127.0.0.1", "PORT": str(port)}
        self._bridge = NodeServer(_EXAMPLES / "bridge", {**variables, "BRIDGE_RELEASE": release, "BRIDGE_AGENT": "on"})
        self._resources.enter_context(self._bridge)
        self.url = self._bridge.first_line.removeprefix("bridge listening on ")

    def _create_unmanaged_parts(self) -> None:
        """Create the parts that the stack does not manage: agents and a dashboard workflow."""
        environment = self.dashboard.environment
        for agent in (_AGENT, _OTHER_AGENT):
            environment.call("POST", "/v1/agents", json={"name": agent, "identifier": agent})
        other_bridge = {"bridgeUrl": "https://elsewhere.example/api/novu"}
        environment.call("PUT", f"/v1/agents/{_OTHER_AGENT}/bridge", json=other_bridge)
        name = environment.call("GET", "/v1/environments/me")["data"]["name"]
        self.novu.create_dashboard_workflow(name, workflow_id=_MADE_IN_DASHBOARD)


OpenShop = Callable[[str], Shop]


@pytest.fixture
def open_shop(novu: Emulator, tmp_path: Path) -> Iterator[OpenShop]:
    """Return a function that opens the shop in an environment. All shops use one project and one backend."""
    with ExitStack() as resources:
        yield lambda name: Shop(name, novu, tmp_path, resources)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_life_cycle_of_the_shop(name: str, open_shop: OpenShop, novu: Emulator) -> None:
    shop = open_shop(name)
    stack, dashboard = shop.stack, shop.dashboard
    before = shop.stored()
    stack.up("--skip-preview")
    _expect_declared(shop)
    _expect_no_change(shop)

    # Marketing edits its greeting in the dashboard.
    dashboard.set_values("greeting", "welcome", intro="Written by marketing")
    stack.refresh()
    _expect_no_change(shop)
    assert dashboard.values("greeting", "welcome") == {"intro": "Written by marketing"}

    # The warehouse edits a workflow that release 2 renames.
    dashboard.set_values("text", "order-shipped", text="Your parcel waits at the counter.")
    dashboard.set_override({"all": {"enabled": True, "readOnly": True}, "channels": {}}, "order-shipped")
    override = dashboard.override("order-shipped")
    shop.release("2")
    plan = stack.preview("--diff")
    assert plan.workflows("create") == {"order-dispatched"}
    assert plan.workflows("delete") == {"order-shipped", "abandoned-cart"}
    assert Change("create", "Rename", "order-dispatched") in plan.changes
    assert "Your parcel waits at the counter." in plan.output
    novu.clear_requests()
    stack.up("--skip-preview")
    assert [request for request in writes(novu) if "sync" in request] == ["POST /v1/bridge/sync"]
    assert dashboard.environment.ids() & {"order-shipped", "order-dispatched"} == {"order-dispatched"}
    assert dashboard.values("text", "order-dispatched") == {"text": "Your parcel waits at the counter."}
    assert dashboard.override("order-dispatched") == override
    assert dashboard.values("shipping-notice", "order-dispatched") == _DECLARED[name].get(
        ("order-shipped", "shipping-notice"), {}
    )
    assert dashboard.values("greeting", "welcome") == {"intro": "Written by marketing"}
    _expect_no_change(shop)

    stack.destroy()
    assert shop.stored() == before
    assert stack.resources() == {}


def test_the_environments_are_independent(open_shop: OpenShop, novu: Emulator) -> None:
    dev, prod = open_shop("dev"), open_shop("prod")
    untouched = prod.stored()
    dev.stack.up("--skip-preview")
    assert prod.stored() == untouched
    prod.stack.up("--skip-preview")
    _expect_declared(dev)
    _expect_declared(prod)
    dev.stack.destroy()
    _expect_declared(prod)
    assert prod.stack.preview().changes == set()


def _expect_declared(shop: Shop) -> None:
    dashboard = shop.dashboard
    for (workflow_id, step_id), values in _DECLARED[shop.name].items():
        assert dashboard.values(step_id, workflow_id) == values
    # A step without declared values has the defaults of the code.
    assert dashboard.values("receipt", "order-confirmed") == {}
    inactive = {
        workflow_id for workflow_id in dashboard.environment.ids() if not dashboard.workflow(workflow_id)["active"]
    }
    assert inactive == ({"back-in-stock"} if shop.name == "prod" else set())
    assert dashboard.workflow("password-reset")["validatePayload"] is True
    override = dashboard.override("delivery-delayed")
    if shop.name == "dev":
        assert override is None
    else:
        assert override["all"] == {"enabled": True, "readOnly": True}
        assert {name for name, channel in override["channels"].items() if not channel["enabled"]} == {"email"}
    assert shop.agent_url() == shop.url
    assert shop.agent_url(_OTHER_AGENT) == "https://elsewhere.example/api/novu"


def _expect_no_change(shop: Shop) -> None:
    shop.novu.clear_requests()
    assert shop.stack.preview().changes == set()
    assert shop.stack.refresh().changes == set()
    assert shop.stack.up("--skip-preview").changes == set()
    assert writes(shop.novu) == []
