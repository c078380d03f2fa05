"""Whatever call of a preview, refresh, destroy or first `up` fails, and however, nothing is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults import judge, matrix
from tests.faults.cells import CALLS, Cell, Round, cells, general, rounds
from tests.faults.scenes import SCENES, World


@pytest.mark.parametrize("operation", SCENES)
def test_the_matrix_knows_each_call(operation: str, shared_world: World, tmp_path: Path) -> None:
    """Without a fault, the operation or the run after it reaches its end, and then nothing changes."""
    proxies = (shared_world.novu_proxy, shared_world.bridge_proxy)
    with matrix.begin(operation, shared_world, tmp_path, timeout=30) as trial:
        for proxy in proxies:
            proxy.forget()
        result = matrix.operate(trial.stack, trial.scene.command)
        assert judge.after_the_fault(trial, result) == []
        novu, bridge = (tuple(map(general, proxy.calls)) for proxy in proxies)
        if trial.scene.command in ("preview", "refresh"):
            result = matrix.repair(trial.stack, trial.scene.command, result)
        assert judge.after_the_repair(trial, result) == []
        _expect_no_change(trial)
    known = CALLS[operation]
    assert (novu[: len(known.novu)], bridge) == (known.novu, known.bridge)
    assert Counter(novu[len(known.novu) :]) == Counter(known.parallel)


@pytest.mark.parametrize("operation", [name for name, scene in SCENES.items() if scene.command == "refresh"])
def test_an_up_with_a_refresh_does_what_a_refresh_could_not(
    operation: str, shared_world: World, tmp_path: Path
) -> None:
    with matrix.begin(operation, shared_world, tmp_path, timeout=30) as trial:
        result = trial.stack.up("--skip-preview", "--refresh")
        assert judge.after_the_repair(trial, result) == []
        _expect_no_change(trial)


def _expect_no_change(trial: judge.Trial) -> None:
    if trial.scene.command == "destroy":
        assert trial.stack.resources() == {}
    else:
        assert trial.stack.preview().changes == set()


@pytest.mark.parametrize("tried", rounds(*SCENES), ids=str)
def test_each_call_may_fail_once(
    tried: Round, shared_world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    matrix.run_round(tried, shared_world, tmp_path, request)


@pytest.mark.parametrize("cell", cells("preview", "refresh", "destroy", "create"), ids=str)
def test_a_fault(cell: Cell, shared_world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    matrix.run(cell, shared_world, tmp_path, request)
