"""The test bridges behave as the real framework does, and disturb as they are told."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from . import specs
from .caller import discover, preview, signature
from .process import BridgeProcess

pytestmark = pytest.mark.node

STEP_TYPES = ["email", "in_app", "sms", "push", "chat", "tool", "digest", "delay", "throttle", "custom"]


@pytest.fixture(scope="module")
def bridges() -> Iterator[BridgeProcess]:
    with BridgeProcess() as process:
        yield process


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A bridge of the test's own."""
    return str(request.node.name)


def ids(document: Any) -> list[str]:
    return [workflow["workflowId"] for workflow in document["workflows"]]


def test_discover_declares_what_the_spec_says(bridges: BridgeProcess, name: str) -> None:
    controls = specs.schema(["subject"], subject={"type": "string", "default": "Hello"})
    url = bridges.put(
        name,
        specs.bridge(
            [
                specs.workflow(
                    "welcome",
                    name="Welcome",
                    description="Greets.",
                    tags=["a"],
                    severity="high",
                    preferences={"all": {"enabled": True, "readOnly": True}, "channels": {"inApp": {"enabled": False}}},
                    payloadSchema=specs.schema(name={"type": "string"}),
                    controlSchema=specs.schema(loud={"type": "boolean", "default": True}),
                    envSchema=specs.schema(SHOP={"type": "string"}),
                    steps=[specs.step("mail", "email", controlSchema=controls, providers={"sendgrid": {}})],
                )
            ]
        ),
    )
    (welcome,) = discover(url).raise_for_status().json()["workflows"]

    assert (welcome["name"], welcome["description"], welcome["tags"], welcome["severity"]) == (
        *("Welcome", "Greets.", ["a"], "high"),
    )
    # The one key that the framework renames.
    assert welcome["preferences"]["channels"] == {"in_app": {"enabled": False}}
    assert welcome["payload"]["schema"] == specs.schema(name={"type": "string"})
    assert welcome["controls"]["schema"] == specs.schema(loud={"type": "boolean", "default": True})
    assert welcome["env"]["schema"] == specs.schema(SHOP={"type": "string"})
    (mail,) = welcome["steps"]
    assert (mail["stepId"], mail["type"], mail["controls"]["schema"]) == ("mail", "email", controls)
    assert [provider["type"] for provider in mail["providers"]] == ["sendgrid"]


def test_discover_answers_the_same_each_time(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(5)))
    assert discover(url).content == discover(url, environmentType="prod").content


def test_agents_appear_in_discover(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(agents=["wine-bot", "help-desk"]))
    assert discover(url).json() == {"workflows": [], "agents": [{"agentId": "wine-bot"}, {"agentId": "help-desk"}]}


@pytest.mark.parametrize("type_", STEP_TYPES)
def test_each_type_of_step_can_be_previewed(bridges: BridgeProcess, name: str, type_: str) -> None:
    before = specs.step("before", type_)
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=[before, specs.step("s", type_)])]))
    answer = preview(url, "w", "s")
    assert answer.status_code == 200, answer.text
    assert discover(url).json()["workflows"][0]["steps"][1]["type"] == type_


def test_an_http_request_step_is_declared(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=[specs.step("call", "http_request")])]))
    assert discover(url).json()["workflows"][0]["steps"][0]["type"] == "http_request"


def test_a_preview_shows_the_controls(bridges: BridgeProcess, name: str) -> None:
    controls = specs.schema(subject={"type": "string", "default": "Hello {{subscriber.firstName}}"})
    steps = [specs.step("s", "email", controlSchema=controls)]
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=steps)]))
    assert preview(url, "w", "s").json()["outputs"]["subject"] == "Hello Ann"
    assert preview(url, "w", "s", controls={"subject": "Müßig"}).json()["outputs"]["subject"] == "Müßig"


def test_a_custom_step_returns_what_its_schema_asks_for(bridges: BridgeProcess, name: str) -> None:
    output = specs.schema(["points"], points={"type": "integer", "minimum": 5}, level={"enum": ["gold"]})
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=[specs.step("s", "custom", outputSchema=output)])]))
    assert preview(url, "w", "s").json()["outputs"] == {"points": 5, "level": "gold"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        # Signed when the test runs: one that was signed when the tests were collected is too old five minutes later.
        (lambda: None, "SignatureNotFoundError"),
        (lambda: "nonsense", "SignatureInvalidError"),
        (lambda: signature("another key"), "SignatureMismatchError"),
        (lambda: signature(specs.SECRET_KEY, at=time.time() - 600), "SignatureExpiredError"),
    ],
    ids=["none", "malformed", "other key", "old"],
)
def test_a_wrong_signature_is_refused(
    bridges: BridgeProcess, name: str, header: Callable[[], str | None], code: str
) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1)))
    sent = header()
    headers = {"novu-signature": sent} if sent else {}
    answer = httpx.get(url, params={"action": "discover"}, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_a_bridge_without_a_key_finds_none_in_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NOVU_SECRET_KEY", "a key from the developer's shell")
    with BridgeProcess() as bridges, pytest.raises(ValueError, match="Missing secret key"):
        bridges.put(name, specs.bridge(secret_key=""))


def test_a_bridge_that_is_not_strict_asks_for_no_signature(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1), strict=False))
    assert httpx.get(url, params={"action": "discover"}, trust_env=False).status_code == 200


