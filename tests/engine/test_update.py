"""Changes in the code: each property, the bridge URL, and many workflows in one update."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

_ID = "order-confirmed-0001"

_EDITS: dict[str, tuple[str, Any]] = {
    "name": ("name", "Receipt"),
    "description": ("description", "Another description."),
    "tags": ("tags", ["orders", "vip"]),
    "preferences": ("preferences", {"all": {"enabled": False, "readOnly": True}}),
    "payloadSchema": ("payloadSchema", specs.schema(orderNumber={"type": "integer", "default": 7})),
    "severity": ("severity", "high"),
    "steps (added)": (
        "steps",
        [specs.step("receipt", "email"), specs.step("inbox", "in_app"), specs.step("text", "sms")],
    ),
    "steps (removed)": ("steps", [specs.step("receipt", "email")]),
    "steps (reordered)": ("steps", [specs.step("inbox", "in_app"), specs.step("receipt", "email")]),
    "steps (control default)": (
        "steps",
        [
            specs.step("receipt", "email", controlSchema=specs.schema(body={"type": "string", "default": "New"})),
            specs.step("inbox", "in_app"),
        ],
    ),
    "steps (renamed)": ("steps", [specs.step("bill", "email"), specs.step("inbox", "in_app")]),
    "steps (other type)": ("steps", [specs.step("receipt", "sms"), specs.step("inbox", "in_app")]),
}


@pytest.mark.parametrize("case", _EDITS)
def test_a_changed_property_is_updated_in_place(case: str, novu: Emulator, app: App, managed: Stack) -> None:
    internal_id = Environment(novu).stored()[_ID].id
    key, value = _EDITS[case]
    edited = copy.deepcopy(specs.shop(3))
    edited[0][key] = value
    app.deploy(*edited)

    plan = managed.preview("--diff")
    assert plan.workflows("update") == {_ID}
    assert plan.properties(_ID) == {case.split(maxsplit=1)[0]}
    assert plan.workflows("create") == plan.workflows("delete") == set()

    novu.clear_requests()
    assert managed.up("--skip-preview").workflows("update") == {_ID}
    assert [call for call in writes(novu) if "sync" in call] == ["POST /v1/bridge/sync"]
    stored = Environment(novu).stored()
    assert stored[_ID].id == internal_id
    assert stored[_ID].registration.digest == managed.resources()[_ID]["outputs"]["digest"]
    assert managed.preview().changes == set()
    assert managed.refresh().changes == set()


def test_a_changed_severity_keeps_the_control_values(novu: Emulator, app: App, managed: Stack) -> None:
    environment = Environment(novu)
    environment.call("PUT", f"/v1/bridge/controls/{_ID}/receipt", json={"variables": {"body": "From the dashboard"}})
    edited = specs.shop(3)
    edited[0]["severity"] = "high"
    app.deploy(*edited)
    assert "severity" in managed.preview("--diff").output
    managed.up("--skip-preview")
    assert environment.stored()[_ID].registration.severity == "high"
    values = environment.call("GET", f"/v1/bridge/controls/{_ID}/receipt")["data"]["controls"]
    assert values == {"body": "From the dashboard"}
    assert managed.preview().changes == set()


def test_a_new_bridge_url_needs_one_sync_and_changes_no_workflow(
    novu: Emulator, app: App, managed: Stack, bridges: Any
) -> None:
    moved = App(bridges, app.key)
    managed.environ["NOVU_BRIDGE_URL"] = moved.deploy(*specs.shop(3))
    plan = managed.preview()
    assert plan.changes == {Change("update", "EnvironmentBinding", "app")}
    assert plan.properties("app") == {"bridgeUrl"}
    novu.clear_requests()
    managed.up("--skip-preview")
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert Environment(novu).bridge_url() == moved.url


def test_an_earlier_manifest_can_be_deployed_again(novu: Emulator, app: App, managed: Stack) -> None:
    first = {key: workflow.registration for key, workflow in Environment(novu).stored().items()}
    later = specs.shop(4)
    later[0]["name"] = "Later"
    app.deploy(*later)
    managed.up("--skip-preview")
    app.deploy(*specs.shop(3))
    plan = managed.preview()
    assert plan.workflows("delete") == {"stock-report-0004"}
    assert plan.workflows("update") == {_ID}
    managed.up("--skip-preview")
    assert {key: workflow.registration for key, workflow in Environment(novu).stored().items()} == first


def test_many_changes_need_one_sync(novu: Emulator, app: App, make_stack: StackFactory) -> None:
    app.deploy(*specs.shop(12))
    stack = make_stack(app)
    stack.up("--skip-preview")
    edited = specs.shop(14)[2:]
    for workflow in edited:
        workflow["description"] = "Changed."
    app.deploy(*edited)
    novu.clear_requests()
    result = stack.up()
    assert len(result.workflows("update")) == 10
    assert len(result.workflows("create")) == len(result.workflows("delete")) == 2
    assert writes(novu) == ["POST /v1/bridge/sync"]
