"""An embedded Novu: a small server that answers as Novu 3.19.0 does, for demos, tests and offline work.

Needs the extra `local` of the package.
"""

from __future__ import annotations

from novu_provider.emulator.app import RequestRecord, create_app
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator

__all__ = ["Emulator", "EmulatorConfig", "RequestRecord", "create_app"]
