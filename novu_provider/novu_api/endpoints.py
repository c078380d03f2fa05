"""The base of the classes that group Novu's endpoints, and the paths that several of them use."""

from __future__ import annotations

from urllib.parse import quote

from novu_provider.novu_api.connection import Connection

WORKFLOWS = "/v2/workflows"


class Endpoints:
    """Some endpoints of Novu's API, over one connection."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._connection = connection
        #: The API URL, for messages.
        self.url = url


def workflow_path(internal_id: str) -> str:
    """Return the path of one workflow, by its ``_id``."""
    return f"{WORKFLOWS}/{quote(internal_id, safe='')}"
