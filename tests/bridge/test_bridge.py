"""The test bridges behave like the real framework, and inject faults."""

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
    """The name of the test's own bridge."""
    return str(request.node.name)


def ids(document: Any) -> list[str]:
    return [workflow["workflowId"] for workflow in document["workflows"]]


def test_discover_contains_the_fields_of_the_spec(bridges: BridgeProcess, name: str) -> None:
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
    # The only key that the framework renames.
    assert welcome["preferences"]["channels"] == {"in_app": {"enabled": False}}
    assert welcome["payload"]["schema"] == specs.schema(name={"type": "string"})
    assert welcome["controls"]["schema"] == specs.schema(loud={"type": "boolean", "default": True})
    assert welcome["env"]["schema"] == specs.schema(SHOP={"type": "string"})
    (mail,) = welcome["steps"]
    assert (mail["stepId"], mail["type"], mail["controls"]["schema"]) == ("mail", "email", controls)
    assert [provider["type"] for provider in mail["providers"]] == ["sendgrid"]


def test_discover_always_returns_the_same_document(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(5)))
    assert discover(url).content == discover(url, environmentType="prod").content


def test_agents_appear_in_discover(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(agents=["wine-bot", "help-desk"]))
    assert discover(url).json() == {"workflows": [], "agents": [{"agentId": "wine-bot"}, {"agentId": "help-desk"}]}


@pytest.mark.parametrize("type_", STEP_TYPES)
def test_each_type_of_step_can_be_previewed(bridges: BridgeProcess, name: str, type_: str) -> None:
    before = specs.step("before", type_)
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=[before, specs.step("s", type_)])]))
    response = preview(url, "w", "s")
    assert response.status_code == 200, response.text
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


def test_a_custom_step_returns_an_output_that_matches_its_schema(bridges: BridgeProcess, name: str) -> None:
    output = specs.schema(["points"], points={"type": "integer", "minimum": 5}, level={"enum": ["gold"]})
    url = bridges.put(name, specs.bridge([specs.workflow("w", steps=[specs.step("s", "custom", outputSchema=output)])]))
    assert preview(url, "w", "s").json()["outputs"] == {"points": 5, "level": "gold"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        # Signed during the test. A signature from the collection of the tests expires after five minutes.
        (lambda: None, "SignatureNotFoundError"),
        (lambda: "nonsense", "SignatureInvalidError"),
        (lambda: signature("another key"), "SignatureMismatchError"),
        (lambda: signature(specs.SECRET_KEY, at=time.time() - 600), "SignatureExpiredError"),
    ],
    ids=["none", "malformed", "other key", "old"],
)
def test_an_invalid_signature_is_refused(
    bridges: BridgeProcess, name: str, header: Callable[[], str | None], code: str
) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1)))
    signature_header = header()
    headers = {"novu-signature": signature_header} if signature_header else {}
    response = httpx.get(url, params={"action": "discover"}, headers=headers, trust_env=False, verify=False)
    assert (response.status_code, response.json()["code"]) == (401, code)


def test_a_bridge_ignores_the_key_of_the_developer_s_shell(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NOVU_SECRET_KEY", "a key from the developer's shell")
    with BridgeProcess() as bridges, pytest.raises(ValueError, match="Missing secret key"):
        bridges.put(name, specs.bridge(secret_key=""))


def test_a_bridge_that_is_not_strict_requires_no_signature(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1), strict=False))
    assert httpx.get(url, params={"action": "discover"}, trust_env=False, verify=False).status_code == 200


def test_health_needs_no_signature(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(3)))
    response = httpx.get(url, params={"action": "health-check"}, trust_env=False, verify=False)
    assert response.json()["discovered"] == {"workflows": 3, "steps": 6}


def test_bridges_are_independent(bridges: BridgeProcess, name: str) -> None:
    first = bridges.put(f"{name} 1", specs.bridge(specs.shop(1), secret_key="one", fault={"status": 500}))
    second = bridges.put(f"{name} 2", specs.bridge(specs.shop(2), secret_key="two"))
    assert discover(first, "one").status_code == 500
    assert len(ids(discover(second, "two").json())) == 2
    assert len(bridges.requests(f"{name} 2")) == 1


