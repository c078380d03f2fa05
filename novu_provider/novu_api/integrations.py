"""The requests to ``/v1/integrations``. Observed on Novu 3.19.0."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from novu_provider.errors import RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.integrations import StoredIntegration, normalize_conditions, normalize_credentials
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.connection import Connection

_PATH = "/v1/integrations"


class IntegrationsApi:
    """One method per endpoint. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, environment_id: str) -> list[StoredIntegration]:
        """List the integrations of an environment that deliver messages (``GET /v1/integrations``).

        Novu 3.19.0 returns no credentials to an API key. An older one returns them decrypted, and the integrations of
        the organization's other environments too.
        """
        documents = self._connection.request_data("GET", _PATH)
        with response_errors.expect_response_shape(self._connection.url, _PATH):
            return [
                _stored(document)
                for document in documents
                # Integrations of agents have no channel.
                if document["_environmentId"] == environment_id and document.get("channel")
            ]

    def create(self, body: JsonObject) -> StoredIntegration:
        """Create an integration (``POST /v1/integrations``). This method never repeats the request."""
        return self._write("POST", _PATH, body)

    def update(self, internal_id: str, body: JsonObject) -> StoredIntegration:
        """Change single fields of an integration (``PUT /v1/integrations/{_id}``).

        Credentials replace all stored ones. Without them, the stored ones stay.
        """
        return self._write("PUT", _path(internal_id), body)

    def set_primary(self, internal_id: str) -> StoredIntegration:
        """Make an integration the primary one of its channel (``POST /v1/integrations/{_id}/set-primary``).

        Novu also activates it, and removes its conditions.
        """
        return self._write("POST", f"{_path(internal_id)}/set-primary", {})

    def delete(self, internal_id: str) -> bool:
        """Delete an integration (``DELETE /v1/integrations/{_id}``). False if it was already deleted."""
        try:
            # Novu 3.19.0 returns the other integrations with their encrypted credentials. They are dropped here.
            self._connection.request_data("DELETE", _path(internal_id))
        except RequestRefused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    def _write(self, method: str, path: str, body: JsonObject) -> StoredIntegration:
        # Novu repeats the message of a provider, which may name a credential.
        secrets = _texts(body.get("credentials") or {})
        document = self._connection.request_object(method, path, secrets=secrets, json=body)
        with response_errors.expect_response_shape(self._connection.url, path):
            return _stored(document)


def _path(internal_id: str) -> str:
    return f"{_PATH}/{quote(internal_id, safe='')}"


def _stored(document: JsonObject) -> StoredIntegration:
    return StoredIntegration(
        id=document["_id"],
        identifier=document["identifier"],
        name=document.get("name") or "",
        provider_id=document["providerId"],
        channel=document["channel"],
        active=bool(document["active"]),
        primary=bool(document.get("primary")),
        conditions=tuple(normalize_conditions(document.get("conditions"))),
        updated_at=document.get("updatedAt") or "",
        created_at=document.get("createdAt") or "",
        priority=int(document.get("priority") or 0),
        credentials=normalize_credentials(document.get("credentials") or {}),
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, str):
        yield value
        # A message may repeat the body of the request.
        yield from (json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
        # A provider may name one line of a key.
        yield from value.splitlines() if "\n" in value else ()
