"""The results of a run as tables: cells of the matrix, and seeds of the kill tests."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.cells import CALLS
from tests.faults.proxy import Fault

CELL = "cell of the fault matrix"
"""The property of a test report: fault, operation and result of a cell."""

SEED = "seed of a kill"
"""The property of a test report: the killed process and the result of a seed."""

SUCCEEDED, STOPPED, LOST = "succeeded", "stopped", "lost"
"""It succeeded; it stopped with a clear error and the next run succeeded; something was lost."""


def matrix(ended: Mapping[tuple[str, str, str], int]) -> list[str]:
    """Return the matrix, fault by operation, as lines: cells tried, survived, lost."""
    if not ended:
        return []

    def count(fault: str | None, operation: str | None, *ends: str) -> int:
        return sum(
            number
            for (its_fault, its_operation, end), number in ended.items()
            if fault in (None, its_fault) and operation in (None, its_operation) and (not ends or end in ends)
        )

    def shown(fault: str | None, operation: str | None) -> str:
        tried, lost = count(fault, operation), count(fault, operation, LOST)
        return "–" if not tried else f"{tried}/{tried - lost}/{lost}"

    operations = [operation for operation in CALLS if count(None, operation)]
    rows: list[tuple[str | None, str]] = [(fault.value, fault.value) for fault in Fault if count(fault.value, None)]
    rows.append((None, "all"))
    width = max(len(label) for _, label in rows)
    lines = ["", "Fault matrix: cells tried/survived/lost, by fault and operation"]
    lines.append(" " * width + "".join(f"{operation:>12}" for operation in [*operations, "all"]))
    lines += [
        f"{label:<{width}}" + "".join(f"{shown(fault, operation):>12}" for operation in [*operations, None])
        for fault, label in rows
    ]
    lines.append(
        f"{count(None, None)} cells tried: {count(None, None, SUCCEEDED)} succeeded, "
        f"{count(None, None, STOPPED)} stopped with a clear error and one plain run repaired them, "
        f"{count(None, None, LOST)} lost something"
    )
    return lines


def killed(ended: Mapping[tuple[str, str], int]) -> list[str]:
    """Return the results of the seeds, as lines."""
    if not ended:
        return []
    seeds = sum(ended.values())
    lost = sum(number for (_, end), number in ended.items() if end == LOST)
    lines = ["", "Killed during an `up` of 50 workflows: what, what then converged, seeds"]
    lines += [f"{what:<12}{end:<36}{number:>4}" for (what, end), number in sorted(ended.items())]
    return [*lines, f"{seeds} seeds tried: {seeds - lost} converged, {lost} lost something"]
