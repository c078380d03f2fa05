"""`/v1/integrations`: list, create, update, set as primary and delete. Observed on Novu 3.19.0."""

from __future__ import annotations

import asyncio
from typing import Any

from novu_provider.emulator.bridge.outbound_policy import is_private_address
from novu_provider.emulator.data.delivery import CHANNELS_WITH_PRIMARY
from novu_provider.emulator.data.ids import is_object_id
from novu_provider.emulator.data.integrations import ENCRYPTED_CREDENTIALS
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import bad_request, command_error, conflict, forbidden, not_found
from novu_provider.emulator.http.validation import require_integration_fields
from novu_provider.emulator.smtp import CheckFailed, send_check

_PATH = "/v1/integrations"


async def _list(call: Call) -> Any:
    environments = call.backend.environments.all() if _is_older(call) else [call.environment]
    documents = [
        integration for environment in environments for integration in call.backend.integrations.all(environment)
    ]
    return [integration if _is_older(call) else {**integration, "credentials": {}} for integration in documents]


async def _list_active(call: Call) -> Any:
    return [integration for integration in await _list(call) if integration["active"]]


async def _create(call: Call) -> Any:
    fields = require_integration_fields(call.fields(), is_new=True)
    provider = str(fields["providerId"])
    integrations = call.backend.integrations
    if provider in ("novu-email", "novu-sms", "novu-slack"):
        raise bad_request(f"Creating Novu integration for {provider} provider is not allowed")
    own = integrations.all(call.environment)
    if (provider, fields.get("channel")) == ("novu", "in_app") and any(
        integration["providerId"] == "novu" for integration in own
    ):
        raise bad_request("One environment can only have one In app provider")
    if fields.get("identifier") and integrations.with_identifier([call.environment], fields["identifier"]):
        raise conflict("Integration with identifier already exists")
    _expect_public_smtp(call, provider, fields)
    await _check(provider, fields.get("channel"), fields)
    return _shown(call, integrations.create(call.environment, fields))


async def _update(call: Call) -> Any:
    fields = require_integration_fields(call.fields())
    stored = _find(call, "update", "Entity")
    changed = fields.get("identifier") and fields["identifier"] != stored["identifier"]
    # Unlike for a new integration, Novu looks for the identifier in all environments of the organization.
    if changed and call.backend.integrations.with_identifier(call.backend.environments.all(), fields["identifier"]):
        raise conflict("Integration with identifier already exists")
    _expect_public_smtp(call, stored["providerId"], fields)
    await _check(stored["providerId"], stored.get("channel"), fields)
    if not any(_is_given(fields, key) for key in ("name", "identifier", "active", "credentials", "conditions")):
        raise bad_request("No properties found for update")
    return _shown(call, call.backend.integrations.update(call.environment, stored, fields))


async def _set_primary(call: Call) -> Any:
    stored = _find(call, "set as primary", "Integration")
    if stored.get("channel") not in CHANNELS_WITH_PRIMARY:
        raise bad_request(f"Channel {stored.get('channel') or 'unknown'} does not support primary")
    return _shown(call, call.backend.integrations.set_primary(call.environment, stored))


async def _delete(call: Call) -> Any:
    """Delete an integration. The response contains the other ones with their encrypted credentials."""
    call.backend.integrations.delete(call.environment, _find(call, "delete", "Entity"))
    return [_encrypted(integration) for integration in call.backend.integrations.all(call.environment)]


def _encrypted(document: Document) -> Document:
    """Return a document as the database of a server contains it. It has no empty credentials."""
    credentials = {
        key: "nvsk.made-up" if key in ENCRYPTED_CREDENTIALS else value for key, value in document["credentials"].items()
    }
    rest = {key: value for key, value in document.items() if key != "credentials"}
    return {**rest, "credentials": credentials} if credentials else rest


async def _check(provider: str, channel: str | None, fields: Document) -> None:
    """Check the credentials of an SMTP server by a message. The emulator calls no other provider."""
    if not fields.get("check") or (provider, channel) != ("nodemailer", "email"):
        return
    try:
        await asyncio.to_thread(send_check, fields.get("credentials") or {})
    except CheckFailed as error:
        raise bad_request(str(error)) from error


def _expect_public_smtp(call: Call, provider: str, fields: Document) -> None:
    """Refuse an SMTP server on a private address, as Novu does whatever its allow-list says."""
    host = (fields.get("credentials") or {}).get("host") or ""
    if provider != "nodemailer" or call.backend.config.allow_private_bridges:
        return
    if host == "localhost":
        raise bad_request('Requests to "localhost" are not allowed.')
    if is_private_address(host):
        raise bad_request(f"Requests to private or reserved IP addresses are not allowed (resolved: {host}).")


def _find(call: Call, action: str, noun: str) -> Document:
    id_ = call.path["integration"]
    if not is_object_id(id_):
        command = {"update": "Update", "delete": "Remove"}.get(action)
        name = f"{command}IntegrationCommand" if command else "SetIntegrationAsPrimaryCommand"
        raise command_error(name, "integrationId", ["integrationId must be a mongodb id"], value=id_)
    for environment in call.backend.environments.all():
        stored = call.backend.integrations.get(environment, id_)
        if stored is None:
            continue
        if environment.id != call.environment.id:
            raise forbidden(
                f"API key authentication is scoped to a single environment and cannot {action} an integration that "
                "belongs to a different environment. Use an API key from the integration's environment, or "
                "authenticate with a session token."
            )
        return stored
    raise not_found(f"{noun} with id {id_} not found")


def _shown(call: Call, document: Document) -> Document:
    shown = document if _is_older(call) else {key: value for key, value in document.items() if key != "credentials"}
    return {**_with_ids(shown), "conditions": [_with_ids(group) for group in shown["conditions"]]}


def _with_ids(document: Document) -> Document:
    children = document.get("children")
    nested = {"children": [_with_ids(child) for child in children]} if isinstance(children, list) else {}
    return {**document, **nested, "id": document["_id"]}


def _is_older(call: Call) -> bool:
    return call.backend.config.credentials_for_api_keys


def _is_given(fields: Document, key: str) -> bool:
    # Novu ignores an empty name and an empty identifier.
    return bool(fields.get(key)) if key in ("name", "identifier") else fields.get(key) is not None


ENDPOINTS = [
    Endpoint("GET", _PATH, _list),
    Endpoint("GET", f"{_PATH}/active", _list_active),
    Endpoint("POST", _PATH, _create, 201),
    Endpoint("PUT", f"{_PATH}/{{integration}}", _update),
    Endpoint("POST", f"{_PATH}/{{integration}}/set-primary", _set_primary, 201),
    Endpoint("DELETE", f"{_PATH}/{{integration}}", _delete),
]
