"""The resource ``Integration``: a delivery provider of one channel in one environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import IntegrationTaken, NovuError, SettingsError
from novu_provider.model import integrations, pulumi_json
from novu_provider.model.integrations import DeclaredIntegration, StoredIntegration
from novu_provider.model.state_format import FORMAT
from novu_provider.planning.integration_plan import (
    describe_plan,
    expect_credentials,
    expect_same_kind,
    find_contradictions,
)
from novu_provider.resources.error_reporting import report_once, user_errors
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import (
    NovuProvider,
    check_format,
    diff_result,
    inputs_from_outputs,
    is_fully_known,
    is_known,
)
from novu_provider.resources.resource import NovuResource
from novu_provider.resources.typed_credentials import TypedCredentials
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session
from novu_provider.text.suggestions import nearest_name

Props = dict[str, Any]

#: The properties that Novu stores and that an update changes.
_WRITTEN_PROPERTIES = (
    "identifier",
    "keepIdentifier",
    "displayName",
    "active",
    "primary",
    "conditions",
    "credentials",
)
#: Another provider or channel is another integration.
_IDENTITY = ("providerId", "channel")


class IntegrationProvider(NovuProvider):
    """Create, read, update and delete for :class:`Integration`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Check the inputs as the engine passes them."""
        return self.check_inputs(olds, news)

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Check the fields of the credentials, and tell what happens to other integrations."""
        inputs = dict(news)
        failures = _credential_failures(news)
        failures += [CheckFailure(error.prop, str(error)) for error in find_contradictions(_declared(news))]
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            inputs["environmentId"] = environment.id
            _expect_single_primary(session, _declared(news))
            if not failures and any(_differs(inputs, olds, key) for key in (*_WRITTEN_PROPERTIES, *_IDENTITY)):
                _report_plan(session, olds, news)
            session.integrations.declare(_declared(news))
        except NovuError as error:
            failures.append(CheckFailure(error.prop, str(error)))
        return CheckResult(inputs, failures)

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the properties. Another provider or channel is another integration."""
        check_format(olds)
        self.session().integrations.declare(_declared(news))
        changes = any(_differs(news, olds, key) for key in _WRITTEN_PROPERTIES)
        result = diff_result(olds, news, _IDENTITY, changes=changes)
        # The identifier is unique in the environment, so the old integration must go first.
        result.delete_before_replace = bool(result.replaces)
        return result

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Create the integration, or adopt the stored one with this identifier."""
        stored = self.session().integrations.apply(_declared(props))
        return CreateResult(stored.id, _outputs(props, stored))

    @report_once
    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Change the integration. Credentials are written only if they changed."""
        session = self.session_for_state(olds)
        changed = _differs(news, olds, "credentials")
        stored = session.integrations.apply(_declared(news), id_, write_credentials=changed)
        return UpdateResult(_outputs(news, stored))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored integration. Each difference is drift."""
        session = self.session_for_state(props)
        declared = _declared(props)
        stored = declared.find_in(session.integrations.all(), id_)
        if stored is None or not declared.is_same_kind(stored):
            return ReadResult(None, {})
        outputs = props | _stored_properties(props, stored)
        if _credentials_changed(session, props, stored):
            # Nothing is known of the new ones. An empty object differs from all declared ones.
            outputs |= {"credentials": {}, "savedAt": stored.updated_at, "priority": stored.priority}
        return ReadResult(stored.id, outputs, inputs_from_outputs(outputs, "savedAt", "priority"))

    @report_once
    def delete(self, id_: str, props: Props) -> None:
        """Delete the integration, unless another resource of the program declares it."""
        session = self.session_for_state(props)
        if not session.integrations.is_declared(props["identifier"], props["providerId"], props["channel"]):
            session.integrations.delete(id_, props["identifier"])


PROVIDER = IntegrationProvider("novu_provider.integration")


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


def _declared(props: Props) -> DeclaredIntegration:
    conditions, credentials = props.get("conditions"), props.get("credentials")
    return DeclaredIntegration(
        identifier=props["identifier"],
        provider_id=props["providerId"],
        channel=props["channel"],
        active=bool(props["active"]),
        primary=bool(props.get("primary")),
        name=props.get("displayName"),
        conditions=None
        if conditions is None
        else tuple(integrations.normalize_conditions(pulumi_json.decode(conditions))),
        credentials=credentials if isinstance(credentials, Mapping) else None,
        check=bool(props.get("checkCredentials")),
        keeps_identifier=bool(props.get("keepIdentifier")),
    )


