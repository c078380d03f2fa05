"""What all tests share."""

from __future__ import annotations

import compileall
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once: each process of an engine would do it for itself, where Python keeps no bytecode."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(__file__).parent.parent / "novu_provider", quiet=2)
