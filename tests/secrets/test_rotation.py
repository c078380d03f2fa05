"""New keys and tokens: what shows in the plan, what is written, and that nothing else changes."""

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
from tests.engine.stack import Change
from tests.secrets.recorded import RecordedStack
from tests.secrets.search import made_up

_OLD = {"secretKey": made_up("old key"), "bypassToken": made_up("old token")}
_NEW = {"secretKey": made_up("new key"), "bypassToken": made_up("new token")}
_VARIABLES = {"secretKey": "NOVU_SECRET_KEY", "bypassToken": "VERCEL_AUTOMATION_BYPASS_SECRET"}

Restart = Callable[[str], Emulator]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Start Novu anew with another key for Development: the same database, the same port."""
    with ExitStack() as opened:
        running: list[Emulator] = []

        def begin(key: str) -> Emulator:
            port = urlsplit(running[-1].url).port or 0 if running else 0
            if running:
                running[-1].stop()
            config = EmulatorConfig(database=str(tmp_path / "novu.sqlite3"), development_key=key)
            running.append(opened.enter_context(Emulator(config, port=port)))
            return running[-1]

        yield begin


def _give(stack: RecordedStack, source: str, **values: str) -> None:
    for key, value in values.items():
        if source == "configuration":
            stack.set_secret(key, value)
        else:
            stack.environ[_VARIABLES[key]] = value


def _token(environment: Environment) -> str:
    """The token in the URL that Novu stores."""
    return parse_qs(urlsplit(environment.bridge_url()).query)["x-vercel-protection-bypass"][0]


def _facts(stack: RecordedStack) -> dict[str, dict[str, Any]]:
    """What the state says of each resource; a refresh drops the rest (`propertyDependencies`) by itself."""
    return {
        name: {"id": resource["id"], "inputs": resource["inputs"], "outputs": resource["outputs"]}
        for name, resource in stack.resources().items()
    }


def _digests(facts: dict[str, dict[str, Any]]) -> set[str]:
    """Take the digest of the token out of the binding's facts and give it."""
    return {facts["app"][part].pop("bypassToken") for part in ("inputs", "outputs")}


@pytest.mark.parametrize("source", ["configuration", "environment"])
def test_rotating_both_changes_the_stored_token_and_nothing_else(
    source: str, restart: Restart, bridges: BridgeProcess, tmp_path: Path
) -> None:
    novu = restart(_OLD["secretKey"])
    app = App(bridges, _OLD["secretKey"])
    app.deploy(*specs.shop(3))
    variables = {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
    stack = RecordedStack(tmp_path / "stack", variables, traced=False)
    _give(stack, source, **_OLD)
    stack.up()
    before = _facts(stack)
    ids = {workflow_id: one.id for workflow_id, one in Environment(novu).stored().items()}
    assert _token(Environment(novu)) == _OLD["bypassToken"]

    # The key: regenerated at Novu, given to the application and to the stack.
    novu = restart(_NEW["secretKey"])
    assert "rejected the secret key" in stack.preview(fails=True).output
    app.key = _NEW["secretKey"]
    app.deploy(*specs.shop(3))
    _give(stack, source, secretKey=_NEW["secretKey"])
    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up().changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []
    assert _facts(stack) == before

    # The token.
    _give(stack, source, bypassToken=_NEW["bypassToken"])
    plan = stack.preview()
    assert plan.changes == {Change("update", "EnvironmentBinding", "app")}
    assert plan.properties("app") == {"bypassToken"}
    assert stack.up().changes == plan.changes
    assert writes(novu) == ["POST /v1/bridge/sync"]
    environment = Environment(novu)
    assert _token(environment) == _NEW["bypassToken"]
    assert {workflow_id: one.id for workflow_id, one in environment.stored().items()} == ids
    after = _facts(stack)
    assert _digests(after) != _digests(before)
    assert after == before
    assert stack.preview().changes == set()


def test_a_token_that_somebody_else_stored_shows_as_drift(
    restart: Restart, bridges: BridgeProcess, tmp_path: Path
) -> None:
    novu = restart(_OLD["secretKey"])
    app = App(bridges, _OLD["secretKey"])
    app.deploy(*specs.shop(2))
    stack = RecordedStack(tmp_path / "stack", {"NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}, traced=False)
    _give(stack, "environment", **_OLD)
    stack.up()
    environment = Environment(novu)
    environment.sync(f"{app.url}?x-vercel-protection-bypass=another-token")
    stack.refresh()
    assert stack.preview().properties("app") == {"bypassToken"}
    stack.up()
    assert _token(environment) == _OLD["bypassToken"]
