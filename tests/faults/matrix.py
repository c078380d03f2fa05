"""Run one cell of the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.stack import Result, Stack
from tests.faults import judge, known, table
from tests.faults.cells import Cell
from tests.faults.names import THEIRS
from tests.faults.proxy import Fault
from tests.faults.scenes import SCENES, World, set_timeout

#: Seconds for one answer: a stall is waited out, everything else answers or fails at once.
_SHORT, _LONG = 2.0, 6.0


def run(cell: Cell, world: World, directory: Path, request: pytest.FixtureRequest) -> None:
    """Let one call of an operation fail, repair it with one plain run, and judge both."""
    scene = SCENES[cell.operation]
    proxy = world.bridge_proxy if cell.at_bridge else world.novu_proxy
    with world.novu(scene.start, directory) as server:
        world.deploy(scene.deployed)
        stack = world.stack(scene.start, directory / "project", _SHORT if cell.fault is Fault.STALL else _LONG)
        stack.write(scene.program)
        begun = judge.Begun(cell, world, server, stack, judge.Held.by(server))
        server.clear_requests()
        proxy.arm(cell.fault, cell.call, cell.position, lasting=cell.lasting)
        try:
            result = operate(stack, scene.command)
            struck = proxy.struck
        finally:
            proxy.disarm()
        wrong = judge.after_the_fault(begun, result)
        set_timeout(stack, _LONG)
        repaired = _repair(stack, scene.command, result)
        wrong += judge.after_the_repair(begun, repaired)
        if known.is_lost(cell):
            # What cannot be kept is named at least, and is made good once the user has allowed it.
            judge.named(result)
            stack.up("--config", f"novu:pruneUnmanaged={THEIRS}")
            assert begun.reached(judge.Held.by(server))
    assert struck, f"the fault met no call:\n{result.output}"
    end = table.LOST if wrong else table.STOPPED if result.exit_code else table.WELL
    request.node.user_properties.append((table.CELL, (cell.fault.value, cell.operation, end)))
    assert bool(wrong) == known.is_lost(cell), "\n".join(wrong) or "nothing was lost: take it out of known.py"


def _repair(stack: Stack, command: str, result: Result) -> Result:
    """Run what a user runs next."""
    if command == "destroy":
        return stack.destroy(fails=None)
    # A refresh that stopped has shown no drift, and an `up` alone trusts the state: so it is asked for again.
    again = ("--refresh",) if command == "refresh" and result.exit_code else ()
    return stack.up(*again, fails=None)


def operate(stack: Stack, command: str) -> Result:
    """Run the engine's command, however it ends."""
    if command == "preview":
        return stack.preview(fails=None)
    if command == "refresh":
        return stack.refresh(fails=None)
    if command == "destroy":
        return stack.destroy(fails=None)
    # The preview before it is a preview's matter; without it a fault meets the update.
    return stack.up("--skip-preview", fails=None)