def test_a_bridge_can_be_replaced_and_deleted(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge([specs.workflow("old")]))
    assert bridges.put(name, specs.bridge([specs.workflow("new")])) == url
    assert ids(discover(url).json()) == ["new"]
    bridges.delete(name)
    assert discover(url).status_code == 404


def test_a_spec_that_the_framework_refuses_changes_nothing(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge([specs.workflow("good")]))
    duplicate_step = specs.workflow("bad", steps=[specs.step("s", "sms"), specs.step("s", "push")])
    with pytest.raises(ValueError, match="Step with id: `s` already exists"):
        bridges.put(name, specs.bridge([duplicate_step]))
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
def test_an_unknown_key_in_a_spec_is_refused(bridges: BridgeProcess, name: str, spec: specs.Spec, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bridges.put(name, spec)


def test_requests_are_logged(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1)))
    httpx.get(url, trust_env=False, verify=False)
    discover(url, environmentType="dev")
    bridges.put(name, specs.bridge(fault={"drop": True}))
    with pytest.raises(httpx.RemoteProtocolError):
        preview(url, "w", "s")

    requests = bridges.requests(name)
    assert [(request["method"], request["action"], request["signed"]) for request in requests] == [
        ("GET", None, False),
        ("GET", "discover", True),
        ("POST", "preview", True),
    ]
    assert requests[1]["query"] == {"action": "discover", "environmentType": "dev"}
    assert requests[0]["at"] <= requests[1]["at"] <= requests[2]["at"]
    bridges.clear_requests(name)
    assert bridges.requests(name) == []


def test_a_fault_responds_instead_of_the_bridge(bridges: BridgeProcess, name: str) -> None:
    fault = {"status": 503, "body": "<h1>Soon</h1>", "contentType": "text/html", "headers": {"retry-after": "1"}}
    response = discover(bridges.put(name, specs.bridge(fault=fault)))
    assert (response.status_code, response.text) == (503, "<h1>Soon</h1>")
    assert (response.headers["content-type"], response.headers["retry-after"]) == ("text/html", "1")


def test_a_fault_can_serve_an_invalid_document(bridges: BridgeProcess, name: str) -> None:
    duplicates = {"workflows": [{"workflowId": "w"}, {"workflowId": "w"}]}
    response = discover(bridges.put(name, specs.bridge(fault={"body": duplicates})))
    assert (response.status_code, response.json()) == (200, duplicates)


def test_a_fault_drops_the_connection(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"drop": True}))
    with pytest.raises(httpx.RemoteProtocolError):
        discover(url)


def test_a_fault_redirects(bridges: BridgeProcess, name: str) -> None:
    response = discover(bridges.put(name, specs.bridge(fault={"redirect": "/login"})))
    assert (response.status_code, response.headers["location"]) == (302, "/login")


def test_a_fault_delays_the_real_response(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1), fault={"delayMs": 200}))
    started = time.monotonic()
    assert ids(discover(url).json()) == ["order-confirmed-0001"]
    assert time.monotonic() - started >= 0.2


def test_a_fault_ends_after_a_number_of_requests(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"status": 503, "times": 2}))
    assert [discover(url).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_applies_only_to_its_actions(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(fault={"status": 500, "actions": ["discover"]}))
    assert httpx.get(url, params={"action": "health-check"}, trust_env=False, verify=False).status_code == 200
    assert discover(url).status_code == 500


def test_a_thousand_workflows_are_served(bridges: BridgeProcess, name: str) -> None:
    url = bridges.put(name, specs.bridge(specs.shop(1000)))
    workflow_ids = ids(discover(url).json())
    assert (len(workflow_ids), workflow_ids[0], workflow_ids[-1]) == (
        1000,
        "order-confirmed-0001",
        "payment-failed-1000",
    )
