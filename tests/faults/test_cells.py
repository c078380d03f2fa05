"""The default cells of the matrix leave no kind of fault out."""

from __future__ import annotations

import pytest

from tests.faults import known
from tests.faults.cells import CALLS, KINDS, RETRIED, Cell, cells, rounds
from tests.faults.proxy import Fault

_CELLS = cells(*CALLS)


def test_each_fault_is_of_one_kind() -> None:
    assert sorted(fault.name for kind in KINDS for fault in kind) == sorted(fault.name for fault in Fault)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0].name.lower())
def test_each_operation_meets_each_kind(operation: str, kind: tuple[Fault, ...]) -> None:
    assert [cell for cell in _CELLS if cell.operation == operation and cell.fault in kind]


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_ends_an_operation(fault: Fault) -> None:
    """A round shows only that an operation survives a fault that a retry cures."""
    assert [cell for cell in _CELLS if cell.fault is fault]


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0].name.lower())
def test_each_sync_meets_each_kind(operation: str, kind: tuple[Fault, ...]) -> None:
    def is_sync(cell: Cell) -> bool:
        return cell.operation == operation and (cell.call.method, cell.call.path) == ("POST", "/v1/bridge/sync")

    assert [cell for cell in _CELLS if is_sync(cell) and cell.fault in kind]


def test_the_cells_show_each_known_loss() -> None:
    lost = {(cell.operation, cell.fault) for cell in _CELLS if known.is_lost(cell)}
    assert lost == known.LOST


@pytest.mark.parametrize("operation", CALLS)
def test_the_rounds_try_each_fault_that_a_retry_cures(operation: str) -> None:
    calls = CALLS[operation]
    tried = {
        each.fault(call, occurrence)
        for each in rounds(operation)
        for call in (*calls.novu, *calls.bridge, *calls.parallel)
        for occurrence in range(2)
    }
    assert tried >= set(RETRIED)
