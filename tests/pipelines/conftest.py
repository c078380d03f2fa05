"""The parts of the tests of pipelines: those of the engine's tests, and a repository as a pipeline finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from novu_provider.emulator.server import Emulator
from tests.engine.conftest import app, bridges, novu  # noqa: F401 - fixtures
from tests.pipelines.checkout import Checkout

#: These need neither the engine nor Node.
_STATIC = {"test_schemas.py", "test_comment.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need the engine and Node, for `-m "not engine and not node"`."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name not in _STATIC:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.node)


@pytest.fixture
def checkout(tmp_path: Path, novu: Emulator) -> Checkout:  # noqa: F811 - the fixture
    """A user's repository, with the variables of its CI system's store."""
    return Checkout(tmp_path / "checkout", novu.url)
