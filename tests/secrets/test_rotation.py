"""Rotation of the key and the token: the plan, the writes, and no other changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack
from tests.secrets.search import made_up

_OLD = {"secretKey": made_up("old key"), "bypassToken": made_up("old token")}
_NEW = {"secretKey": made_up("new key"), "bypassToken": made_up("new token")}
_VARIABLES = {"secretKey": "NOVU_SECRET_KEY", "bypassToken": "VERCEL_AUTOMATION_BYPASS_SECRET"}

Restart = Callable[[str], Emulator]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Restart Novu with another key for Development, on the same database and port."""
    with ExitStack() as resources:
        running: list[Emulator] = []

        def restart_with(key: str) -> Emulator:
            port = urlsplit(running[-1].url).port or 0 if running else 0
            if running:
                running[-1].stop()
            config = EmulatorConfig(database=str(tmp_path / "novu.sqlite3"), development_key=key)
            running.append(resources.enter_context(Emulator(config, port=port)))
            return running[-1]

        yield restart_with


def _set_secrets(stack: Stack, source: str, **values: str) -> None:
    for key, value in values.items():
        if source == "configuration":
            stack.set_secret(key, value)
        else:
            stack.environ[_VARIABLES[key]] = value


def _token(environment: Environment) -> str:
    """Return the token in the URL that Novu stores."""
    return parse_qs(urlsplit(environment.bridge_url()).query)["x-vercel-protection-bypass"][0]


def _recorded(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return id, inputs and outputs of each resource. A refresh changes other fields (`propertyDependencies`)."""
    return {
        name: {"id": resource["id"], "inputs": resource["inputs"], "outputs": resource["outputs"]}
        for name, resource in stack.resources().items()
    }


def _digests(facts: dict[str, dict[str, Any]]) -> set[str]:
    """Remove the token digests from the binding and return them."""
    return {facts["app"][part].pop("bypassToken") for part in ("inputs", "outputs")}


@pytest.mark.parametrize("source", ["configuration", "environment"])
def test_rotating_key_and_token_changes_only_the_stored_token(
    source: str, restart: Restart, bridges: BridgeProcess, tmp_path: Path
) -> None:
    novu = restart(_OLD["secretKey"])
    app = App(bridges, _OLD["secretKey"])
    app.deploy(*specs.shop(3))
    variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
    stack = Stack(tmp_path / "stack", variables)
    _set_secrets(stack, source, **_OLD)
    stack.up("--skip-preview")
    before = _recorded(stack)
    ids = {workflow_id: workflow.id for workflow_id, workflow in Environment(novu).stored().items()}
    assert _token(Environment(novu)) == _OLD["bypassToken"]

    # Regenerate the key in Novu, then set it in the application and in the stack.
    novu = restart(_NEW["secretKey"])
    assert "rejected the secret key" in stack.preview(fails=True).output
    app.key = _NEW["secretKey"]
    app.deploy(*specs.shop(3))
    _set_secrets(stack, source, secretKey=_NEW["secretKey"])
    novu.clear_requests()
    assert stack.up("--skip-preview").changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []
    assert _recorded(stack) == before

    # Change the token.
    _set_secrets(stack, source, bypassToken=_NEW["bypassToken"])
    plan = stack.preview()
    assert plan.changes == {Change("update", "EnvironmentBinding", "app")}
    assert plan.properties("app") == {"bypassToken"}
    assert stack.up().changes == plan.changes
    assert writes(novu) == ["POST /v1/bridge/sync"]
    environment = Environment(novu)
    assert _token(environment) == _NEW["bypassToken"]
    assert {workflow_id: workflow.id for workflow_id, workflow in environment.stored().items()} == ids
    after = _recorded(stack)
    assert _digests(after) != _digests(before)
    assert after == before
    assert stack.preview().changes == set()


def test_a_token_that_another_sync_stored_is_drift(restart: Restart, bridges: BridgeProcess, tmp_path: Path) -> None:
    novu = restart(_OLD["secretKey"])
    app = App(bridges, _OLD["secretKey"])
    app.deploy(*specs.shop(2))
    stack = Stack(tmp_path / "stack", {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url})
    _set_secrets(stack, "environment", **_OLD)
    stack.up("--skip-preview")
    environment = Environment(novu)
    environment.sync(f"{app.url}?x-vercel-protection-bypass=another-token")
    stack.refresh()
    assert stack.preview().properties("app") == {"bypassToken"}
    stack.up("--skip-preview")
    assert _token(environment) == _OLD["bypassToken"]
