"""What people set in Novu beside the code: control values, preference overrides, the bridge URLs of agents.

One request reads the values of one step, the override of one workflow, or one agent: Novu lists none of them.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from novu_provider.errors import EndpointClosed, RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.stored_workflow import stored_id
from novu_provider.novu_api.workflow_update import build_update_body, control_values

Found = TypeVar("Found")


class Overrides:
    """Reads and writes them. Thread-safe: writes to one workflow wait for each other, since a PUT of a workflow
    repeats the control values that were read before it.
    """

    def __init__(self, api: NovuApi) -> None:
        self._api = api
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def controls(self, workflow_id: str, step_id: str) -> JsonObject | None:
        """Read a step's control values; None where Novu knows no such workflow or step.

        (``GET /v1/bridge/controls/{workflow id}/{step id}``)
        """
        found = _unless_unknown(lambda: self._api.call("GET", _controls(workflow_id, step_id)))
        return None if found is None else (found["data"] or {}).get("controls") or {}

    def set_controls(self, workflow_id: str, step_id: str, values: Mapping[str, Any]) -> JsonObject:
        """Replace a step's control values and give what Novu then holds; none resets them to the schema's defaults.

        (``PUT /v1/bridge/controls/{workflow id}/{step id}``)
        """
        with self._locks[workflow_id]:
            found = self._api.call("PUT", _controls(workflow_id, step_id), json={"variables": dict(values)})["data"]
        return found.get("controls") or {}

    def workflow(self, internal_id: str) -> tuple[dict[str, JsonObject], JsonObject | None] | None:
        """Read a workflow's control values by step id, and its preference override; None where there is none.

        (``GET /v2/workflows/{_id}``)
        """
        try:
            found = _unless_unknown(lambda: self._api.workflow(internal_id))
        except EndpointClosed:
            return self._older_workflow(internal_id)
        if found is None:
            return None
        values = {step["stepId"]: control_values(step) for step in found.get("steps") or ()}
        return values, (found.get("preferences") or {}).get("user")

    def _older_workflow(self, internal_id: str) -> tuple[dict[str, JsonObject], JsonObject | None] | None:
        """Read the same from a Novu before 2025-06, one request more for each step (``GET /v1/workflows/{_id}``)."""
        path = f"/v1/workflows/{quote(internal_id, safe='')}"
        answer = _unless_unknown(lambda: self._api.call("GET", path))
        if answer is None:
            return None
        found = answer["data"]
        with response_errors.expect_response_shape(self._api.url, path):
            workflow_id, steps = stored_id(found), [step["stepId"] for step in found.get("steps") or ()]
        values = {step_id: self.controls(workflow_id, step_id) or {} for step_id in steps}
        return values, found.get("userPreferences")

    def set_preferences(self, held: StoredWorkflow, override: Mapping[str, Any] | None) -> JsonObject | None:
        """Set the preference override of a workflow, or clear it, with everything else as read.

        (``GET`` and ``PUT /v2/workflows/{_id}``)

        :returns: the override that Novu then holds.
        """
        with self._locks[held.workflow_id]:
            document = self._api.workflow(held.id)
            try:
                found = self._api.update_workflow(
                    held.id, build_update_body(document, override=override, carrying=held.registration)
                )
            except RequestRefused as refused:
                if refused.status not in (400, 422):
                    raise
                # A Novu that takes no more fields than it knows: control schemas then show as drift until a sync.
                found = self._api.update_workflow(held.id, build_update_body(document, override=override))
        return (found.get("preferences") or {}).get("user")

    def agent_url(self, agent_id: str) -> str | None:
        """Read an agent's bridge URL, empty where it has none; None where Novu knows no such agent.

        (``GET /v1/agents/{id}``)
        """
        path = f"/v1/agents/{quote(agent_id, safe='')}"
        found = _unless_unknown(lambda: self._api.call("GET", path))
        if found is None:
            return None
        with response_errors.expect_response_shape(self._api.url, path):
            return found["data"].get("bridgeUrl") or ""

    def set_agent_url(self, agent_id: str, url: str) -> str:
        """Set an agent's bridge URL, or clear it with an empty one, and give what Novu then holds.

        (``PUT /v1/agents/{id}/bridge``)
        """
        # Cleared with null: an empty text is refused with 422.
        path = f"/v1/agents/{quote(agent_id, safe='')}/bridge"
        found = self._api.call("PUT", path, json={"bridgeUrl": url or None})["data"]
        return found.get("bridgeUrl") or ""


def _unless_unknown(ask: Callable[[], Found]) -> Found | None:
    """Ask Novu; None where it answers that it knows no such thing."""
    try:
        return ask()
    except RequestRefused as refused:
        if refused.status == 404:
            return None
        raise


def _controls(workflow_id: str, step_id: str) -> str:
    return f"/v1/bridge/controls/{quote(workflow_id, safe='')}/{quote(step_id, safe='')}"
