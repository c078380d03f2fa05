"""Integrations of an environment, with Novu's rules for the primary one and for priorities.

The rules come from Novu's source code and are held to recordings. Credentials are stored as they come: an embedded
Novu has no encryption key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from novu_provider.emulator.data.delivery import CHANNELS_WITH_PRIMARY
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import object_id, short_id, slugify, timestamp
from novu_provider.emulator.data.store import Document, Store

#: The credentials that a server encrypts in its database.
ENCRYPTED_CREDENTIALS = frozenset(
    {"apiKey", "apiToken", "headers", "secretKey", "token", "password", "serviceAccount", "signingSecret"}
)

#: The credentials that Novu 3.19.0 stores. It drops others without an error.
_STORED_CREDENTIALS = frozenset(
    """
    apiVersion apiKey user secretKey domain password host port secure region accountSid messageProfileId token
    from senderName applicationId clientId projectName serviceAccount baseUrl webhookUrl method headers body
    routingMode requireTls ignoreTls tlsOptions redirectUrl hmac ipPoolName apiKeyRequestHeader
    secretKeyRequestHeader idPath datePath authenticateByToken authenticationTokenKey instanceId alertUid title
    imageUrl state externalLink apiToken channelId phoneNumberIdentification businessAccountId accessKey appSid
    senderId servicePlanId tenantId signingSecret outboundIntegrationId outboundConnectedAt whatsNextCompletedAt
    useFromAddressOverride fromAddressOverride emailSlugPrefix inboxRoutingKey sharedInboxDisabled AppIOBaseUrl
    AppIOSubscriptionId AppIOBearerToken AppIOOriginalSignature externalEnvironmentId externalVaultId
    externalWorkspaceId isNovuManaged
    """.split()  # noqa: SIM905 - a list of its own lines would be longer
)
#: The members of conditions that it stores.
_GROUP, _CONDITION = ("isNegated", "type", "value"), ("field", "value", "operator", "on")

#: Default names that are not just the id with a capital letter.
_NAMES = {
    "novu": "Novu Inbox",
    "ses": "SES",
    "sendgrid": "SendGrid",
    "nodemailer": "Custom SMTP",
    "fcm": "Firebase Cloud Messaging",
}
_KIND = "integration"


class Integrations:
    """The integrations of all environments."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self, environment: Environment) -> list[Document]:
        """Return the integrations of an environment, oldest first."""
        return self._store.all(_KIND, environment.id)

    def get(self, environment: Environment, id_: str) -> Document | None:
        """Return the integration with this `_id`."""
        return self._store.get(_KIND, environment.id, id_)

    def with_identifier(self, environments: Iterable[Environment], identifier: str) -> Document | None:
        """Return the integration with this identifier in one of the environments."""
        for environment in environments:
            for integration in self.all(environment):
                if integration["identifier"] == identifier:
                    return integration
        return None

    def create(self, environment: Environment, fields: Document) -> Document:
        """Create an integration. The first active one of email and SMS becomes the primary one."""
        now = timestamp()
        provider = fields["providerId"]
        # A new integration keeps an empty name and an empty identifier.
        name, identifier = fields.get("name"), fields.get("identifier")
        if name is None:
            name = _NAMES.get(provider, f"{provider[:1].upper()}{provider[1:]}")
        integration: Document = {
            "_environmentId": environment.id,
            "_organizationId": environment.organization_id,
            "providerId": provider,
            **({"channel": fields["channel"]} if fields.get("channel") else {}),
            "kind": fields.get("kind") or "delivery",
            "credentials": _stored_credentials(fields.get("credentials") or {}),
            "active": fields.get("active", False),
            "name": name,
            "identifier": f"{slugify(name)}-{short_id(9)}" if identifier is None else identifier,
            "priority": 0,
            "primary": False,
            "conditions": _with_ids(fields.get("conditions")),
            "_parentId": None,
            "deleted": False,
            "_id": object_id(),
            "createdAt": now,
            "updatedAt": now,
            "__v": 0,
        }
        if integration["active"] and fields.get("channel") in CHANNELS_WITH_PRIMARY:
            integration |= self._rank(environment, fields["channel"], primary=True)
        return self._save(environment, integration)

    def update(self, environment: Environment, integration: Document, fields: Document) -> Document:
        """Change fields of an integration, and its primary flag and priority with them."""
        changes = {key: fields[key] for key in ("name", "identifier") if fields.get(key)}
        changes |= {key: fields[key] for key in ("active", "configurations") if fields.get(key) is not None}
        if fields.get("credentials") is not None:
            changes["credentials"] = _stored_credentials(fields["credentials"])
        if fields.get("conditions") is not None:
            changes["conditions"] = _with_ids(fields["conditions"])
        channel = integration.get("channel")
        if fields.get("active") not in (None, integration["active"]) and channel in CHANNELS_WITH_PRIMARY:
            if fields["active"]:
                changes |= self._rank(environment, channel, primary=integration["primary"])
            else:
                # Novu counts the deactivated integration too here.
                self._renumber(environment, channel, first=integration["_id"])
                changes |= {"priority": 0, "primary": False}
        loses_primary = bool(changes.get("conditions")) and integration["primary"]
        if loses_primary:
            changes["primary"] = False
        self._change(environment, integration["_id"], changes)
        if loses_primary:
            self._renumber(environment, channel, first=integration["_id"])
        return self.get(environment, integration["_id"]) or integration

    def set_primary(self, environment: Environment, integration: Document) -> Document:
        """Make an integration the primary one: it becomes active and loses its conditions."""
        if integration["primary"]:
            return integration
        for other in self._active(environment, integration["channel"]):
            if other["primary"]:
                self._change(environment, other["_id"], {"primary": False})
        self._change(environment, integration["_id"], {"active": True, "primary": True, "conditions": []})
        self._renumber(environment, integration["channel"], first=integration["_id"])
        return self.get(environment, integration["_id"]) or integration

    def delete(self, environment: Environment, integration: Document) -> None:
        """Delete an integration. No other one becomes primary."""
        self._store.delete(_KIND, environment.id, integration["_id"])
        if integration.get("channel") in CHANNELS_WITH_PRIMARY:
            self._renumber(environment, integration["channel"])

    def _active(self, environment: Environment, channel: str | None) -> list[Document]:
        return [
            integration
            for integration in self.all(environment)
            if integration.get("channel") == channel and integration["active"]
        ]

    def _rank(self, environment: Environment, channel: str, *, primary: bool) -> Document:
        """Return the priority of a newly active integration, and whether it is primary if the channel has no other."""
        highest = max(self._active(environment, channel), key=lambda integration: integration["priority"], default=None)
        if highest is not None and highest["primary"]:
            self._change(environment, highest["_id"], {"priority": highest["priority"] + 1})
            return {"priority": highest["priority"], "primary": False}
        return {"priority": highest["priority"] + 1 if highest else 1, "primary": primary}

    def _renumber(self, environment: Environment, channel: str | None, *, first: str | None = None) -> None:
        active = sorted(
            self._active(environment, channel), key=lambda integration: integration["priority"], reverse=True
        )
        ids = [
            *([first] if first else []),
            *(integration["_id"] for integration in active if integration["_id"] != first),
        ]
        # Novu saves them all within a millisecond.
        now = timestamp()
        for index, id_ in enumerate(ids):
            self._change(environment, id_, {"priority": len(ids) - index}, now)

    def _change(self, environment: Environment, id_: str, changes: Document, now: str | None = None) -> None:
        integration = self.get(environment, id_)
        if integration is not None:
            self._save(environment, {**integration, **changes, "updatedAt": now or timestamp()})

    def _save(self, environment: Environment, integration: Document) -> Document:
        self._store.save(_KIND, environment.id, integration["_id"], integration)
        return integration


def _with_ids(conditions: Any) -> list[Any]:
    return [
        {
            **_members(group, _GROUP),
            "children": [{**_members(child, _CONDITION), "_id": object_id()} for child in group.get("children", [])],
            "_id": object_id(),
        }
        for group in conditions or ()
    ]


def _members(document: Document, names: Iterable[str]) -> Document:
    return {key: value for key, value in document.items() if key in names}


def _stored_credentials(credentials: Document) -> Document:
    return _members(credentials, _STORED_CREDENTIALS)
