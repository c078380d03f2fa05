"""The endpoints, one module for each part of the API."""

from __future__ import annotations

from novu_provider.emulator.http.endpoint import Endpoint
from novu_provider.emulator.http.routes import (
    agents,
    bridge,
    environments,
    groups,
    integrations,
    triggers,
    workflows_v1,
    workflows_v2,
)

ENDPOINTS: list[Endpoint] = [
    *bridge.ENDPOINTS,
    *environments.ENDPOINTS,
    *workflows_v1.ENDPOINTS,
    *workflows_v2.ENDPOINTS,
    *triggers.ENDPOINTS,
    *agents.ENDPOINTS,
    *groups.ENDPOINTS,
    *integrations.ENDPOINTS,
]
"""All endpoints that need a key. `GET /v1/health-check` needs none and is defined in `app.py`."""
