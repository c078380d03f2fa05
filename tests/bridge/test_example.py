"""The example application works as its README describes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from .caller import discover, preview
from .node import STOP_SECONDS, NodeServer
from .npm import ensure_installed, executable
from .process import HERE

pytestmark = pytest.mark.node

FOLDER = HERE.parent.parent / "examples" / "bridge"
KEY = "key-of-the-shop"
READY = "bridge listening on "


def application(release: str, agent: str = "off") -> NodeServer:
    settings = {"PORT": "0", "HOST": "127.0.0.1", "BRIDGE_RELEASE": release, "BRIDGE_AGENT": agent}
    return NodeServer(FOLDER, {"NOVU_SECRET_KEY": KEY, **settings})


def url_of(server: NodeServer) -> str:
    assert server.first_line.startswith(f"{READY}http://127.0.0.1:")
    assert server.first_line.endswith("/api/novu")
    return server.first_line.removeprefix(READY)


@pytest.fixture(scope="module")
def first() -> Iterator[str]:
    with application("1") as server:
        yield url_of(server)


@pytest.fixture(scope="module")
def second() -> Iterator[str]:
    with application("2") as server:
        yield url_of(server)


def declared(url: str) -> dict[str, Any]:
    """Return the workflows of a release by id, without zod's internals, which change with the first preview."""
    document = discover(url, KEY).raise_for_status().json()
    return {workflow["workflowId"]: without_internals(workflow) for workflow in document["workflows"]}


def without_internals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_internals(item) for key, item in value.items() if key not in {"unknownSchema", "options"}}
    if isinstance(value, list):
        return [without_internals(item) for item in value]
    return value


def test_the_example_contains_each_type_of_step_and_severity(first: str) -> None:
    workflows = declared(first)
    assert len(workflows) == 8
    steps = [step for workflow in workflows.values() for step in workflow["steps"]]
    assert {step["type"] for step in steps} >= {"email", "in_app", "sms", "push", "chat", "digest", "delay", "custom"}
    assert {workflow["severity"] for workflow in workflows.values()} == {"none", "low", "medium", "high"}
    for workflow in workflows.values():
        assert workflow["name"]
        assert workflow["description"]
        assert workflow["tags"]
        assert workflow["payload"]["schema"]["properties"]


def test_the_second_release_renames_changes_and_removes(first: str, second: str) -> None:
    before, after = declared(first), declared(second)
    assert before.keys() - after.keys() == {"order-shipped", "abandoned-cart"}
    assert after.keys() - before.keys() == {"order-dispatched"}
    assert before["order-shipped"] == {**after["order-dispatched"], "workflowId": "order-shipped"}
    assert [id for id in before.keys() & after.keys() if before[id] != after[id]] == ["welcome"]
    subjects = [
        release["welcome"]["steps"][0]["controls"]["schema"]["properties"]["subject"] for release in (before, after)
    ]
    assert [subject["default"] for subject in subjects] == [
        "Welcome to Fernhill Books",
        "Good to have you, {{subscriber.firstName}}",
    ]


@pytest.mark.parametrize("release", ["first", "second"])
def test_every_step_can_be_previewed(release: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(release)
    book = {"title": "Emma", "author": "Jane Austen", "isbn": "9780141439587"}
    order = {"orderNumber": "FB-1042", "total": 24.5, "currency": "EUR"}
    events: dict[str, dict[str, Any]] = {
        "order-confirmed": {**order, "items": [{**book, "quantity": 2}]},
        "order-shipped": {**order, "carrier": "DHL", "trackingUrl": "https://dhl.example/1"},
        "order-dispatched": {**order, "carrier": "DHL", "trackingUrl": "https://dhl.example/1"},
        "delivery-delayed": {**order, "newDate": "2026-12-24"},
        "password-reset": {"resetUrl": "https://fernhill.example/reset?a=1&b=2"},
        "abandoned-cart": {"cartUrl": "https://fernhill.example/cart", "books": [book]},
        "back-in-stock": book,
        "low-stock-alert": {**book, "copiesLeft": 0},
    }
    for workflow, declaration in declared(url).items():
        for step in declaration["steps"]:
            response = preview(url, workflow, step["stepId"], key=KEY, payload=events.get(workflow))
            assert response.status_code == 200, (workflow, step["stepId"], response.text)


def test_the_agent_is_served_only_if_it_is_on(first: str) -> None:
    assert discover(first, KEY).json()["agents"] == []
    with application("1", agent="on") as server:
        response = discover(url_of(server), KEY).json()
    assert [agent["agentId"] for agent in response["agents"]] == ["book-finder"]
    assert len(response["workflows"]) == 8


def test_a_request_with_another_signature_is_refused(first: str) -> None:
    assert discover(first, "another key").status_code == 401


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_cleanly(stop: signal.Signals) -> None:
    with application("1") as server:
        declared(url_of(server))
        server.process.send_signal(stop)
        assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"NOVU_SECRET_KEY": ""}, "NOVU_SECRET_KEY is not set"),
        ({"PORT": "http"}, "PORT must be a number"),
        ({"BRIDGE_RELEASE": "3"}, "BRIDGE_RELEASE must be one of 1, 2"),
        ({"BRIDGE_AGENT": "yes"}, "BRIDGE_AGENT must be on or off"),
    ],
)
def test_the_error_names_an_invalid_setting(setting: dict[str, str], message: str) -> None:
    ensure_installed(FOLDER)
    env = {**os.environ, "NOVU_SECRET_KEY": KEY, "PORT": "0", "BRIDGE_RELEASE": "1", **setting}
    result = subprocess.run(
        [executable("node"), "server.js"],
        cwd=FOLDER,
        env=env,
        capture_output=True,
        text=True,
        timeout=STOP_SECONDS,
        check=False,
    )
    assert result.returncode == 1
    assert message in result.stderr
