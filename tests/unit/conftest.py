"""Settings of the property-based tests: no deadline, because cores are shared, and no database of examples."""

from __future__ import annotations

import hypothesis
import pytest

from tests.unit.clock import Clock

hypothesis.settings.register_profile("unit", deadline=None, database=None, max_examples=60)
hypothesis.settings.load_profile("unit")


@pytest.fixture
def clock() -> Clock:
    return Clock()
