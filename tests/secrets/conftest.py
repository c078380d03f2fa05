"""Fixtures of the tests of secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import bridges  # noqa: F401 - a fixture
from tests.intercepting_proxy import InterceptingProxy, intercepting_proxy

_ENGINE = {"test_integrations.py", "test_life_cycle.py", "test_plain_text.py", "test_rotation.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need the engine and Node, for `-m "not engine and not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in _ENGINE:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture
def listener() -> Iterator[InterceptingProxy]:
    """A server whose responses a test sets, and which records its requests."""
    with intercepting_proxy() as server:
        yield server