def _differs(news: Props, olds: Props, key: str) -> bool:
    new, old = news.get(key), olds.get(key)
    if not is_fully_known(new):
        return True
    if key == "credentials":
        # Credentials that the program no longer declares stay as they are.
        return new is not None and (not isinstance(old, Mapping) or not integrations.are_same_credentials(new, old))
    if key == "identifier" and news.get("keepIdentifier"):
        return False
    if key in ("displayName", "conditions", "primary") and new in (None, False):
        return False
    return bool(new != old)


def _credential_failures(news: Props) -> list[CheckFailure]:
    credentials = news.get("credentials")
    provider = integrations.providers().get(news["providerId"])
    if credentials is None or not is_known(credentials):
        return []
    if provider is None:
        report_progress(
            f"the provider {news['providerId']!r} is not known to this version of novu_provider: the names of its "
            "credentials are not checked"
        )
        return []
    unknown = [key for key, value in credentials.items() if not is_fully_known(value)]
    known = {key: value for key, value in credentials.items() if key not in unknown}
    problems = integrations.find_credential_problems(provider, known, unknown)
    return [CheckFailure("", f"credentials of the integration {news['identifier']!r}: {text}") for text in problems]


def _expect_single_primary(session: Session, declared: DeclaredIntegration) -> None:
    for other in session.integrations.declared:
        if other.identifier == declared.identifier:
            continue
        if declared.primary and other.primary and other.channel == declared.channel:
            raise IntegrationTaken(
                f"two integrations are declared as the primary one of {declared.channel}: {other.identifier!r} and "
                f"{declared.identifier!r}.",
                why="Novu has one primary integration for each of email and SMS.",
                fix="Pass `primary=True` to one of them only.",
                prop="primary",
            )
        if declared.channel == "in_app" == other.channel:
            raise IntegrationTaken(
                f"two in-app integrations are declared: {other.identifier!r} and {declared.identifier!r}.",
                why="An environment has only one in-app integration.",
                fix="Remove one of them.",
            )


def _report_plan(session: Session, olds: Props, news: Props) -> None:
    declared = _declared(news)
    stored = session.integrations.remaining()
    own = next((one for one in stored if olds and _is_own(one, olds)), None)
    if own is not None and not declared.is_same_kind(own):
        # The engine checks a replacement a second time, as a new resource: without the old inputs.
        session.integrations.note_replaced(own)
        stored, own = session.integrations.remaining(), None
    internal_id = own.id if own else None
    existing = declared.find_in(stored, internal_id)
    if existing is not None:
        expect_same_kind(declared, existing)
    elif news.get("credentials") is None:
        expect_credentials(declared)
    others = {one.identifier: one for one in session.integrations.declared if one.identifier != declared.identifier}
    for line in describe_plan(declared, stored, others, internal_id):
        session.integrations.tell(line)


def _is_own(stored: StoredIntegration, olds: Props) -> bool:
    if (stored.provider_id, stored.channel) != (olds.get("providerId"), olds.get("channel")):
        return False
    return stored.channel == "in_app" or stored.identifier == olds.get("identifier")


def _outputs(props: Props, stored: StoredIntegration) -> Props:
    return props | {"savedAt": stored.updated_at, "priority": stored.priority, "format": FORMAT}


def _stored_properties(props: Props, stored: StoredIntegration) -> Props:
    """Return the stored values of the properties that the program declares and that differ."""
    current: Props = {"active": stored.active}
    if not props.get("keepIdentifier"):
        current["identifier"] = stored.identifier
    if "displayName" in props:
        current["displayName"] = stored.name
    if props.get("primary"):
        current["primary"] = stored.primary
    if "conditions" in props:
        declared = integrations.normalize_conditions(pulumi_json.decode(props["conditions"]))
        if declared != list(stored.conditions):
            current["conditions"] = pulumi_json.encode(list(stored.conditions))
    return current


def _credentials_changed(session: Session, props: Props, stored: StoredIntegration) -> bool:
    declared = props.get("credentials")
    if not declared:
        return False
    if stored.credentials:
        changed = not integrations.are_same_credentials(declared, stored.credentials)
    else:
        changed = session.integrations.find_other_save(
            stored, props.get("savedAt") or "", int(props.get("priority") or 0)
        )
    if changed:
        report_progress(
            f"somebody saved the integration {stored.describe()} since this stack wrote it. Novu does not return its "
            "credentials, so the next `up` writes them again"
            if not stored.credentials
            else f"the credentials of the integration {stored.describe()} were changed: the next `up` writes them again"
        )
    return changed
