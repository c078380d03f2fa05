"""Two runs at once on one stack: the lock of each backend, and what the environment holds afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.backends.conftest import Running, Team, shut
from tests.backends.postgres import PASSWORD
from tests.bridge import specs
from tests.engine.novu import writes
from tests.intercepting_proxy import Request, Response

_LOCKED = "the stack is currently locked by 1 lock(s)"


def test_a_second_run_is_refused_while_the_first_runs(team: Team) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    with shut(team.gate) as door, Running(mine, "up", "--yes") as first:
        door.await_request()
        for command in ("up", "refresh", "destroy"):
            refused = colleagues.run(command, "--yes", "--skip-preview", fails=True)
            assert _LOCKED in refused.output
            assert PASSWORD not in refused.output
        # Looking is allowed.
        colleagues.preview()
        assert team.environment.ids() == set()
        door.open()
        assert first.wait() == 0, first.output
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert [one for one in writes(team.novu) if "sync" in one] == ["POST /v1/bridge/sync"]
    assert colleagues.up().changes == set()


def test_runs_that_start_together_never_sync_together(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    syncs = _Counter()
    team.gate.respond = syncs.respond
    with ExitStack() as opened:
        both = [opened.enter_context(Running(stack, "up", "--yes", "--skip-preview")) for stack in (mine, colleagues)]
        statuses = [one.wait() for one in both]
        refused = [one.output for one, status in zip(both, statuses, strict=True) if status]
    with capsys.disabled():
        print(f"\ntogether on {team.backend.kind}: {2 - len(refused)} succeeded, {len(refused)} refused")  # noqa: T201
    # Each writes its lock and then looks for another one, so two that start in the same instant may both give way; two
    # that miss each other run one after the other.
    assert all("the stack is currently locked by" in output for output in refused)
    assert syncs.most <= 1
    mine.up()
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert colleagues.preview().changes == set()


def test_a_killed_runs_lock_stays_until_it_is_cancelled(team: Team) -> None:
    mine = team.stack()
    colleagues = team.colleague(mine)
    with shut(team.gate) as door:
        with Running(mine, "up", "--yes") as first:
            door.await_request()
            first.kill()
        refused = colleagues.run("up", "--yes", fails=True)
        assert _LOCKED in refused.output
        assert "pulumi cancel" in refused.output
        colleagues.run("cancel", "--yes")
    colleagues.up()
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(3)}
    assert colleagues.preview().changes == set()


class _Counter:
    """Counts the syncs that are under way."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def respond(self, request: Request, forward: Callable[[], Response]) -> Response | None:
        if not request.path.startswith("/v1/bridge/sync"):
            return None
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return forward()
        finally:
            with self._lock:
                self._now -= 1
