"""The default cells of the matrix leave no kind of fault out."""

from __future__ import annotations

import pytest

from tests.faults import known
from tests.faults.cells import CALLS, KINDS, RETRIED, cells, rounds
from tests.faults.proxy import Fault

_CELLS = cells(*CALLS)


def test_each_fault_is_of_one_kind() -> None:
    assert sorted(fault.name for kind in KINDS for fault in kind) == sorted(fault.name for fault in Fault)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0].name.lower())
def test_each_operation_meets_each_kind(operation: str, kind: tuple[Fault, ...]) -> None:
    assert [cell for cell in _CELLS if cell.operation == operation and cell.fault in kind]


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_has_a_run_of_its_own(fault: Fault) -> None:
    """In a round, a retry repairs each fault. So each fault also needs a cell."""
    assert [cell for cell in _CELLS if cell.fault is fault]


def test_each_write_meets_each_kind() -> None:
    """In one of the operations that send it."""
    written: dict[tuple[str, str], set[Fault]] = {}
    for cell in _CELLS:
        if cell.call.method != "GET":
            written.setdefault((cell.call.method, cell.call.path), set()).add(cell.fault)
    assert len(written) == 12
    missing = {call: [kind for kind in KINDS if not faults & set(kind)] for call, faults in written.items()}
    assert {call: kinds for call, kinds in missing.items() if kinds} == {}


def test_the_cells_show_each_known_loss() -> None:
    lost = {(cell.operation, cell.fault) for cell in _CELLS if known.is_lost(cell)}
    assert lost == known.LOST


@pytest.mark.parametrize("operation", CALLS)
def test_the_rounds_try_each_fault_that_a_retry_cures(operation: str) -> None:
    tried = {fault_round.fault(call, 0) for fault_round in rounds(operation) for call in CALLS[operation].different}
    assert tried >= set(RETRIED)


@pytest.mark.parametrize("operation", CALLS)
def test_each_call_meets_each_kind_that_a_retry_cures_in_a_round(operation: str) -> None:
    kinds = [set(kind) & set(RETRIED) for kind in KINDS if set(kind) & set(RETRIED)]
    for call in CALLS[operation].different:
        tried = {fault_round.fault(call, 0) for fault_round in rounds(operation)} - {None}
        assert not tried or all(tried & kind for kind in kinds), call
