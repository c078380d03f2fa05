"""Integrations: the connection of a channel to a delivery provider, and the fields of each provider's credentials."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_provider.text.suggestions import nearest_name
from novu_provider.text.wording import quoted_list

#: The channels that a workflow's steps deliver through.
CHANNELS = ("in_app", "email", "sms", "chat", "push")

#: The channels with one primary integration. Novu delivers email and SMS only through the primary one.
CHANNELS_WITH_PRIMARY = ("email", "sms")

#: Novu Cloud makes these integrations itself, for trials. Its API refuses to create one.
_PROVIDERS_OF_NOVU_CLOUD = ("novu-email", "novu-sms")


@dataclass(frozen=True)
class StoredIntegration:
    """One integration as Novu stores it. ``credentials`` are usually empty, because Novu returns none to a key."""

    id: str
    identifier: str
    name: str
    provider_id: str
    channel: str
    active: bool
    primary: bool
    conditions: tuple[Any, ...] = ()
    #: When somebody saved it last, in ISO 8601. Empty if Novu does not return it.
    updated_at: str = ""
    created_at: str = ""
    #: Orders the active integrations of a channel. Novu changes it when another integration of the channel changes.
    priority: int = 0
    #: Only a Novu before 2026 returns credentials to an API key.
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def delivers(self) -> bool:
        """Whether Novu can deliver through it: it is active, and primary where the channel has a primary one."""
        return self.active and (self.primary or self.channel not in CHANNELS_WITH_PRIMARY)

    def describe(self) -> str:
        """Return the identifier, provider and channel, for messages."""
        return f"{self.identifier!r} ({self.provider_id}, {self.channel})"


def declarable(integrations: Iterable[StoredIntegration]) -> list[StoredIntegration]:
    """Return the integrations that a program can declare, by channel and identifier."""
    own = [integration for integration in integrations if integration.provider_id not in _PROVIDERS_OF_NOVU_CLOUD]
    return sorted(own, key=lambda integration: (integration.channel, integration.identifier))


@dataclass(frozen=True)
class DeclaredIntegration:
    """One integration as the program declares it. None leaves the value that Novu stores."""

    identifier: str
    provider_id: str
    channel: str
    active: bool = True
    #: Whether it must be the primary one. If not, Novu decides.
    primary: bool = False
    name: str | None = None
    conditions: tuple[Any, ...] | None = None
    credentials: Mapping[str, Any] | None = field(default=None, repr=False)
    #: Whether Novu checks the credentials when it saves them. For email it sends a message.
    check: bool = False
    #: Whether an existing one keeps its identifier.
    keeps_identifier: bool = False

    def describe(self) -> str:
        """Return the identifier, provider and channel, for messages."""
        return f"{self.identifier!r} ({self.provider_id}, {self.channel})"

    def is_same_kind(self, stored: StoredIntegration) -> bool:
        """Whether a stored integration has the declared provider and channel."""
        return (stored.provider_id, stored.channel) == (self.provider_id, self.channel)

    def find_in(self, stored: Iterable[StoredIntegration], internal_id: str | None = None) -> StoredIntegration | None:
        """Return the stored integration that this one declares.

        It is the one with the ``_id`` of the state, or with the identifier. An environment has only one in-app
        integration, so that one is meant whatever its identifier is.
        """
        candidates = list(stored)
        for matches in (
            [candidate for candidate in candidates if candidate.id == internal_id and self.is_same_kind(candidate)],
            [candidate for candidate in candidates if candidate.identifier == self.identifier],
            [candidate for candidate in candidates if self.channel == "in_app" and self.is_same_kind(candidate)],
        ):
            if matches:
                return matches[0]
        return None

    def changes(self, stored: StoredIntegration) -> dict[str, Any]:
        """Return the fields to write, except credentials, with the names of Novu's API."""
        wanted = {
            "name": self.name,
            "identifier": None if self.keeps_identifier else self.identifier,
            "active": self.active,
            "conditions": None if self.conditions is None else list(self.conditions),
        }
        current = {
            "name": stored.name,
            "identifier": stored.identifier,
            "active": stored.active,
            "conditions": list(stored.conditions),
        }
        return {key: value for key, value in wanted.items() if value is not None and value != current[key]}

    def is_applied(self, stored: StoredIntegration) -> bool:
        """Whether Novu stores what is declared, as far as it returns it."""
        return self.is_same_kind(stored) and not self.changes(stored) and (stored.primary or not self.primary)


