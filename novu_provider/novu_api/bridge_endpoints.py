"""The endpoints where Novu calls the bridge: the sync, the health check and the preview of a step."""

from __future__ import annotations

from urllib.parse import quote

from novu_provider.http.client import timeout_for
from novu_provider.model.canonical_json import JsonObject
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.endpoints import Endpoints, workflow_path
from novu_provider.novu_api.stored_workflow import stored_id

_SYNC = "/v1/bridge/sync"


class BridgeEndpoints(Endpoints):
    """The endpoints where Novu calls the bridge."""

    def sync(self, bridge_url: str, timeout: float) -> dict[str, str]:
        """Make Novu discover the bridge and replace its code-first workflows (``POST /v1/bridge/sync``).

        This method never repeats the request.

        :param bridge_url: the URL that Novu stores, bypass token included.
        :param timeout: seconds to wait for the response.
        :returns: the workflow ids that Novu now stores, each with its ``_id``.
        :raises NovuUnreachable: the response was lost. The sync may be done or still running.
        :raises RequestRefused: Novu refused. A part of the sync may be done.
        """
        documents = self._connection.request_data(
            "POST", _SYNC, params={"source": "pulumi"}, json={"bridgeUrl": bridge_url}, timeout=timeout_for(timeout)
        )
        with response_errors.expect_response_shape(self.url, _SYNC):
            return {stored_id(document): document["_id"] for document in documents}

    def validate_bridge(self, bridge_url: str, timeout: float) -> JsonObject:
        """Make Novu call a bridge's health check: ``{"isValid": …, "error": …}`` (``POST /v1/bridge/validate``)."""
        body = {"bridgeUrl": bridge_url}
        return self._connection.request_object("POST", "/v1/bridge/validate", json=body, timeout=timeout_for(timeout))

    def preview_step(
        self, workflow_id: str, step_id: str, timeout: float, payload: JsonObject | None = None
    ) -> JsonObject:
        """Make Novu render a step, by ``_id`` (``POST /v2/workflows/{_id}/step/{_id}/preview``). It writes nothing.

        :param payload: the payload of the trigger. Without it Novu uses an example that ignores `format` and `pattern`.
        :raises EndpointClosed: Novu is older than 2026-03.
        """
        path = f"{workflow_path(workflow_id)}/step/{quote(step_id, safe='')}/preview"
        body = {} if payload is None else {"previewPayload": {"payload": payload}}
        return self._connection.request_object("POST", path, json=body, timeout=timeout_for(timeout))
