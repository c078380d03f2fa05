"""Whatever call for what a stack declares beyond code fails, and however, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import matrix
from tests.faults.cells import OVERRIDE_CALLS, Cell, cells
from tests.faults.scenes import World


@pytest.mark.parametrize("cell", cells(*OVERRIDE_CALLS), ids=str)
def test_a_fault(cell: Cell, shared_world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    matrix.run(cell, shared_world, tmp_path, request)
