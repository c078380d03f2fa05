"""Whatever call of a preview, refresh, destroy or first `up` fails, and however, nothing is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults import matrix
from tests.faults.cells import CALLS, Cell, cells
from tests.faults.proxy import Call
from tests.faults.scenes import SCENES, World


@pytest.mark.parametrize("operation", SCENES)
def test_the_matrix_knows_each_call(operation: str, shared_world: World, tmp_path: Path) -> None:
    scene = SCENES[operation]
    with shared_world.novu(scene.start, tmp_path):
        shared_world.deploy(scene.deployed)
        stack = shared_world.stack(scene.start, tmp_path / "project", timeout=30)
        stack.write(scene.program)
        shared_world.novu_proxy.forget()
        shared_world.bridge_proxy.forget()
        assert matrix.operate(stack, scene.command).exit_code == 0
    novu, bridge = (tuple(map(_general, one.calls)) for one in (shared_world.novu_proxy, shared_world.bridge_proxy))
    known = CALLS[operation]
    assert (novu[: len(known.novu)], bridge) == (known.novu, known.bridge)
    assert Counter(novu[len(known.novu) :]) == Counter(known.beside)


@pytest.mark.parametrize("cell", cells("preview", "refresh", "destroy", "create"), ids=str)
def test_a_fault(cell: Cell, shared_world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    matrix.run(cell, shared_world, tmp_path, request)


def _general(call: Call) -> Call:
    """Put a star in the place of an `_id`."""
    head, _, last = call.path.rpartition("/")
    return Call(call.method, f"{head}/*", call.by_novu) if len(last) == 24 else call
