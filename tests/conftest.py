"""What all tests share."""

from __future__ import annotations

import compileall
from pathlib import Path

import hypothesis
import pytest

# No deadline, because cores are shared, and no database of examples. `make test-fast` tries fewer examples.
hypothesis.settings.register_profile("full", deadline=None, database=None, max_examples=60)
hypothesis.settings.register_profile("fast", hypothesis.settings.get_profile("full"), max_examples=10)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile of Hypothesis, and compile the package once.

    Otherwise each process of an engine would do it for itself, where Python keeps no bytecode.
    """
    if hypothesis.settings.get_current_profile_name() == "default":
        hypothesis.settings.load_profile("full")
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(__file__).parent.parent / "novu_provider", quiet=2)
