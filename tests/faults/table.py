"""The figures of a run as tables: cells of the matrix, seeds of what was killed."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.cells import CALLS
from tests.faults.proxy import Fault

CELL = "cell of the fault matrix"
"""The property of a test report: fault, operation and how the cell ended."""

SEED = "seed of a kill"
"""The property of a test report: what was killed, and how the seed ended."""

WELL, STOPPED, LOST = "well", "stopped", "lost"
"""It reached its end; it stopped with a clear error and the next one reached it; something was lost."""


def matrix(ended: Mapping[tuple[str, str, str], int]) -> list[str]:
    """Give the matrix, fault by operation, as lines: cells tried, survived, lost."""
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
        f"{count(None, None)} cells tried: {count(None, None, WELL)} reached their end, "
        f"{count(None, None, STOPPED)} stopped with a clear error and were repaired by one plain run, "
        f"{count(None, None, LOST)} lost something"
    )
    return lines


def killed(ended: Mapping[tuple[str, str], int]) -> list[str]:
    """Give what became of the seeds, as lines."""
    if not ended:
        return []
    seeds = sum(ended.values())
    lost = sum(number for (_, end), number in ended.items() if end == LOST)
    lines = ["", "Killed during an `up` of 50 workflows: what, what then converged, seeds"]
    lines += [f"{what:<12}{end:<36}{number:>4}" for (what, end), number in sorted(ended.items())]
    return [*lines, f"{seeds} seeds tried: {seeds - lost} converged, {lost} lost something"]