@dataclass(frozen=True)
class CredentialField:
    """One field of a provider's credentials."""

    key: str
    title: str
    #: ``text``, ``number``, ``boolean`` or ``choice``.
    type: str
    required: bool = False
    values: tuple[str, ...] = ()
    #: Whether Novu's API stores it. The dashboard shows some fields that Novu 3.19.0 drops without an error.
    stored: bool = True


@dataclass(frozen=True)
class Provider:
    """One delivery provider of Novu."""

    id: str
    name: str
    channel: str
    fields: tuple[CredentialField, ...]
    #: The name of the class with its typed credentials, if there is one.
    class_name: str | None = None


@functools.cache
def providers() -> Mapping[str, Provider]:
    """Return the providers of Novu 3.19.0 by id. `python -m tools.integrations` writes the list."""
    # Imported here: most programs declare no integration, and this import takes several milliseconds.
    from importlib import resources  # noqa: PLC0415

    text = resources.files("novu_provider.model").joinpath("integration_providers.json").read_text(encoding="utf-8")
    return {
        id_: Provider(
            id_,
            entry["name"],
            entry["channel"],
            tuple(
                CredentialField(
                    key,
                    described["title"],
                    described["type"],
                    described.get("required", False),
                    tuple(described.get("values", ())),
                    described.get("stored", True),
                )
                for key, described in entry["fields"].items()
            ),
            entry.get("class"),
        )
        for id_, entry in json.loads(text)["providers"].items()
    }


def find_credential_problems(
    provider: Provider, credentials: Mapping[str, Any], unknown: Collection[str] = ()
) -> list[str]:
    """Return what is wrong with credentials, without their values.

    :param unknown: the keys whose values this preview does not know. Only their names are checked.
    """
    known = {field.key: field for field in provider.fields}
    problems = [_unknown_key(provider, key, known) for key in sorted({*credentials, *unknown} - known.keys())]
    for key, described in known.items():
        if key in unknown and described.stored:
            continue
        value = credentials.get(key)
        if not described.stored:
            if value is not None:
                problems.append(
                    f"`{key}` is not stored by Novu 3.19.0: enter it in the dashboard, or use another provider"
                )
            continue
        if value is None or value == "":
            if described.required:
                problems.append(f"`{key}` is missing ({described.title}); {provider.id} requires it")
        elif not _fits(described, value):
            problems.append(f"`{key}` ({described.title}) must be {_expected(described)}")
    return problems


def _unknown_key(provider: Provider, key: str, known: Mapping[str, CredentialField]) -> str:
    nearest = nearest_name(key, known)
    if nearest:
        return f"`{key}` is unknown for {provider.id} (probably `{nearest}` was meant)"
    fields = ", ".join(f"`{name}`" for name in known) or "none"
    return f"`{key}` is unknown for {provider.id}; its fields: {fields}"


def _fits(described: CredentialField, value: Any) -> bool:
    if described.type == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if described.type == "number":
        return not isinstance(value, bool) and str(_as_text(value)).isdigit()
    if described.type == "choice":
        return value in described.values
    # Novu's only structured credential; it also accepts JSON text.
    return isinstance(value, str) or (described.key == "tlsOptions" and isinstance(value, Mapping))


def _expected(described: CredentialField) -> str:
    if described.type == "choice":
        return f"one of {quoted_list(described.values)}"
    return {"boolean": "true or false", "number": "a whole number"}.get(described.type, "text")


def normalize_credentials(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """Return credentials as Novu's API expects them: numbers as text, and no empty values."""
    return {
        key: value if isinstance(value, (bool, Mapping)) else _as_text(value)
        for key, value in credentials.items()
        if value is not None and value != ""
    }


def _as_text(value: Any) -> Any:
    # Pulumi's properties contain every number as a float.
    return f"{value:.0f}" if isinstance(value, (int, float)) and float(value).is_integer() else value


def are_same_credentials(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether Novu would store the same credentials."""
    return _comparable(first) == _comparable(second)


def _comparable(credentials: Mapping[str, Any]) -> dict[str, Any]:
    texts = {"true": True, "false": False}
    return {
        key: value if isinstance(value, Mapping) else texts.get(value, value)
        for key, value in normalize_credentials(credentials).items()
    }


def normalize_conditions(conditions: Any) -> list[Any]:
    """Return conditions without the ids that Novu adds to each group and condition, and without empty members."""
    return [_without_ids(group) for group in conditions or ()]


def _without_ids(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_ids(member) for key, member in value.items() if key not in ("_id", "id") and member != []}
    return [_without_ids(item) for item in value] if isinstance(value, (list, tuple)) else value
