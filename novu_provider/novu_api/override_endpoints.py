"""The endpoints of values that code does not contain: a step's control values and an agent's bridge URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from novu_provider.errors import RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.connection import expect_object
from novu_provider.novu_api.endpoints import Endpoints


class OverrideEndpoints(Endpoints):
    """The endpoints of a step's control values and of an agent's bridge URL."""

    def step_controls(self, workflow_id: str, step_id: str) -> JsonObject | None:
        """Read the control values of a step (``GET /v1/bridge/controls/{workflow id}/{step id}``).

        :returns: None if Novu has no such workflow or step.
        """
        path = _controls_path(workflow_id, step_id)
        try:
            document = self._connection.request_data("GET", path)
        except RequestRefused as refused:
            if refused.status == 404:
                return None
            raise
        with response_errors.expect_response_shape(self.url, path):
            return expect_object((document or {}).get("controls") or {})

    def set_step_controls(self, workflow_id: str, step_id: str, values: Mapping[str, Any]) -> JsonObject:
        """Replace the control values of a step and return the stored ones (``PUT /v1/bridge/controls/…``).

        An empty mapping resets them to the defaults of the schema.
        """
        path = _controls_path(workflow_id, step_id)
        stored = self._connection.request_object("PUT", path, json={"variables": dict(values)})
        with response_errors.expect_response_shape(self.url, path):
            return expect_object(stored.get("controls") or {})

    def agent_url(self, agent_id: str) -> str | None:
        """Return the bridge URL of an agent (``GET /v1/agents/{id}``).

        :returns: an empty text for an agent without a URL. None if Novu has no such agent.
        """
        path = f"/v1/agents/{quote(agent_id, safe='')}"
        try:
            return self._connection.request_object("GET", path).get("bridgeUrl") or ""
        except RequestRefused as refused:
            if refused.status == 404:
                return None
            raise

    def set_agent_url(self, agent_id: str, url: str) -> str:
        """Set the bridge URL of an agent and return the stored one (``PUT /v1/agents/{id}/bridge``).

        An empty URL clears it.
        """
        # Null clears the URL. Novu refuses an empty text with 422.
        path = f"/v1/agents/{quote(agent_id, safe='')}/bridge"
        return self._connection.request_object("PUT", path, json={"bridgeUrl": url or None}).get("bridgeUrl") or ""


def _controls_path(workflow_id: str, step_id: str) -> str:
    return f"/v1/bridge/controls/{quote(workflow_id, safe='')}/{quote(step_id, safe='')}"
