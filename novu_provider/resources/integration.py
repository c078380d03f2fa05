"""The resource ``Integration``: a delivery provider of one channel in one environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from novu_provider.errors import SettingsError
from novu_provider.model import integrations, pulumi_json
from novu_provider.model.integrations import DeclaredIntegration
from novu_provider.resources.error_reporting import user_errors
from novu_provider.resources.integration_provider import PROVIDER
from novu_provider.resources.program import Subject
from novu_provider.resources.resource import NovuResource
from novu_provider.resources.typed_credentials import TypedCredentials
from novu_provider.text.suggestions import nearest_name


class Integration(NovuResource):
    """A delivery provider of one channel in one environment, such as SES for email.

    If Novu stores an integration with this identifier and provider, the resource adopts it. Deleting the resource
    deletes the integration in Novu. Example::

        mail = novu.Integration(
            "mail",
            credentials=novu.SesCredentials(
                api_key=user_key.id, secret_key=user_key.secret, region="eu-west-1",
                from_="shop@example.com", sender_name="Shop",
            ),
            primary=True,
        )
        bridge = novu.Bridge("app", integrations=[mail])

    :param name: The name of the resource in the program.
    :param provider_id: The id of the provider in Novu, such as ``ses``, ``nodemailer`` (SMTP) or ``twilio``. Typed
        credentials imply it.
    :param channel: ``email``, ``sms``, ``chat``, ``push`` or ``in_app``. By default the channel of the provider.
    :param credentials: The credentials, as one of the typed classes or as a mapping with the keys of Novu's API. Every
        value becomes a secret. The preview checks their names and types. Without credentials, the stored ones stay.
    :param identifier: The identifier in Novu, unique in the environment. By default the name of the resource. An Inbox
        that exists keeps its identifier by default.
    :param display_name: The name in the dashboard. By default a new integration gets its identifier as name.
    :param active: Whether Novu delivers through the integration.
    :param primary: Whether it is the primary integration of its channel, email or SMS. False leaves the choice to Novu,
        which makes the first active integration of a channel the primary one.
    :param conditions: When Novu uses the integration, in the form of Novu's API. A primary one has no conditions.
    :param check_credentials: Whether Novu checks the credentials of an email provider when it saves them. For SMTP it
        sends a message with the subject "Checking Integration" to ``no-reply@novu.co``.
    :param opts: Pulumi's resource options. ``protect`` and ``retain_on_delete`` work as usual.
    :raises pulumi.RunError: The provider or the channel is missing or contradicts the credentials.
    """

    # `ignore_changes` works as usual here. A digest of credentials would be one more place to keep secret.
    compares_inputs = False

    identifier: pulumi.Output[str]
    """The declared identifier. It is the one in Novu, except for an Inbox that keeps its identifier."""
    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""

    subject = Subject(
        "the integration {identifier!r}",
        why="The program declares it twice. Without `identifier`, the name of the resource is the identifier.",
    )

    def __init__(
        self,
        name: str,
        *,
        provider_id: str | None = None,
        channel: str | None = None,
        credentials: TypedCredentials | Mapping[str, pulumi.Input[Any]] | None = None,
        identifier: str | None = None,
        display_name: str | None = None,
        active: bool = True,
        primary: bool = False,
        conditions: Sequence[Mapping[str, Any]] | None = None,
        check_credentials: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with user_errors():
            provider_id = _resolve_provider(name, provider_id, credentials)
            channel = _resolve_channel(name, provider_id, channel)
        self.declaration = DeclaredIntegration(identifier or name, provider_id, channel, active, primary)
        optional = {
            # Each environment has an Inbox from its beginning, and a changed identifier must be unique in all of them.
            "keepIdentifier": (identifier is None and channel == "in_app") or None,
            "displayName": display_name,
            "primary": primary or None,
            "conditions": None if conditions is None else pulumi_json.encode(list(map(dict, conditions))),
            "credentials": _as_secrets(credentials),
            "checkCredentials": check_credentials or None,
        }
        props = {
            "identifier": self.declaration.identifier,
            "providerId": provider_id,
            "channel": channel,
            "active": active,
            # The provider computes it. It is named here so that it becomes an output.
            "environment_id": None,
            **{key: value for key, value in optional.items() if value is not None},
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["credentials"])
        super().__init__("Integration", PROVIDER, name, props, pulumi.ResourceOptions.merge(secret, opts))


def _as_secrets(credentials: TypedCredentials | Mapping[str, pulumi.Input[Any]] | None) -> dict[str, Any] | None:
    """Return each value as a secret of its own, so that a preview knows the keys even if it does not know a value."""
    if credentials is None:
        return None
    mapping = credentials.mapping() if isinstance(credentials, TypedCredentials) else credentials
    return {key: pulumi.Output.secret(value) for key, value in mapping.items()}


def _resolve_provider(name: str, provider_id: str | None, credentials: Any) -> str:
    implied = credentials.PROVIDER_ID if isinstance(credentials, TypedCredentials) else None
    if provider_id and implied and provider_id != implied:
        raise SettingsError(
            f"the integration {name!r} has the provider {provider_id!r}, but credentials of {implied!r}.",
            why="Each class of credentials belongs to one provider.",
            fix="Leave out `provider_id`: typed credentials imply it.",
            prop="providerId",
        )
    resolved = provider_id or implied
    if not resolved:
        raise SettingsError(
            f"the integration {name!r} has no provider.",
            why="The program passes neither `provider_id` nor typed credentials.",
            fix="Pass `provider_id`, for example `provider_id='ses'`, or typed credentials such as "
            "`novu.SesCredentials(…)`.",
            prop="providerId",
        )
    nearest = None if resolved in integrations.providers() else nearest_name(resolved, integrations.providers())
    if nearest:
        raise SettingsError(
            f"the integration {name!r} has the unknown provider {resolved!r}.",
            why=f"Probably {nearest!r} was meant.",
            fix=f"Pass `provider_id={nearest!r}`.",
            prop="providerId",
        )
    return resolved


def _resolve_channel(name: str, provider_id: str, channel: str | None) -> str:
    provider = integrations.providers().get(provider_id)
    if channel is not None and channel not in integrations.CHANNELS:
        raise SettingsError(
            f"the integration {name!r} has the unknown channel {channel!r}.",
            why="Novu delivers through a fixed set of channels.",
            fix=f"Pass one of {', '.join(integrations.CHANNELS)}.",
            prop="channel",
        )
    if provider is not None and channel not in (None, provider.channel):
        raise SettingsError(
            f"the integration {name!r} has the channel {channel!r}, but {provider.id} delivers {provider.channel}.",
            why="Each provider of Novu delivers through one channel.",
            fix="Leave out `channel`, or pass a provider of that channel.",
            prop="channel",
        )
    resolved = provider.channel if provider else channel
    if resolved is None:
        raise SettingsError(
            f"the channel of the integration {name!r} is not known.",
            why=f"Novu 3.19.0 has no provider {provider_id!r}. A newer Novu may have it.",
            fix="Pass `channel`. The names of its credentials are then not checked.",
            prop="channel",
        )
    return resolved
