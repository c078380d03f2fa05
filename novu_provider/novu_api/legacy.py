"""The endpoints under ``/v1/workflows`` that a Novu before 2025-06 opens to API keys in place of ``/v2/workflows``."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from novu_provider.errors import RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import WorkflowSummary
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.compatibility import summarize
from novu_provider.novu_api.connection import Connection, v1_page

#: The full listing of code-first workflows.
LISTING = "/v1/workflows"


class LegacyEndpoints:
    """Read, activate and delete workflows of an older Novu."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def workflow_summaries(self, workflow_ids: Collection[str]) -> list[WorkflowSummary]:
        """List all workflows that the listing contains, and find the given ids that it lacks.

        :param workflow_ids: the ids to find even if they belong to dashboard workflows. One request for each.
        """
        with response_errors.expect_response_shape(self._connection.url, LISTING):
            summaries = [summarize(document) for document in self._connection.pages(LISTING, v1_page)]
            missing = set(workflow_ids) - {summary.workflow_id for summary in summaries}
            others = (self._find_workflow(workflow_id) for workflow_id in sorted(missing))
            return [*summaries, *(summary for summary in others if summary is not None)]

    def _find_workflow(self, workflow_id: str) -> WorkflowSummary | None:
        """Find a workflow of any origin by its workflow id (``GET /v1/workflows/{id}``)."""
        try:
            return summarize(self._connection.request_data("GET", workflow_path(workflow_id)))
        except RequestRefused as refused:
            if refused.status == 404:
                return None
            raise

    def workflow(self, internal_id: str) -> JsonObject:
        """Read one workflow by its ``_id`` (``GET /v1/workflows/{_id}``)."""
        return self._connection.request_object("GET", workflow_path(internal_id))

    def set_active(self, internal_id: str, active: bool) -> None:
        """Activate or deactivate a workflow by its ``_id`` (``PUT /v1/workflows/{_id}/status``)."""
        try:
            self._connection.request_json("PUT", f"{workflow_path(internal_id)}/status", json={"active": active})
        except RequestRefused as refused:
            # An earlier request, whose response was lost, has already set it.
            if "different status" not in refused.message:
                raise


def workflow_path(any_id: str) -> str:
    """Return the path of one workflow, by its ``_id`` or its workflow id."""
    return f"{LISTING}/{quote(any_id, safe='')}"
