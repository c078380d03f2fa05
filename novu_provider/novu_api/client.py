"""Novu's side: one method per endpoint, errors mapped to what a user can do about them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from urllib.parse import quote

from novu_provider.errors import EndpointClosed, NovuUnreachable, RequestRefused
from novu_provider.http.client import timeout_for
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.novu_api import compatibility, response_errors
from novu_provider.novu_api.connection import Connection, v1_page, v2_page
from novu_provider.novu_api.stored_workflow import is_rewritten, stored_id, stored_registration


class NovuApi(Connection):
    """Novu's HTTP API for one environment."""

    def environment(self) -> Environment:
        """Say which environment the key opens (``GET /v1/environments/me``)."""
        path = "/v1/environments/me"
        found = self.call("GET", path)["data"]
        with response_errors.expect_response_shape(self.url, path):
            return Environment(
                id=found["_id"],
                name=found.get("name") or "",
                type=found.get("type"),
                bridge_url=(found.get("bridge") or {}).get("url") or "",
            )

    def set_bridge_url(self, environment_id: str, url: str) -> None:
        """Store a bridge URL without a sync; an empty one clears it (``PUT /v1/environments/{id}``).

        :raises EndpointClosed: Novu is older than 2025-06.
        """
        self.call("PUT", f"/v1/environments/{quote(environment_id, safe='')}", json={"bridge": {"url": url}})

    def workflow_summaries(self, sought: Collection[str] = ()) -> list[WorkflowSummary]:
        """List all workflows shortly, 100 in a request (``GET /v2/workflows``).

        :param sought: ids of which it matters who made them. Before 2025-06 there is no listing that has the
            dashboard's workflows; those of these ids that the older one lacks are looked up one by one.
        """
        path = "/v2/workflows"
        try:
            with response_errors.expect_response_shape(self.url, path):
                return [
                    WorkflowSummary(entry["_id"], entry["workflowId"], entry.get("origin") or "external")
                    for entry in self.pages(path, v2_page)
                ]
        except EndpointClosed:
            path = "/v1/workflows"
        with response_errors.expect_response_shape(self.url, path):
            found = [compatibility.summarize(entry) for entry in self.pages(path, v1_page)]
            missing = set(sought) - {one.workflow_id for one in found}
            return [*found, *self.capabilities.find_workflows(sorted(missing))]

    def stored_workflows(self) -> list[StoredWorkflow]:
        """List the code-first workflows in full, 100 in a request (``GET /v1/workflows``).

        The older listing is used since it alone gives whole documents; it leaves out what the new dashboard made.
        What the dashboard has written since the last sync takes a request each (``GET /v2/workflows/{_id}``).
        """
        path = "/v1/workflows"
        with response_errors.expect_response_shape(self.url, path):
            entries = [
                entry
                for entry in self.pages(path, v1_page)
                if entry.get("type") in ("BRIDGE", "ECHO") and entry.get("origin") in ("external", None)
            ]
            if not self._have_severities(entries):
                entries = [entry | {"severity": compatibility.declared_severity(entry)} for entry in entries]
            return [
                StoredWorkflow(
                    entry["_id"],
                    stored_registration(entry, self._rewritten(entry)),
                    validate_payload=bool(entry.get("validatePayload")),
                    translations=bool(entry.get("isTranslationEnabled")),
                )
                for entry in entries
            ]

    def _rewritten(self, entry: JsonObject) -> JsonObject | None:
        if is_rewritten(entry):
            # Where Novu is older, or the workflow went meanwhile, the listing has to do.
            with suppress(EndpointClosed, RequestRefused):
                return self.workflow(entry["_id"])
        return None

    def _have_severities(self, entries: list[JsonObject]) -> bool:
        """Say whether this Novu has severities. A server that was updated does not add them to what it holds."""
        if self.capabilities.supports_severity is None and any("severity" in entry for entry in entries):
            self.capabilities.note_severity(True)
        if self.capabilities.supports_severity is not None:
            return self.capabilities.supports_severity
        doubtful = next((entry["_id"] for entry in entries if compatibility.declared_severity(entry) != "none"), None)
        return doubtful is None or self.workflow_with_severity(doubtful) is not None

    def workflow_with_severity(self, internal_id: str) -> JsonObject | None:
        """Read one workflow as :meth:`workflow` does; None from a Novu that has no severities."""
        if self.capabilities.supports_severity is not False:
            try:
                found = self.workflow(internal_id)
            except EndpointClosed:
                found = {}
            self.capabilities.note_severity("severity" in found)
            if "severity" in found:
                return found
        self.capabilities.warn_once(
            "2025-09", "it has no severities. Those of the code are recorded, and have no effect."
        )
        return None

    def workflow(self, internal_id: str) -> JsonObject:
        """Read one workflow by its ``_id`` (``GET /v2/workflows/{_id}``).

        :raises NovuUnreachable: the answer is another workflow's; it must not be written back under this ``_id``.
        :raises EndpointClosed: Novu is older than 2025-06.
        """
        path = f"/v2/workflows/{quote(internal_id, safe='')}"
        found: JsonObject = self.call("GET", path)["data"]
        with response_errors.expect_response_shape(self.url, path):
            if found["_id"] != internal_id:
                raise response_errors.not_novu(self.url, path, f"answers with the workflow {found['_id']}")
        return found

    def update_workflow(self, internal_id: str, document: JsonObject) -> JsonObject:
        """Write one workflow by its ``_id`` and give what Novu then holds (``PUT /v2/workflows/{_id}``)."""
        path = f"/v2/workflows/{quote(internal_id, safe='')}"
        found: JsonObject = self.call("PUT", path, json=document)["data"]
        return found

    def patch_workflow(self, internal_id: str, changes: JsonObject) -> JsonObject:
        """Change single fields of one workflow and give what Novu then holds (``PATCH /v2/workflows/{_id}``).

        :param changes: any of ``active``, ``validatePayload``, ``isTranslationEnabled``.
        :raises EndpointClosed: Novu is older than 2025-06, where ``active`` alone can be changed.
        :raises AccessDenied: it is, and the environment has a parent, as Production has.
        """
        name = quote(internal_id, safe="")
        try:
            found: JsonObject = self.call("PATCH", f"/v2/workflows/{name}", json=changes)["data"]
        except EndpointClosed:
            if set(changes) != {"active"}:
                raise
            self.capabilities.set_active(internal_id, changes["active"])
            return changes
        return found

    def delete_workflow(self, internal_id: str) -> bool:
        """Delete one workflow by its ``_id``; False when it was gone already (``DELETE /v2/workflows/{_id}``).

        The ``_id`` rather than the workflow id: Novu decodes some workflow ids as something else on this path.

        :raises AccessDenied: Novu is older than 2025-06 and the environment has a parent, as Production has.
        """
        name = quote(internal_id, safe="")
        try:
            return self._delete(f"/v2/workflows/{name}")
        except EndpointClosed:
            pass
        except NovuUnreachable as fault:
            # 2.0.0 has no guard here and stumbles over a key: 500, where other methods say that they are closed.
            if fault.status != 500 or not self._is_v2_closed():
                raise
        return self._delete(f"/v1/workflows/{name}")

    def _delete(self, path: str) -> bool:
        try:
            self.call("DELETE", path)
        except RequestRefused as refused:
            # 2.0.0 says it with 400 under /v1.
            if refused.status == 404 or "Could not find workflow" in refused.message:
                return False
            raise
        return True

    def _is_v2_closed(self) -> bool:
        with suppress(EndpointClosed):
            self.call("GET", "/v2/workflows", params={"limit": 1})
        return self.capabilities.lacks_v2

    def sync(self, bridge_url: str, timeout: float) -> dict[str, str]:
        """Make Novu fetch the bridge and become equal to it; never repeated here (``POST /v1/bridge/sync``).

        :param bridge_url: the URL that Novu stores, bypass token included.
        :param timeout: seconds to wait for the answer.
        :returns: the workflow ids that Novu says it holds now, each with its ``_id``.
        :raises NovuUnreachable: the answer was lost; the sync may have happened or be happening.
        :raises RequestRefused: Novu refused; part of the sync may have happened.
        """
        path = "/v1/bridge/sync"
        body = self.call(
            "POST",
            path,
            params={"source": "pulumi"},
            json={"bridgeUrl": bridge_url},
            timeout=timeout_for(timeout),
        )
        with response_errors.expect_response_shape(self.url, path):
            return {stored_id(entry): entry["_id"] for entry in body["data"]}
