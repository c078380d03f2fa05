"""The parts of the tests of secrets: a Novu and a bridge that can be made to repeat what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import bridges  # noqa: F401 - a fixture
from tests.intercepting_proxy import InterceptingProxy, intercepting_proxy

_ENGINE = {"test_life_cycle.py", "test_plain_text.py", "test_rotation.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the engine and Node, so that `make test-fast` leaves it out."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in _ENGINE:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture
def listener() -> Iterator[InterceptingProxy]:
    """A server that answers what a test says and keeps what it was sent."""
    with intercepting_proxy() as running:
        yield running
