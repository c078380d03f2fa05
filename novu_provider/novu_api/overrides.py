"""Overrides of a workflow in one environment: the control values of its steps and its preference override."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from novu_provider.errors import EndpointClosed, RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.workflow_update import build_update_body, control_values

#: Control values by step id, and the preference override.
WorkflowOverrides = tuple[dict[str, JsonObject], JsonObject | None]


class Overrides:
    """Reads and writes overrides. Thread-safe.

    Writes to the same workflow are serialized, because PUT sends back control values that were read earlier.
    """

    def __init__(self, api: NovuApi) -> None:
        self._api = api
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def controls(self, workflow_id: str, step_id: str) -> JsonObject | None:
        """Read the control values of a step. None if Novu has no such workflow or step."""
        return self._api.step_controls(workflow_id, step_id)

    def set_controls(self, workflow_id: str, step_id: str, values: Mapping[str, Any]) -> JsonObject:
        """Replace the control values of a step and return the stored ones."""
        with self._locks[workflow_id]:
            return self._api.set_step_controls(workflow_id, step_id, values)

    def workflow(self, internal_id: str) -> WorkflowOverrides | None:
        """Read the overrides of a workflow in one request. None if Novu has no such workflow.

        A Novu before 2025-06 needs one more request for each step.
        """
        try:
            document = self._api.workflow(internal_id)
        except EndpointClosed:
            return self._legacy_workflow(internal_id)
        except RequestRefused as refused:
            if refused.status == 404:
                return None
            raise
        with self._api.expect_workflow_shape(internal_id):
            values = {step["stepId"]: control_values(step) for step in document.get("steps") or ()}
            return values, (document.get("preferences") or {}).get("user")

    def _legacy_workflow(self, internal_id: str) -> WorkflowOverrides | None:
        try:
            document = self._api.legacy_workflow(internal_id)
        except RequestRefused as refused:
            if refused.status == 404:
                return None
            raise
        with self._api.expect_workflow_shape(internal_id):
            step_ids = [step["stepId"] for step in document.get("steps") or ()]
        values = {step_id: self.controls(document["workflowId"], step_id) or {} for step_id in step_ids}
        return values, document.get("userPreferences")

    def set_preferences(self, workflow: StoredWorkflow, override: Mapping[str, Any] | None) -> JsonObject | None:
        """Set the preference override of a workflow, or clear it with None, and return the stored one.

        Everything else is written back as it was read.
        """
        with self._locks[workflow.workflow_id]:
            document = self._api.workflow(workflow.id)
            with self._api.expect_workflow_shape(workflow.id):
                body = build_update_body(document, override=override)
                carrying_body = build_update_body(document, override=override, carrying=workflow.registration)
            try:
                stored = self._api.update_workflow(workflow.id, carrying_body)
            except RequestRefused as refused:
                if refused.status not in (400, 422):
                    raise
                # This Novu rejects unknown fields. Control schemas then show as drift until the next sync.
                stored = self._api.update_workflow(workflow.id, body)
        with self._api.expect_workflow_shape(workflow.id):
            return (stored.get("preferences") or {}).get("user")
