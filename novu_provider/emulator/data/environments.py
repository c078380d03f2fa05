"""The organization and its two environments, stored in the database and found by their secret key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.delivery import CHANNELS_WITH_PRIMARY
from novu_provider.emulator.data.ids import object_id, short_id, slug, timestamp
from novu_provider.emulator.data.store import Document, Store

#: The providers of the channels that the configuration connects.
_PROVIDERS = {"email": "sendgrid", "sms": "twilio", "chat": "slack", "push": "fcm"}

_ROOT = ""
"""The environment id for records that belong to no environment."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment: its stored document, its secret key and related records."""

    document: Document
    key: str
    key_id: str
    user: Document
    layout_id: str | None
    integrations: tuple[Document, ...] = ()

    @property
    def id(self) -> str:
        """The environment's `_id`."""
        return str(self.document["_id"])

    @property
    def name(self) -> str:
        """`Development` or `Production`."""
        return str(self.document["name"])

    @property
    def type(self) -> str:
        """`dev` or `prod`."""
        return str(self.document["type"])

    @property
    def organization_id(self) -> str:
        """The organization's `_id`."""
        return str(self.document["_organizationId"])

    @property
    def bridge_url(self) -> str:
        """The stored bridge URL, or an empty string."""
        return str((self.document.get("bridge") or {}).get("url") or "")


class Environments:
    """The environments of one database."""

    def __init__(self, config: EmulatorConfig, store: Store) -> None:
        self._keys = config.keys()
        self._connected_channels = config.integrations
        self._has_general_group = config.general_group
        self._store = store
        self.ensure()

    def ensure(self) -> None:
        """Create the organization and its environments if the database is empty."""
        if self._store.all("environment", _ROOT):
            return
        organization = object_id()
        user = {
            "_id": object_id(),
            "firstName": "Local",
            "lastName": "Novu",
            "email": "local@example.com",
            "createdAt": timestamp(),
        }
        self._store.save("user", _ROOT, "user", user)
        parent: str | None = None
        for name, type_, color in (("Development", "dev", "#ff8547"), ("Production", "prod", "#7e52f4")):
            now = timestamp()
            document: Document = {
                "widget": {"notificationCenterEncryption": False},
                "name": name,
                "identifier": short_id(12),
                "_organizationId": organization,
                **({"_parentId": parent} if parent else {}),
                "color": color,
                "type": type_,
                "_id": object_id(),
                "createdAt": now,
                "updatedAt": now,
                "__v": 0,
            }
            group = {
                "name": "General",
                "_organizationId": organization,
                "_environmentId": document["_id"],
                "_id": object_id(),
                "createdAt": now,
                "updatedAt": now,
                "__v": 0,
            }
            self._store.save("key", document["_id"], "first", {"_id": object_id()})
            if self._has_general_group:
                self._store.save("notification-group", document["_id"], "General", group)
            if parent is None:
                # Only Development has a default layout for emails at the start.
                self._store.save("layout", document["_id"], "default", {"_id": object_id()})
            for integration in _first_integrations(document, self._connected_channels):
                self._store.save("integration", document["_id"], integration["_id"], integration)
            self._store.save("environment", _ROOT, document["_id"], document)
            parent = parent or document["_id"]

    def all(self) -> list[Environment]:
        """Return both environments, Development first."""
        return [self._load(document) for document in self._store.all("environment", _ROOT)]

    def by_key(self, key: str) -> Environment | None:
        """Return the environment that a secret key opens."""
        return next((environment for environment in self.all() if environment.key == key), None)

    def by_name(self, name: str) -> Environment:
        """Return the environment with this name. Raises `KeyError` if there is none."""
        for environment in self.all():
            if environment.name == name:
                return environment
        raise KeyError(name)

    def update(self, environment: Environment, changes: dict[str, Any]) -> None:
        """Change fields of an environment. Read it again first, so that a long sync overwrites no other change."""
        document = self._store.get("environment", _ROOT, environment.id) or environment.document
        self._store.save("environment", _ROOT, environment.id, {**document, **changes, "updatedAt": timestamp()})

    def set_bridge_url(self, environment: Environment, url: str) -> None:
        """Store a bridge URL in both fields that Novu uses for it."""
        self.update(environment, {"echo": {"url": url}, "bridge": {"url": url}})

    def _load(self, document: Document) -> Environment:
        layout = self._store.get("layout", document["_id"], "default")
        return Environment(
            document=document,
            key=self._keys[document["name"]],
            key_id=(self._store.get("key", document["_id"], "first") or {})["_id"],
            user=self._store.get("user", _ROOT, "user") or {},
            layout_id=layout["_id"] if layout else None,
            integrations=tuple(self._store.all("integration", document["_id"])),
        )


def _first_integrations(environment: Document, connected: Collection[str]) -> list[Document]:
    """Return the in-app integration that every new environment has, and one for each connected channel.

    In production the Inbox requires a subscriber hash. It counts as connected once an application has used it.
    """
    inbox = _integration(environment, "novu", "in_app", "Novu Inbox", f"novu-inbox-{short_id(9)}")
    if environment["type"] == "prod":
        inbox["credentials"] = {"hmac": True}
    if "in_app" in connected:
        inbox["connected"] = True
    others = [
        _integration(environment, provider, channel, provider, f"{provider}-{channel}")
        for channel, provider in _PROVIDERS.items()
        if channel in connected
    ]
    return [
        inbox,
        *(
            {**integration, "priority": 1, "primary": integration["channel"] in CHANNELS_WITH_PRIMARY}
            for integration in others
        ),
    ]


def _integration(environment: Document, provider: str, channel: str, name: str, identifier: str) -> Document:
    return {
        "_environmentId": environment["_id"],
        "_organizationId": environment["_organizationId"],
        "providerId": provider,
        "channel": channel,
        "kind": "delivery",
        "credentials": {},
        "active": True,
        "name": name,
        "identifier": identifier,
        "priority": 0,
        "primary": False,
        "conditions": [],
        "_parentId": None,
        "deleted": False,
        "_id": object_id(),
        "createdAt": environment["createdAt"],
        "updatedAt": environment["createdAt"],
        "__v": 0,
    }


def me_response(environment: Environment) -> Document:
    """Return the body of `GET /v1/environments/me`."""
    return {**environment.document, "id": environment.id}


def list_entry(environment: Environment, caller: Environment) -> Document:
    """Return one entry of `GET /v1/environments`. Only the entry of the caller's environment contains keys."""
    keys = [
        {
            "key": environment.key,
            "hash": hashlib.sha256(environment.key.encode()).hexdigest(),
            "_userId": environment.user["_id"],
            "_id": environment.key_id,
        }
    ]
    return {
        **environment.document,
        "apiKeys": keys if environment.id == caller.id else [],
        "slug": slug(environment.type, "env", environment.id),
    }
