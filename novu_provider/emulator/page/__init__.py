"""The page of the embedded Novu: a developer keeps it open in a browser while working.

It shows and edits the data that the API serves. `guard.py` protects it against other sites, `secrets.py` hides keys.
Without JavaScript everything works but the live log and the copy buttons.
"""

from __future__ import annotations

from novu_provider.emulator.page.guard import SERVED_BY_PAGE
from novu_provider.emulator.page.routes import page_routes

__all__ = ["SERVED_BY_PAGE", "page_routes"]
