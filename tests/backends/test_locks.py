"""Two concurrent runs of one stack: the lock of each backend, and the environment afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.backends.conftest import BackgroundCommand, Team, hold_syncs
from tests.backends.postgres import PASSWORD
from tests.bridge import specs
from tests.engine.novu import writes
from tests.intercepting_proxy import Request, Response

_LOCKED = "the stack is currently locked by 1 lock(s)"


def test_a_second_run_is_refused_while_the_first_runs(team: Team) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    with hold_syncs(team.proxy) as gate, BackgroundCommand(mine, "up", "--yes") as first:
        gate.await_request()
        for command in ("up", "refresh", "destroy"):
            refused = colleagues.run(command, "--yes", "--skip-preview", fails=True)
            assert _LOCKED in refused.output
            assert PASSWORD not in refused.output
        # A preview is allowed.
        colleagues.preview()
        assert team.environment.ids() == set()
        gate.open()
        assert first.wait() == 0, first.output
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert [request for request in writes(team.novu) if "sync" in request] == ["POST /v1/bridge/sync"]
    assert colleagues.up("--skip-preview").changes == set()


def test_runs_that_start_together_never_sync_concurrently(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    syncs = _Counter()
    team.proxy.respond = syncs.respond
    with ExitStack() as resources:
        commands = [
            resources.enter_context(BackgroundCommand(stack, "up", "--yes", "--skip-preview"))
            for stack in (mine, colleagues)
        ]
        statuses = [command.wait() for command in commands]
        refused = [command.output for command, status in zip(commands, statuses, strict=True) if status]
    with capsys.disabled():
        print(f"\ntogether on {team.backend.kind}: {2 - len(refused)} succeeded, {len(refused)} refused")  # noqa: T201
    # Each run writes its lock and then looks for other locks. Two runs that start together may both stop.
    # Otherwise they run one after the other.
    assert all("the stack is currently locked by" in output for output in refused)
    assert syncs.max_concurrent <= 1
    mine.up("--skip-preview")
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert colleagues.preview().changes == set()


def test_a_killed_runs_lock_stays_until_it_is_cancelled(team: Team) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    with hold_syncs(team.proxy) as gate:
        with BackgroundCommand(mine, "up", "--yes") as first:
            gate.await_request()
            first.kill()
        refused = colleagues.run("up", "--yes", fails=True)
        assert _LOCKED in refused.output
        assert "pulumi cancel" in refused.output
        colleagues.run("cancel", "--yes")
    colleagues.up("--skip-preview")
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert colleagues.preview().changes == set()


class _Counter:
    """Counts the syncs that are under way."""

    def __init__(self) -> None:
        self.max_concurrent = 0
        self._now = 0
        self._lock = threading.Lock()

    def respond(self, request: Request, forward: Callable[[], Response]) -> Response | None:
        if not request.path.startswith("/v1/bridge/sync"):
            return None
        with self._lock:
            self._now += 1
            self.max_concurrent = max(self.max_concurrent, self._now)
        try:
            return forward()
        finally:
            with self._lock:
                self._now -= 1
