"""Novu's side: one method per endpoint, errors mapped to what a user can do about them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from novu_provider import api_faults, older, transport
from novu_provider.errors import EndpointClosed, NovuUnreachable, RequestRefused
from novu_provider.registration import JsonObject, Registration, stored_id
from novu_provider.settings import Settings

#: The largest page both listings give (`limit=1000` is refused with 422).
PAGE = 100


@dataclass(frozen=True)
class Environment:
    """The environment that the key opens."""

    id: str
    name: str
    #: ``dev`` or ``prod``; None on servers before 2026.
    type: str | None
    #: The stored bridge URL as it is, bypass token included; empty when none is stored.
    bridge_url: str


@dataclass(frozen=True)
class Listed:
    """One workflow in the short listing of all workflows, however they were made."""

    id: str
    workflow_id: str
    #: ``external`` for code-first workflows, ``novu-cloud`` or ``novu-cloud-v1`` for those of the dashboard.
    origin: str

    @property
    def external(self) -> bool:
        """Whether a bridge registered it."""
        return self.origin == "external"


@dataclass(frozen=True)
class Stored:
    """One code-first workflow as Novu holds it."""

    id: str
    registration: Registration
    #: Whether Novu checks a trigger's payload against the payload schema. No sync changes it, nor the next one.
    validate_payload: bool = False
    #: Whether the workflow's translations are used.
    translations: bool = False

    @property
    def workflow_id(self) -> str:
        """The id that the code gives it."""
        return self.registration.workflow_id


class NovuApi:
    """Novu's HTTP API for one environment.

    :param settings: where it is and with which key.
    :param inner: replaces the network, in tests, and ``sleep`` the waiting.
    :param tell: shows one line to the user: what an older Novu lacks.
    :raises SettingsError: the CA bundle cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        bypass = settings.bypass_token.get_secret_value() if settings.bypass_token else None
        key = settings.secret_key.get_secret_value()
        self.url = settings.api_url
        self.timeout = settings.timeout
        self.older = older.Older(self.call, tell)
        self._redactor = transport.Redactor((key, bypass))
        self._client = transport.client(
            base_url=settings.api_url,
            headers={"Authorization": f"ApiKey {key}"},
            ca_bundle=settings.ca_bundle,
            timeout=settings.timeout,
            retries=settings.retries,
            transport=inner,
            sleep=sleep,
        )

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def environment(self) -> Environment:
        """Say which environment the key opens (``GET /v1/environments/me``)."""
        path = "/v1/environments/me"
        found = self.call("GET", path)["data"]
        with api_faults.expecting(self.url, path):
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

    def listed(self, sought: Collection[str] = ()) -> list[Listed]:
        """List all workflows shortly, 100 in a request (``GET /v2/workflows``).

        :param sought: ids of which it matters who made them. Before 2025-06 there is no listing that has the
            dashboard's workflows; those of these ids that the older one lacks are looked up one by one.
        """
        path = "/v2/workflows"
        if not self.older.without_v2:
            try:
                with api_faults.expecting(self.url, path):
                    return [
                        Listed(entry["_id"], entry["workflowId"], entry.get("origin") or "external")
                        for entry in self._pages(path, _v2_page)
                    ]
            except EndpointClosed:
                self.older.without_v2 = True
        path = "/v1/workflows"
        with api_faults.expecting(self.url, path):
            found = [Listed(*older.listed(entry)) for entry in self._pages(path, _v1_page)]
            missing = set(sought) - {one.workflow_id for one in found}
            return [*found, *(Listed(*one) for one in self.older.find(sorted(missing)))]

    def stored(self) -> list[Stored]:
        """List the code-first workflows in full, 100 in a request (``GET /v1/workflows``).

        The older listing is used since it alone gives whole documents; it leaves out what the new dashboard made.
        """
        path = "/v1/workflows"
        with api_faults.expecting(self.url, path):
            entries = [
                entry
                for entry in self._pages(path, _v1_page)
                if entry.get("type") in ("BRIDGE", "ECHO") and entry.get("origin") in ("external", None)
            ]
            if not self._have_severities(entries):
                entries = [entry | {"severity": older.declared_severity(entry)} for entry in entries]
            return [
                Stored(
                    entry["_id"],
                    Registration.stored(entry),
                    validate_payload=bool(entry.get("validatePayload")),
                    translations=bool(entry.get("isTranslationEnabled")),
                )
                for entry in entries
            ]

    def _have_severities(self, entries: list[JsonObject]) -> bool:
        """Say whether this Novu has severities. A server that was updated does not add them to what it holds."""
        if self.older.severities is None and any("severity" in entry for entry in entries):
            self.older.severities = True
        if self.older.severities is not None:
            return self.older.severities
        doubtful = next((entry["_id"] for entry in entries if older.declared_severity(entry) != "none"), None)
        return doubtful is None or self.workflow_with_severity(doubtful) is not None

    def workflow_with_severity(self, internal_id: str) -> JsonObject | None:
        """Read one workflow as :meth:`workflow` does; None from a Novu that has no severities."""
        if self.older.without_v2:
            self.older.severities = False
        if self.older.severities is not False:
            try:
                found = self.workflow(internal_id)
            except EndpointClosed:
                self.older.without_v2 = True
                found = {}
            self.older.severities = "severity" in found
            if self.older.severities:
                return found
        self.older.tell("2025-09", "it has no severities. Those of the code are recorded, and have no effect.")
        return None

    def workflow(self, internal_id: str) -> JsonObject:
        """Read one workflow by its ``_id`` (``GET /v2/workflows/{_id}``).

        :raises NovuUnreachable: the answer is another workflow's; it must not be written back under this ``_id``.
        :raises EndpointClosed: Novu is older than 2025-06.
        """
        path = f"/v2/workflows/{quote(internal_id, safe='')}"
        found: JsonObject = self.call("GET", path)["data"]
        with api_faults.expecting(self.url, path):
            if found["_id"] != internal_id:
                raise api_faults.not_novu(self.url, path, f"answers with the workflow {found['_id']}")
        return found

    def replace(self, internal_id: str, document: JsonObject) -> JsonObject:
        """Write one workflow by its ``_id`` and give what Novu then holds (``PUT /v2/workflows/{_id}``)."""
        path = f"/v2/workflows/{quote(internal_id, safe='')}"
        found: JsonObject = self.call("PUT", path, json=document)["data"]
        return found

    def patch(self, internal_id: str, changes: JsonObject) -> JsonObject:
        """Change single fields of one workflow and give what Novu then holds (``PATCH /v2/workflows/{_id}``).

        :param changes: any of ``active``, ``validatePayload``, ``isTranslationEnabled``.
        """
        path = f"/v2/workflows/{quote(internal_id, safe='')}"
        found: JsonObject = self.call("PATCH", path, json=changes)["data"]
        return found

    def delete(self, internal_id: str) -> bool:
        """Delete one workflow by its ``_id``; False when it was gone already (``DELETE /v2/workflows/{_id}``).

        The ``_id`` rather than the workflow id: Novu decodes some workflow ids as something else on this path.

        :raises AccessDenied: Novu is older than 2025-06 and the environment has a parent, as Production has.
        """
        name = quote(internal_id, safe="")
        if not self.older.without_v2:
            try:
                return self._delete(f"/v2/workflows/{name}")
            except EndpointClosed:
                self.older.without_v2 = True
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
        try:
            self.call("GET", "/v2/workflows", params={"limit": 1})
        except EndpointClosed:
            self.older.without_v2 = True
        return self.older.without_v2

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
            timeout=transport.patience(timeout),
        )
        with api_faults.expecting(self.url, path):
            return {stored_id(entry): entry["_id"] for entry in body["data"]}

    def _pages(self, path: str, page: Callable[[int], JsonObject]) -> Iterator[JsonObject]:
        """Read a whole listing; entries that move between pages while it is read are given once."""
        seen: set[str] = set()
        number = 0
        while True:
            body = self.call("GET", path, params={"limit": PAGE, **page(number)})
            # v1 sends the page's members beside `data`, v2 inside it.
            entries, total = (
                (body["data"]["workflows"], body["data"]["totalCount"])
                if isinstance(body["data"], dict)
                else (body["data"], body.get("totalCount"))
            )
            for entry in entries:
                if entry["_id"] not in seen:
                    seen.add(entry["_id"])
                    yield entry
            number += 1
            if len(entries) < PAGE or (total is not None and number * PAGE >= total):
                return

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and give its JSON body, ``{"data": …}``, or None where Novu answers without one.

        :raises RequestRefused, KeyRejected, AccessDenied: Novu refuses.
        :raises NovuUnreachable: no usable answer.
        """
        try:
            response = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise api_faults.unreachable(method, self.url, path, self._redactor.clean(error)) from None
        if not response.is_success:
            raise api_faults.refused(response, self.url, path, self._redactor)
        if response.status_code == 204:
            return None
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "data" not in body:
            raise api_faults.not_novu(self.url, path, f"answers {response.status_code} with what is not Novu's JSON")
        return body


def _v1_page(number: int) -> JsonObject:
    return {"page": number}


def _v2_page(number: int) -> JsonObject:
    # Oldest first: what is created while the pages are read comes last and moves no other entry.
    return {"offset": number * PAGE, "orderBy": "createdAt", "orderDirection": "ASC"}
