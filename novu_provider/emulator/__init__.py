"""An embedded Novu: a small server that responds like Novu 3.19.0, for demos, tests and offline work.

It needs the package's extra `local`.

The emulator is an independent witness: it imports nothing else of this package, so that an error in the package cannot
hide behind the same error in the emulator. A few functions therefore exist twice on purpose, for example the bridge
signature. An import contract in `pyproject.toml` keeps the two apart.
"""

from __future__ import annotations

from novu_provider.emulator.activity import RequestRecord
from novu_provider.emulator.app import create_app
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator

__all__ = ["Emulator", "EmulatorConfig", "RequestRecord", "create_app"]
