"""The engine, the provider or Novu is killed at a random moment of an `up`; the next `up` converges."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge.process import BridgeProcess
from tests.faults import recovery, table
from tests.faults.fifty import FiftyWorkflows
from tests.faults.judge import NovuContents
from tests.faults.processes import EngineRun, NovuProcess

_SEEDS = range(30)
_KILLED = ("engine", "provider", "novu")


@dataclass(frozen=True)
class Plan:
    """What a seed stands for."""

    seed: int

    @property
    def killed(self) -> str:
        """What is killed."""
        return _KILLED[self.seed % 3]

    @property
    def begins(self) -> str:
        """Whether fifty workflows are made, or some of fifty exchanged."""
        return ("create", "update")[self.seed // 3 % 2]

    @property
    def moment(self) -> float:
        """When, as a part of the time that an `up` takes."""
        return random.Random(self.seed).uniform(0.0, 1.0)

    def __str__(self) -> str:
        return f"seed{self.seed}-{self.killed}-{self.begins}-at-{self.moment:.2f}"


@pytest.fixture(scope="module")
def fifty(tmp_path_factory: pytest.TempPathFactory, bridges: BridgeProcess) -> FiftyWorkflows:
    """Where the seeds begin."""
    return FiftyWorkflows(tmp_path_factory.mktemp("fifty"), bridges)


@pytest.mark.parametrize("plan", [Plan(seed) for seed in _SEEDS], ids=str)
def test_the_next_up_converges(
    plan: Plan, fifty: FiftyWorkflows, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fifty.deploy(plan.begins)
    make_novu = fifty.novu_to_kill if plan.killed == "novu" else fifty.novu
    with make_novu(plan.begins, tmp_path) as novu:
        stack = fifty.stack(plan.begins, tmp_path / "project", novu.url)
        before = NovuContents.read(novu)
        with EngineRun(stack) as run:
            _kill(plan, run, novu, fifty.seconds[plan.begins])
            # The children of a killed engine are still running, as on a user's machine.
            commands, output = recovery.up(stack)
        problems = fifty.problems(plan.begins, before, NovuContents.read(novu), stack)
    request.node.user_properties.append((table.SEED, (plan.killed, table.LOST if problems else commands)))
    assert problems == [], "\n".join([*problems, output])


def _kill(plan: Plan, run: EngineRun, novu: Emulator | NovuProcess, seconds: float) -> None:
    if plan.killed == "provider":
        run.wait_for_provider()
    time.sleep(plan.moment * seconds)
    if plan.killed == "engine":
        run.kill_engine()
        return
    if plan.killed == "provider":
        run.kill_provider()
    else:
        assert isinstance(novu, NovuProcess)
        novu.kill()
        novu.start()
    run.wait()
