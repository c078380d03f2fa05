"""The checks of ``Integration`` in a preview, and the report of what happens to other integrations."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CheckFailure

from novu_provider.errors import IntegrationTaken
from novu_provider.model import integrations
from novu_provider.model.integrations import DeclaredIntegration, StoredIntegration
from novu_provider.planning.integration_plan import describe_plan, expect_credentials, expect_same_kind
from novu_provider.resources.integration_properties import declaration_of
from novu_provider.resources.provider import is_fully_known, is_known
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session

Props = dict[str, Any]


def credential_failures(news: Props) -> list[CheckFailure]:
    """Return a failure for each problem with the names and the types of the credentials. No failure has a value."""
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


def expect_single_primary(session: Session, declared: DeclaredIntegration) -> None:
    """Expect one primary integration of each channel, and one Inbox.

    :raises IntegrationTaken: another resource of the program declares one too.
    """
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


def report_plan(session: Session, olds: Props, news: Props) -> None:
    """Report what an update does to this integration and to others of its channel.

    :raises IntegrationTaken: another provider has the identifier.
    :raises SettingsError: Novu would create the integration, and the program passes no credentials.
    """
    declared = declaration_of(news)
    stored = session.integrations.remaining()
    own = next((integration for integration in stored if olds and _is_own(integration, olds)), None)
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
    others = {
        integration.identifier: integration
        for integration in session.integrations.declared
        if integration.identifier != declared.identifier
    }
    for line in describe_plan(declared, stored, others, internal_id):
        session.integrations.report_line_once(line)


def _is_own(stored: StoredIntegration, olds: Props) -> bool:
    if (stored.provider_id, stored.channel) != (olds.get("providerId"), olds.get("channel")):
        return False
    return stored.channel == "in_app" or stored.identifier == olds.get("identifier")
