"""The client of Novu's API for one environment: one method per endpoint. The base classes have the other endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from urllib.parse import quote

import httpx

from novu_provider.errors import EndpointClosed, NovuUnreachable, RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.novu_api import compatibility, legacy, response_errors
from novu_provider.novu_api.bridge_endpoints import BridgeEndpoints
from novu_provider.novu_api.connection import Connection, v1_page, v2_page
from novu_provider.novu_api.endpoints import WORKFLOWS, workflow_path
from novu_provider.novu_api.integrations import IntegrationsApi
from novu_provider.novu_api.override_endpoints import OverrideEndpoints
from novu_provider.novu_api.stored_workflow import is_rewritten, stored_id, stored_registration
from novu_provider.settings import Settings

_ENVIRONMENT = "/v1/environments/me"


class NovuApi(BridgeEndpoints, OverrideEndpoints):
    """Novu's HTTP API for one environment. Thread-safe. For the parameters see :class:`Connection`.

    :raises SettingsError: the CA bundle is invalid.
    """

    def __init__(
        self,
        settings: Settings,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(Connection(settings, inner, sleep, report), settings.api_url)
        self._legacy = legacy.LegacyEndpoints(self._connection)
        self.integrations = IntegrationsApi(self._connection)
        self.timeout = settings.timeout
        self.capabilities = self._connection.capabilities

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def health(self) -> JsonObject:
        """Return Novu's report on itself. It needs no key (``GET /v1/health-check``)."""
        return self._connection.request_object("GET", "/v1/health-check")

    def environment(self) -> Environment:
        """Return the environment that the key opens (``GET /v1/environments/me``)."""
        document = self._connection.request_object("GET", _ENVIRONMENT)
        with response_errors.expect_response_shape(self.url, _ENVIRONMENT):
            return Environment(
                id=document["_id"],
                name=document.get("name") or "",
                type=document.get("type"),
                bridge_url=(document.get("bridge") or {}).get("url") or "",
            )

    def set_bridge_url(self, environment_id: str, url: str) -> None:
        """Store a bridge URL without a sync (``PUT /v1/environments/{id}``). An empty URL clears it.

        :raises EndpointClosed: Novu is older than 2025-06.
        """
        self._connection.request_data(
            "PUT", f"/v1/environments/{quote(environment_id, safe='')}", json={"bridge": {"url": url}}
        )

    def notification_groups(self) -> list[str]:
        """Return the names of the environment's notification groups (``GET /v1/notification-groups``)."""
        path = "/v1/notification-groups"
        groups = self._connection.request_data("GET", path)
        with response_errors.expect_response_shape(self.url, path):
            return [str(group.get("name")) for group in groups]

    def workflow_summaries(self, workflow_ids: Collection[str] = ()) -> list[WorkflowSummary]:
        """List all workflows as summaries, 100 per request (``GET /v2/workflows``).

        :param workflow_ids: the ids whose origin matters. The listing of a Novu before 2025-06 lacks dashboard
            workflows, so each of these ids that it lacks costs one more request.
        """
        try:
            with response_errors.expect_response_shape(self.url, WORKFLOWS):
                return [
                    WorkflowSummary(entry["_id"], entry["workflowId"], entry.get("origin") or "external")
                    for entry in self._connection.pages(WORKFLOWS, v2_page)
                ]
        except EndpointClosed:
            return self._legacy.workflow_summaries(workflow_ids)

    def stored_workflows(self) -> list[StoredWorkflow]:
        """List the code-first workflows with their registrations, 100 per request (``GET /v1/workflows``).

        Only this older listing contains full documents; it lacks workflows of the new dashboard. A workflow that the
        dashboard has written since the last sync costs one more request (``GET /v2/workflows/{_id}``).
        """
        with response_errors.expect_response_shape(self.url, legacy.LISTING):
            documents = [
                document
                for document in self._connection.pages(legacy.LISTING, v1_page)
                if document.get("type") in ("BRIDGE", "ECHO") and document.get("origin") in ("external", None)
            ]
            if not self._supports_severity(documents):
                documents = [
                    document | {"severity": compatibility.declared_severity(document)} for document in documents
                ]
            return [
                StoredWorkflow(
                    document["_id"],
                    stored_registration(document, self._read_if_rewritten(document)),
                    validate_payload=bool(document.get("validatePayload")),
                    translations=bool(document.get("isTranslationEnabled")),
                )
                for document in documents
            ]

    def _read_if_rewritten(self, document: JsonObject) -> JsonObject | None:
        if is_rewritten(document):
            # If Novu is older or the workflow was deleted in the meantime, the listing must be enough.
            with suppress(EndpointClosed, RequestRefused):
                return self.workflow(document["_id"])
        return None

    def _supports_severity(self, documents: list[JsonObject]) -> bool:
        """Whether this Novu has severities. An updated server does not add them to workflows that it already stores."""
        if self.capabilities.supports_severity is None and any("severity" in document for document in documents):
            self.capabilities.note_severity(True)
        if self.capabilities.supports_severity is not None:
            return self.capabilities.supports_severity
        declaring = (document["_id"] for document in documents if compatibility.declared_severity(document) != "none")
        internal_id = next(declaring, None)
        return internal_id is None or self.workflow_with_severity(internal_id) is not None

    def workflow_with_severity(self, internal_id: str) -> JsonObject | None:
        """Read one workflow as :meth:`workflow` does. None if this Novu has no severities."""
        if self.capabilities.supports_severity is not False:
            try:
                document = self.workflow(internal_id)
            except EndpointClosed:
                document = {}
            self.capabilities.note_severity("severity" in document)
            if "severity" in document:
                return document
        self.capabilities.warn_once(
            "2025-09", "it has no severities. The severities in the code are recorded, but have no effect."
        )
        return None

    def workflow(self, internal_id: str) -> JsonObject:
        """Read one workflow by its ``_id`` (``GET /v2/workflows/{_id}``).

        :raises NovuUnreachable: Novu returned another workflow. It must not be written back under this ``_id``.
        :raises EndpointClosed: Novu is older than 2025-06.
        """
        path = workflow_path(internal_id)
        document = self._connection.request_object("GET", path)
        with response_errors.expect_response_shape(self.url, path):
            if document["_id"] != internal_id:
                raise response_errors.not_novu(self.url, path, f"returned the workflow {document['_id']}")
        return document

    def expect_workflow_shape(self, internal_id: str) -> AbstractContextManager[None]:
        """Turn a failure to read the response of :meth:`workflow` into an error that names the request."""
        return response_errors.expect_response_shape(self.url, workflow_path(internal_id))

    def legacy_workflow(self, internal_id: str) -> JsonObject:
        """Read one workflow by its ``_id`` from a Novu before 2025-06 (``GET /v1/workflows/{_id}``).

        The document has the additional member ``workflowId``, as that of :meth:`workflow` has.
        """
        document = self._legacy.workflow(internal_id)
        with response_errors.expect_response_shape(self.url, legacy.workflow_path(internal_id)):
            return document | {"workflowId": stored_id(document)}

    def update_workflow(self, internal_id: str, document: JsonObject) -> JsonObject:
        """Replace one workflow by its ``_id`` and return the stored one (``PUT /v2/workflows/{_id}``)."""
        return self._connection.request_object("PUT", workflow_path(internal_id), json=document)

    def patch_workflow(self, internal_id: str, changes: JsonObject) -> JsonObject:
        """Change single fields of one workflow and return the stored one (``PATCH /v2/workflows/{_id}``).

        :param changes: any of ``active``, ``validatePayload``, ``isTranslationEnabled``.
        :raises EndpointClosed: Novu is older than 2025-06, and ``changes`` contains more than ``active``.
        :raises AccessDenied: Novu is older than 2025-06, and the environment has a parent, as Production has.
        """
        try:
            return self._connection.request_object("PATCH", workflow_path(internal_id), json=changes)
        except EndpointClosed:
            if set(changes) != {"active"}:
                raise
            self._legacy.set_active(internal_id, changes["active"])
            return changes

    def delete_workflow(self, internal_id: str) -> bool:
        """Delete one workflow by its ``_id`` (``DELETE /v2/workflows/{_id}``). False if it was already deleted.

        By the ``_id``, because Novu decodes some workflow ids to other ones on this path.

        :raises AccessDenied: Novu is older than 2025-06, and the environment has a parent, as Production has.
        """
        try:
            return self._delete(workflow_path(internal_id))
        except EndpointClosed:
            pass
        except NovuUnreachable as error:
            # 2.0.0 has no guard on this method. It crashes with 500, where other methods say that they are closed.
            if error.status != 500 or not self._is_v2_closed():
                raise
        return self._delete(legacy.workflow_path(internal_id))

    def _delete(self, path: str) -> bool:
        try:
            self._connection.request_data("DELETE", path)
        except RequestRefused as refused:
            # Under /v1, 2.0.0 answers 400 with this message instead of 404.
            if refused.status == 404 or "Could not find workflow" in refused.message:
                return False
            raise
        return True

    def _is_v2_closed(self) -> bool:
        with suppress(EndpointClosed):
            self._connection.request_data("GET", WORKFLOWS, params={"limit": 1})
        return self.capabilities.lacks_v2
