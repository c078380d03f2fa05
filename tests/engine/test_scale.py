"""Many workflows in one program: the number of requests grows with pages of a hundred, not with workflows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine import interpreter
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Result, Stack

_ME = ("GET", "/v1/environments/me")
_LISTING = ("GET", "/v1/workflows")
_SHORT_LISTING = ("GET", "/v2/workflows")
_DELETE = ("DELETE", "/v2/workflows/{id}")
_SYNC = ("POST", "/v1/bridge/sync")

Counts = Counter[tuple[str, str]]


def _config(**options: Any) -> EmulatorConfig:
    return EmulatorConfig(workflow_limit=1000, bridge_retry_delay=0.05, **options)


def _edited(number: int) -> list[specs.Spec]:
    first, *rest = specs.shop(number)
    return [{**first, "name": "Changed"}, *rest]


class Scale:
    """An application with a number of workflows, and the requests that each command sends for it."""

    def __init__(self, novu: Emulator, app: App, directory: Path, number: int) -> None:
        self.novu = novu
        self.app = app
        self.number = number
        app.deploy(*specs.shop(number))
        variables = {"NOVU_SECRET_KEY": app.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
        self.stack = Stack(directory, variables)
        if number > 20:
            # With checkpoints, the engine's own time is quadratic: minutes that these tests do not need.
            self.stack.environ["PULUMI_SKIP_CHECKPOINTS"] = "true"

    def count_requests(self, command: Callable[..., Result], *arguments: str) -> tuple[Result, Counts]:
        """Run a command and count its requests by method and path. Paths contain `{id}` instead of internal ids."""
        self.novu.clear_requests()
        result = command(*arguments)
        paths = ((record.method, re.sub("[0-9a-f]{24}", "{id}", record.path)) for record in self.novu.requests)
        return result, Counter(paths)

    def life_cycle(self) -> dict[str, Counts]:
        """Count the requests of each command of a stack's life cycle except `destroy`."""
        counts: dict[str, Counts] = {}
        result, counts["first preview"] = self.count_requests(self.stack.preview)
        assert len(result.workflows("create")) == self.number
        _, counts["first up"] = self.count_requests(self.stack.up)
        assert len(Environment(self.novu).ids()) == self.number
        result, counts["preview"] = self.count_requests(self.stack.preview)
        assert result.changes == set()
        result, counts["up"] = self.count_requests(self.stack.up)
        assert result.changes == set()
        assert writes(self.novu) == []
        return counts | self.change_and_refresh()

    def change_and_refresh(self) -> dict[str, Counts]:
        """Count the requests of an `up` with one changed workflow, and of a refresh."""
        counts: dict[str, Counts] = {}
        self.app.deploy(*_edited(self.number))
        result, counts["up with a change"] = self.count_requests(self.stack.up)
        assert result.workflows("update") == {"order-confirmed-0001"}
        assert writes(self.novu) == ["POST /v1/bridge/sync"]
        result, counts["refresh"] = self.count_requests(self.stack.refresh)
        assert result.changes == set()
        return counts


@pytest.fixture
def make_scale(bridges: BridgeProcess, tmp_path: Path) -> Callable[[Emulator, int], Scale]:
    def make(novu: Emulator, number: int) -> Scale:
        return Scale(novu, App(bridges, novu.development_key), tmp_path / f"of-{number}", number)

    return make


def test_twenty_and_a_hundred_workflows_need_the_same_requests(make_scale: Callable[[Emulator, int], Scale]) -> None:
    counts = []
    for number in (20, 100):
        with Emulator(_config()) as novu:
            scale = make_scale(novu, number)
            counts.append(scale.life_cycle())
            _, deleting = scale.count_requests(scale.stack.destroy)
            assert deleting.pop(_DELETE) == number
            counts[-1]["destroy"] = deleting
            assert Environment(novu).ids() == set()
    assert counts[0] == counts[1]
    # For an unchanged stack, the preview and the update each request only the environment of the key.
    assert counts[0]["preview"] == {_ME: 1}
    assert counts[0]["up"] == {_ME: 2}
    assert counts[0]["refresh"] == {_ME: 1, _LISTING: 1}
    assert counts[0]["up with a change"][_SYNC] == counts[0]["first up"][_SYNC] == 1


def test_four_hundred_workflows_need_four_pages_and_respect_a_rate_limit(
    make_scale: Callable[[Emulator, int], Scale], tmp_path: Path
) -> None:
    database = str(tmp_path / "novu.sqlite")
    with Emulator(_config(database=database)) as novu:
        scale = make_scale(novu, 400)
        scale.stack.up("--skip-preview")
        counts = scale.change_and_refresh()
        port = int(novu.url.rsplit(":", 1)[1])
    # One page per hundred workflows.
    assert counts["refresh"] == {_ME: 1, _LISTING: 4}
    assert counts["up with a change"][_SYNC] == 1
    assert counts["up with a change"][_SHORT_LISTING] % 4 == counts["up with a change"][_LISTING] % 4 == 0

    # The same Novu, after a restart with 20 requests per second for everything.
    scale.stack.environ[interpreter.PAUSES] = "1"
    with Emulator(_config(database=database, rate_limit=20, rate_limit_configuration=20), port=port) as novu:
        scale.stack.destroy()
        responses = Counter((record.method, record.path, record.status) for record in novu.requests)
        assert Environment(novu).ids() == set()
    limited = {key: count for key, count in responses.items() if key[2] == 429}
    assert max(limited.values(), default=0) <= 1, limited
    assert sum(count for (method, _, status), count in responses.items() if method == "DELETE" and status == 204) == 400


def test_a_thousand_workflows_are_created_refreshed_and_destroyed(
    make_scale: Callable[[Emulator, int], Scale],
) -> None:
    with Emulator(_config()) as novu:
        scale = make_scale(novu, 1000)
        result, _ = scale.count_requests(scale.stack.up, "--skip-preview")
        assert len(result.workflows("create")) == len(Environment(novu).ids()) == 1000
        result, counts = scale.count_requests(scale.stack.preview)
        assert (result.changes, counts) == (set(), {_ME: 1})
        result, counts = scale.count_requests(scale.stack.refresh)
        assert (result.changes, counts) == (set(), {_ME: 1, _LISTING: 10})
        scale.stack.destroy()
        assert Environment(novu).ids() == set()
