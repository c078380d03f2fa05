"""Whatever call of an `up` that deletes fails, and however, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import matrix
from tests.faults.cells import Cell, cells
from tests.faults.scenes import World


@pytest.mark.parametrize("cell", cells("delete"), ids=str)
def test_a_fault(cell: Cell, shared_world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    matrix.run(cell, shared_world, tmp_path, request)
