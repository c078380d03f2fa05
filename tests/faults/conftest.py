"""The parts of a fault's test, and the matrix as a table at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.process import BridgeProcess
from tests.engine.conftest import bridges
from tests.faults import table
from tests.faults.scenes import World, world

__all__ = ["bridges"]

#: These run neither the engine nor Node.
_PURE = {"test_cells.py", "test_rules.py", "test_proxy.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need the engine and Node, for `-m "not engine and not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name not in _PURE:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory, bridges: BridgeProcess) -> Iterator[World]:
    """The proxies, the bridges and the beginnings of all operations."""
    with world(tmp_path_factory.mktemp("faults"), bridges) as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix, and the seeds of what was killed; with xdist the reports bring them from the workers."""
    matrix: Counter[tuple[str, str, str]] = Counter()
    killed: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
                if name == table.CELL:
                    matrix[tuple(value)] += 1
                elif name == table.SEED:
                    killed[tuple(value)] += 1
    for line in [*table.matrix(matrix), *table.killed(killed)]:
        terminalreporter.write_line(line)