def test_health_needs_no_signature(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(3)))
    answer = httpx.get(url, params={"action": "health-check"}, trust_env=False)
    assert answer.json()["discovered"] == {"workflows": 3, "steps": 6}


def test_bridges_are_independent(bridges: BridgeProcess, name: str) -> None:
    one = bridges.put(f"{name} 1", specs.bridge(specs.shop(1), secret_key="one", fault={"status": 500}))
    two = bridges.put(f"{name} 2", specs.bridge(specs.shop(2), secret_key="two"))
    assert discover(one, "one").status_code == 500
    assert len(ids(discover(two, "two").json())) == 2
    assert len(bridges.requests(f"{name} 2")) == 1


def test_a_bridge_can_be_replaced_and_deleted(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge([specs.workflow("old")]))
    assert bridges.put(name, specs.bridge([specs.workflow("new")])) == url
    assert ids(discover(url).json()) == ["new"]
    bridges.delete(name)
    assert discover(url).status_code == 404


def test_what_the_framework_refuses_is_said_and_changes_nothing(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge([specs.workflow("good")]))
    twice = specs.workflow("bad", steps=[specs.step("s", "sms"), specs.step("s", "push")])
    with pytest.raises(ValueError, match="Step with id: `s` already exists"):
        bridges.put(name, specs.bridge([twice]))
    assert ids(discover(url).json()) == ["good"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"secretkey": "k"}, "unknown key secretkey"),
        ({"workflows": [specs.workflow("w", payload={})]}, "workflow w: unknown key payload"),
        ({"workflows": [specs.workflow("w", steps=[specs.step("s", "sms", controls={})])]}, "step s of w"),
        ({"workflows": [specs.workflow("w", steps=[specs.step("s", "fax")])]}, "no type fax"),
        ({"fault": {"delay": 1}}, "fault: unknown key delay"),
    ],
)
def test_a_misspelt_spec_is_refused(bridges: BridgeProcess, name: str, spec: specs.Spec, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bridges.put(name, spec)


def test_requests_are_logged(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1)))
    httpx.get(url, trust_env=False)
    discover(url, environmentType="dev")
    bridges.put(name, specs.bridge(fault={"drop": True}))
    with pytest.raises(httpx.RemoteProtocolError):
        preview(url, "w", "s")

    seen = bridges.requests(name)
    assert [(one["method"], one["action"], one["signed"]) for one in seen] == [
        ("GET", None, False),
        ("GET", "discover", True),
        ("POST", "preview", True),
    ]
    assert seen[1]["query"] == {"action": "discover", "environmentType": "dev"}
    assert seen[0]["at"] <= seen[1]["at"] <= seen[2]["at"]
    bridges.clear_requests(name)
    assert bridges.requests(name) == []


def test_a_fault_answers_in_place_of_the_bridge(bridges: BridgeProcess, name: str) -> None:
    fault = {"status": 503, "body": "<h1>Soon</h1>", "contentType": "text/html", "headers": {"retry-after": "1"}}
    answer = discover(bridges.put(name, specs.bridge(fault=fault)))
    assert (answer.status_code, answer.text) == (503, "<h1>Soon</h1>")
    assert (answer.headers["content-type"], answer.headers["retry-after"]) == ("text/html", "1")


def test_a_fault_serves_a_document_that_the_framework_would_not(bridges: BridgeProcess, name: str) -> None:
    twice = {"workflows": [{"workflowId": "w"}, {"workflowId": "w"}]}
    answer = discover(bridges.put(name, specs.bridge(fault={"body": twice})))
    assert (answer.status_code, answer.json()) == (200, twice)


def test_a_fault_drops_the_connection(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"drop": True}))
    with pytest.raises(httpx.RemoteProtocolError):
        discover(url)


def test_a_fault_redirects(bridges: BridgeProcess, name: str) -> None:
    answer = discover(bridges.put(name, specs.bridge(fault={"redirect": "/login"})))
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")


def test_a_fault_delays_the_real_answer(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1), fault={"delayMs": 200}))
    started = time.monotonic()
    assert ids(discover(url).json()) == ["order-confirmed-0001"]
    assert time.monotonic() - started >= 0.2


def test_a_fault_is_over_after_so_many_requests(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"status": 503, "times": 2}))
    assert [discover(url).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_hits_the_named_actions_only(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"status": 500, "actions": ["discover"]}))
    assert httpx.get(url, params={"action": "health-check"}, trust_env=False).status_code == 200
    assert discover(url).status_code == 500


def test_a_thousand_workflows_are_served(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1000)))
    found = ids(discover(url).json())
    assert (len(found), found[0], found[-1]) == (1000, "order-confirmed-0001", "payment-failed-1000")
