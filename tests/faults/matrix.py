"""Run one cell of the matrix, or one round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.novu import writes
from tests.engine.stack import Result, Stack
from tests.faults import judge, known, table
from tests.faults.cells import CALLS, Cell, Round, general
from tests.faults.names import FOREIGN
from tests.faults.proxy import Call, Fault
from tests.faults.scenes import SCENES, World, set_timeout

#: Seconds for one response: a stall is waited out, everything else responds or fails at once.
_SHORT, _LONG = 2.0, 6.0
#: In a round each call fails once. A slow machine may let its repetition fail as well.
_ROUND_TIMEOUT, _ROUND_RETRIES = 1.0, 4


def run(cell: Cell, world: World, directory: Path, request: pytest.FixtureRequest) -> None:
    """Let one call of an operation fail, repair the result with one plain run, and judge both."""
    scene = SCENES[cell.operation]
    proxy = world.bridge_proxy if cell.at_bridge else world.novu_proxy
    timeout = _SHORT if cell.fault is Fault.STALL else _LONG
    with begin(cell.operation, world, directory, timeout, fault=cell.fault) as trial:
        stack = trial.stack
        proxy.arm(cell.fault, cell.call, cell.position, lasting=cell.lasting)
        try:
            result = operate(stack, scene.command)
            met = proxy.met
        finally:
            proxy.disarm()
        problems = judge.after_the_fault(trial, result)
        set_timeout(stack, _LONG)
        if known.is_lost(cell):
            problems += judge.after_the_repair(trial, repair(stack, scene.command, result))
            # The loss is reported at least, and repaired once the user allows it.
            judge.expect_report(result)
            stack.up("--skip-preview", "--config", f"novu:pruneUnmanaged={FOREIGN}")
            assert trial.reached(trial.read())
        else:
            problems += _after_the_next_run(trial, result)
    assert met, f"the fault met no call:\n{result.output}"
    end = table.LOST if problems else table.STOPPED if result.exit_code else table.SUCCEEDED
    request.node.user_properties.append((table.CELL, (cell.fault.value, cell.operation, end)))
    assert bool(problems) == known.is_lost(cell), "\n".join(problems) or "nothing was lost: remove it from known.py"


def run_round(tried: Round, world: World, directory: Path, request: pytest.FixtureRequest) -> None:
    """Let each call of an operation fail once, and judge where the operation ends."""
    scene = SCENES[tried.operation]
    proxies = (world.novu_proxy, world.bridge_proxy)
    with begin(tried.operation, world, directory, _ROUND_TIMEOUT, retries=_ROUND_RETRIES) as trial:
        for proxy in proxies:
            proxy.retry_after = "0"
            proxy.arm_each(_Rotation(tried))
        try:
            result = operate(trial.stack, scene.command)
            failed = [proxy.failed for proxy in proxies]
        finally:
            for proxy in proxies:
                proxy.retry_after = "1"
                proxy.disarm()
        set_timeout(trial.stack, _LONG)
        problems = judge.after_the_fault(trial, result) + _after_the_next_run(trial, result)
    assert result.exit_code == 0, result.output
    assert problems == []
    calls = CALLS[tried.operation]
    for each, known_calls in zip(failed, ((*calls.novu, *calls.parallel), calls.bridge), strict=True):
        missed = Counter(call for call in known_calls if call.method != "POST")
        missed.subtract(general(call) for call, _ in each)
        assert +missed == Counter(), f"these met no fault: {+missed}\n{each}"
        for _, fault in each:
            request.node.user_properties.append((table.CELL, (fault.value, tried.operation, table.SUCCEEDED)))


class _Rotation:
    """Chooses the faults of one proxy in a round."""

    def __init__(self, tried: Round) -> None:
        self._round = tried
        self._seen: Counter[Call] = Counter()

    def __call__(self, call: Call) -> Fault | None:
        call = general(call)
        self._seen[call] += 1
        return self._round.fault(call, self._seen[call] - 1)


@contextmanager
def begin(
    operation: str,
    world: World,
    directory: Path,
    timeout: float,
    *,
    retries: int = 1,
    fault: Fault | None = None,
) -> Iterator[judge.Trial]:
    """Yield a trial on a copy of the scene in which an operation begins.

    :param fault: the fault that one call is about to meet.
    """
    scene = SCENES[operation]
    with world.novu(scene.start, directory) as server:
        world.deploy(scene.deployed)
        stack = world.stack(scene.start, directory / "project")
        set_timeout(stack, timeout, retries)
        stack.write(scene.program)
        trial = judge.Trial(
            operation, fault, world, server, stack, judge.NovuContents.read(server), judge.recorded(stack)
        )
        server.clear_requests()
        yield trial


def _after_the_next_run(trial: judge.Trial, result: Result) -> list[str]:
    """Judge where the next plain run of a user ends; run it unless another test has shown its end.

    - An operation that wrote nothing, neither to Novu nor to the state, is followed by a run from its very beginning.
      `test_the_matrix_knows_each_call` runs that.
    - An `up` or a `destroy` that reached its end is followed by one that changes nothing, as the same test shows.
    """
    if not writes(trial.server) and judge.recorded(trial.stack) == trial.before_in_state:
        return []
    if trial.scene.command in ("up", "destroy") and not result.exit_code:
        return judge.after_the_repair(trial, result)
    return judge.after_the_repair(trial, repair(trial.stack, trial.scene.command, result))


def repair(stack: Stack, command: str, result: Result) -> Result:
    """Run what a user runs next."""
    if command == "destroy":
        return stack.destroy(fails=None)
    # An `up` trusts the state. After a refresh that stopped, it must refresh.
    again = ("--refresh",) if command == "refresh" and result.exit_code else ()
    return stack.up("--skip-preview", *again, fails=None)


def operate(stack: Stack, command: str) -> Result:
    """Run the engine's command, however it ends."""
    if command == "preview":
        return stack.preview(fails=None)
    if command == "refresh":
        return stack.refresh(fails=None)
    if command == "destroy":
        return stack.destroy(fails=None)
    # Without its preview, so that the fault meets the update.
    return stack.up("--skip-preview", fails=None)
