"""Bad input causes one clear error and changes nothing, neither in Novu nor in the state.

Each case runs twice: in the first `up` of a stack, and in `up` without a preview of a stack that manages the
environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.refusal import Contacts, errors, state, the_error
from tests.engine.stack import Result, Stack

_PASSWORD = "hunter22"
_UNKNOWN_KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class BadInput:
    """Bad input: the environment variables, settings or bridge, and the texts of the error."""

    messages: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    bridge_key: str | None = None
    workflows: list[specs.Spec] | None = None


def _discover(*workflows: dict[str, Any]) -> dict[str, Any]:
    """Return a fault with a discover document that the framework refuses to serve."""
    return {"body": {"workflows": workflows}}


def _entry(workflow_id: str, *types: str) -> dict[str, Any]:
    steps = [
        {"stepId": f"step-{number}", "type": type_, "controls": {"schema": {}}} for number, type_ in enumerate(types)
    ]
    return {"workflowId": workflow_id, "name": workflow_id, "steps": steps}


# Invalid settings. No host may be contacted.
SETTINGS = {
    "no key": BadInput(("no secret key", "pulumi config set --secret novu:secretKey"), {"NOVU_SECRET_KEY": ""}),
    "a key with a space": BadInput(
        ("the secret key has a space", "config set --secret novu:secretKey"), {"NOVU_SECRET_KEY": "Novu key 01234567"}
    ),
    "no URL": BadInput(("no bridge URL", "pulumi config set novu:bridgeUrl"), {"NOVU_BRIDGE_URL": ""}),
    "a URL without a scheme": BadInput(
        ("'app.example.com/api/novu' has no scheme", "without `https://`"),
        {"NOVU_BRIDGE_URL": "app.example.com/api/novu"},
    ),
    "a URL of host and port": BadInput(
        ("'localhost:4000/api/novu' has no scheme",), {"NOVU_BRIDGE_URL": "localhost:4000/api/novu"}
    ),
    "a URL without a host": BadInput(("'https:///api/novu' has no host",), {"NOVU_BRIDGE_URL": "https:///api/novu"}),
    "a URL with an invalid port": BadInput(
        ("the bridge URL is invalid",), {"NOVU_BRIDGE_URL": "https://app.example.com:99999/"}
    ),
    "an API URL without a scheme": BadInput(("API URL 'api.novu.co' has no scheme",), {"NOVU_API_URL": "api.novu.co"}),
    "HTTP to Novu Cloud's bridge": BadInput(
        ("the bridge URL http://app.example.com/api/novu is not HTTPS",),
        {"NOVU_API_URL": "https://api.novu.co", "NOVU_BRIDGE_URL": "http://app.example.com/api/novu"},
    ),
    "HTTP to Novu Cloud": BadInput(
        ("the API URL http://api.novu.co is Novu Cloud without TLS",),
        {"NOVU_API_URL": "http://api.novu.co", "NOVU_BRIDGE_URL": "https://app.example.com/api/novu"},
    ),
    "HTTP to Novu Cloud in the EU": BadInput(("Novu Cloud without TLS",), {"NOVU_API_URL": "http://EU.api.novu.co."}),
    "credentials in the bridge URL": BadInput(
        ("the bridge URL contains credentials",),
        {"NOVU_BRIDGE_URL": f"https://ada:{_PASSWORD}@app.example.com/api/novu"},
    ),
    "credentials in the API URL": BadInput(
        ("the API URL contains credentials",), {"NOVU_API_URL": f"https://ada:{_PASSWORD}@novu.example.com"}
    ),
    "an unknown region": BadInput(("the region 'mars' is unknown", "eu and us"), config={"region": "mars"}),
    "a misspelled guard": BadInput(
        ("`novu:protct` does not exist", "novu:protect <value>"), config={"protct": "welcome"}
    ),
    "a setting of another form": BadInput(("`novu:waitForBridge` is invalid",), config={"waitForBridge": "soon"}),
}

# Error responses of the bridge and of Novu.
RESPONSES = {
    "a wrong key": BadInput(("Novu rejected the secret key", "401"), {"NOVU_SECRET_KEY": _UNKNOWN_KEY}),
    "a bridge that does not respond": BadInput(
        ("is not reachable: [Errno 111] Connection refused.", "Nothing listens at 127.0.0.1:9", "novu:waitForBridge"),
        {"NOVU_BRIDGE_URL": "http://127.0.0.1:9/api/novu"},
    ),
    "a bridge that closes the connection": BadInput(
        ("is not reachable", "closed the connection"), fault={"drop": True}
    ),
    "a slow bridge": BadInput(
        ("did not respond within 0.5 seconds", "Novu's limit is 5 seconds"),
        config={"timeout": "0.5", "retries": "0"},
        fault={"delayMs": 2000},
    ),
    "401": BadInput(("returned 401: it requires a login", "novu:bypassToken"), fault={"status": 401}),
    "403": BadInput(("returned 403: it requires a login",), fault={"status": 403, "body": "Forbidden"}),
    "404": BadInput(
        ("returned 404: there is no bridge at this path", "/api/novu"), fault={"status": 404, "body": "Nothing"}
    ),
    "405": BadInput(("returned 405", "GET, POST and OPTIONS"), fault={"status": 405, "body": "Method not allowed"}),
    "500": BadInput(
        ("returned 500: no database", "the application's log"),
        fault={"status": 500, "body": {"message": "no database"}},
    ),
    "a web page": BadInput(
        ("returned a web page", "delete all workflows"), fault={"body": "<!doctype html><h1>Log in</h1>"}
    ),
    "a redirect to a login": BadInput(
        ("redirects to https://login.example.com/sso: it requires a login",),
        fault={"redirect": "https://login.example.com/sso?next=novu"},
    ),
    "broken JSON": BadInput(
        ("that is not JSON (15 bytes)", "?action=health-check"),
        fault={"body": '{"workflows": [', "contentType": "application/json"},
    ),
    "an empty body": BadInput(
        ("returned 200 without a body",), fault={"status": 200, "body": "", "contentType": "application/json"}
    ),
    "null": BadInput(("it has no list `workflows`",), fault={"body": "null", "contentType": "application/json"}),
    "JSON without workflows": BadInput(("it has no list `workflows`", "serve("), fault={"body": {"status": "ok"}}),
    "a workflow without an id": BadInput(
        ("entry 2 has no valid `workflowId`",), fault=_discover(_entry("a", "email"), {"name": "b", "steps": []})
    ),
    "a step without a type": BadInput(
        ("entry 1 ('a') has a step without a valid `type`, its number 2",),
        fault=_discover({**_entry("a", "email"), "steps": [{"stepId": "x", "type": "email"}, {"stepId": "y"}]}),
    ),
    "duplicate ids": BadInput(
        ("more than one workflow with the id 'order-shipped'",),
        fault=_discover(_entry("order-shipped", "email"), _entry("b", "email"), _entry("order-shipped", "sms")),
    ),
    "more than 20 steps": BadInput(
        ("workflow 'long' has 21 steps; Novu takes at most 20", "Split the workflow"),
        workflows=[specs.workflow("long", steps=[specs.step(f"step-{number}", "email") for number in range(21)])],
    ),
    "no workflows": BadInput(
        ("the manifest has no workflows", "'order-confirmed-0001'", "would be deleted", "novu:allowEmpty"), workflows=[]
    ),
    "a bridge with the key of another environment": BadInput(
        ("rejected the signature made with this stack's key", "the key of the same environment"),
        bridge_key="c0ffee00c0ffee00c0ffee00c0ffee00",
    ),
}


class TwoStacks:
    """An environment with two stacks: `existing` manages it, and `first` has not run yet."""

    def __init__(self, novu: Emulator, app: App, first: Stack, existing: Stack, contacts: Contacts) -> None:
        self.novu = novu
        self.app = app
        self.first = first
        self.existing = existing
        self.contacts = contacts
        self.environment = Environment(novu)
        existing.up("--skip-preview")
        # Each test checks that nothing is written after this `up`, also the first test of a worker.
        novu.clear_requests()
        self.stored = self.environment.stored()
        self.state = state(existing)

    def refuse(self, bad: BadInput) -> list[Result]:
        """Run both stacks with the bad input, then restore the valid input."""
        with pytest.MonkeyPatch.context() as patch:
            for stack in (self.first, self.existing):
                for name, value in bad.variables.items():
                    patch.setitem(stack.environ, name, value)
                stack.config(**bad.config)
            workflows = specs.shop(3) if bad.workflows is None else bad.workflows
            patch.setattr(self.app, "key", bad.bridge_key or self.app.key)
            self.app.deploy(*workflows, fault=bad.fault)
            self.novu.clear_requests()
            self.contacts.clear()
            with ThreadPoolExecutor() as pool:
                first = pool.submit(self.first.up, fails=True)
                existing = pool.submit(self.existing.up, "--skip-preview", fails=True)
            results = [first.result(), existing.result()]
            for stack in (self.first, self.existing):
                stack.config(**dict.fromkeys(bad.config))
        return results

    def check_unchanged(self) -> None:
        """Check that nothing was written, neither in Novu nor in a state."""
        assert writes(self.novu) == []
        assert self.environment.stored() == self.stored
        assert self.environment.bridge_url() == self.app.url
        assert state(self.existing) == self.state
        assert state(self.first) == []


@pytest.fixture(scope="module")
def stacks(bridges: BridgeProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoStacks]:
    directory = tmp_path_factory.mktemp("bad-input")
    contacts = Contacts(directory / "contacts")
    with Emulator(EmulatorConfig(bridge_retry_delay=0.05, bridge_timeout=2.0)) as novu:
        app = App(bridges, novu.development_key)
        variables = {
            "NOVU_SECRET_KEY": app.key,
            "NOVU_API_URL": novu.url,
            "NOVU_BRIDGE_URL": app.deploy(*specs.shop(3)),
            **contacts.variables,
        }
        first, existing = (Stack(directory / name, variables, name=name) for name in ("first", "existing"))
        yield TwoStacks(novu, app, first, existing, contacts)


def _has_no_secret(result: Result, stacks: TwoStacks) -> bool:
    secrets = (_PASSWORD, _UNKNOWN_KEY, "01234567", stacks.novu.development_key, stacks.novu.production_key)
    return not any(secret in result.output for secret in secrets)


@pytest.mark.parametrize("case", SETTINGS)
def test_an_invalid_setting_is_one_clear_error_before_any_connection(case: str, stacks: TwoStacks) -> None:
    for result in stacks.refuse(SETTINGS[case]):
        message = the_error(result)
        assert all(words in message for words in SETTINGS[case].messages), message
        assert _has_no_secret(result, stacks)
    assert stacks.contacts.all() == set()
    stacks.check_unchanged()


@pytest.mark.parametrize("case", RESPONSES)
def test_an_error_response_is_one_clear_error_and_changes_nothing(case: str, stacks: TwoStacks) -> None:
    for result in stacks.refuse(RESPONSES[case]):
        message = the_error(result)
        assert all(words in message for words in RESPONSES[case].messages), message
        assert _has_no_secret(result, stacks)
    assert {contact.split(":")[0] for contact in stacks.contacts.all()} == {"127.0.0.1"}
    stacks.check_unchanged()


@pytest.mark.parametrize("case", ["no key", "HTTP to Novu Cloud", "a wrong key"])
@pytest.mark.parametrize("command", ["refresh", "destroy"])
def test_refresh_and_destroy_report_the_same_error(command: str, case: str, stacks: TwoStacks) -> None:
    bad = {**SETTINGS, **RESPONSES}[case]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bad.variables.items():
            patch.setitem(stacks.existing.environ, name, value)
        result = getattr(stacks.existing, command)(fails=True)
    # Each of the three workflows fails. Only one error contains the reason and the fix.
    assert len(errors(result)) >= 3
    assert result.output.count("  Why: ") == result.output.count("  Fix: ") == 1
    assert all(words in result.output for words in bad.messages)
    assert "Traceback" not in result.output
    assert _has_no_secret(result, stacks)
    stacks.check_unchanged()


def test_an_unknown_step_type_and_ids_of_any_form_are_registered_changed_and_removed(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    unusual = (
        "orderShippedNotification",
        "With Capitals And Spaces",
        "größe-✉-お知らせ",
        "with.dots:and/slashes?and#more",
        "0123456789abcdef01234567",
    )
    served = [_entry("new-kind", "teleport", "email"), *(_entry(workflow_id, "email") for workflow_id in unusual)]
    app.deploy(fault=_discover(*served))
    stack = make_stack(app)
    stack.up("--skip-preview")
    environment = Environment(novu)
    assert environment.ids() == {"new-kind", *unusual}
    assert [step.type for step in environment.stored()["new-kind"].registration.steps] == ["teleport", "email"]
    assert stack.preview().changes == set()

    app.deploy(
        fault=_discover(
            _entry("new-kind", "email", "teleport"), *({**served_entry, "name": "New"} for served_entry in served[2:])
        )
    )
    assert stack.up().workflows("delete") == {"orderShippedNotification"}
    assert environment.ids() == {"new-kind", *unusual[1:]}
    assert stack.refresh().changes == set()
    stack.destroy()
    assert environment.ids() == set()
