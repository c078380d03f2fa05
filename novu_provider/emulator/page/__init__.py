"""The web page of the embedded Novu, for developers.

It shows and edits the data that the API serves. `guard.py` protects it against other sites, `secrets.py` hides keys.
Without JavaScript, only the live log and the copy buttons do not work.
"""

from __future__ import annotations

from novu_provider.emulator.page.guard import SERVED_BY_PAGE
from novu_provider.emulator.page.routes import page_routes

__all__ = ["SERVED_BY_PAGE", "page_routes"]
