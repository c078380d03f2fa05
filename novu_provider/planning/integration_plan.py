"""The plan for one integration: what `up` will do to it, and what that means for the others of its channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from novu_provider.errors import IntegrationTaken, SettingsError
from novu_provider.model.integrations import CHANNELS_WITH_PRIMARY, DeclaredIntegration, StoredIntegration, providers


def expect_same_kind(declared: DeclaredIntegration, existing: StoredIntegration) -> None:
    """Refuse to adopt an integration with the same identifier, but another provider or channel.

    :raises IntegrationTaken: the stored integration has another provider or channel.
    """
    if declared.is_same_kind(existing):
        return
    raise IntegrationTaken(
        f"the identifier {declared.identifier!r} belongs to an integration of {existing.provider_id} "
        f"({existing.channel}), not of {declared.provider_id} ({declared.channel}).",
        why="An identifier names one integration of an environment, and Novu cannot change its provider.",
        fix="Pass another `identifier`, or delete the integration in Novu's dashboard.",
    )


def expect_credentials(declared: DeclaredIntegration) -> None:
    """Refuse to create an integration without the credentials that its provider requires.

    :raises SettingsError: the program passes no credentials.
    """
    provider = providers().get(declared.provider_id)
    required = [f"`{field.key}`" for field in provider.fields if field.required and field.stored] if provider else []
    if not required:
        return
    raise SettingsError(
        f"the integration {declared.describe()} would be created without credentials.",
        why=f"Novu stores no integration with this identifier, and {declared.provider_id} requires "
        f"{', '.join(required)}. The program passes no `credentials`.",
        fix="Pass `credentials`, or the `identifier` of an integration that exists.",
        prop="credentials",
    )


def find_contradictions(declared: DeclaredIntegration) -> Iterator[SettingsError]:
    """Yield an error for each property that Novu would change again, because it contradicts ``primary``."""
    if not declared.primary:
        return
    if declared.channel not in CHANNELS_WITH_PRIMARY:
        yield SettingsError(
            f"the integration {declared.describe()} cannot be primary.",
            why="Novu has a primary integration for email and for SMS only.",
            fix="Leave out `primary`.",
            prop="primary",
        )
    if not declared.active:
        yield SettingsError(
            f"the integration {declared.describe()} cannot be primary and inactive.",
            why="Novu activates the primary integration.",
            fix="Pass only one of `primary=True` and `active=False`.",
            prop="primary",
        )
    if declared.conditions:
        yield SettingsError(
            f"the integration {declared.describe()} cannot be primary and have conditions.",
            why="Novu removes the conditions of the primary integration.",
            fix="Pass only one of `primary=True` and `conditions`.",
            prop="primary",
        )


def describe_plan(
    declared: DeclaredIntegration,
    stored: Sequence[StoredIntegration],
    others: Mapping[str, DeclaredIntegration],
    internal_id: str | None,
) -> Iterator[str]:
    """Yield lines for the preview: an adoption, and each change of the primary integration.

    :param stored: the integrations of the environment.
    :param others: the other integrations that the program declares so far, by identifier.
    :param internal_id: the ``_id`` in the state, None for a new resource.
    """
    existing = declared.find_in(stored, internal_id)
    if existing is not None and existing.id != internal_id:
        changes = sorted(declared.changes(existing))
        if declared.credentials is not None:
            changes.append("credentials")
        changed = f"changes its {', '.join(changes)}" if changes else "changes nothing"
        yield f"adopts the integration {existing.describe()} that Novu stores, and {changed}"
    yield from _primary_lines(declared, existing, stored, others)


def _primary_lines(
    declared: DeclaredIntegration,
    existing: StoredIntegration | None,
    stored: Sequence[StoredIntegration],
    others: Mapping[str, DeclaredIntegration],
) -> Iterator[str]:
    if declared.channel not in CHANNELS_WITH_PRIMARY:
        return
    primary = next(
        (
            integration
            for integration in stored
            if integration.channel == declared.channel and integration.primary and integration.active
        ),
        None,
    )
    is_primary = existing is not None and primary is not None and primary.id == existing.id
    if declared.primary and not is_primary:
        instead = f" instead of {primary.describe()}" if primary else ""
        yield f"{declared.identifier!r} becomes the primary integration of {declared.channel}{instead}"
    loses = is_primary and (not declared.active or bool(declared.conditions))
    if loses and not any(other.primary and other.channel == declared.channel for other in others.values()):
        reason = "inactive" if not declared.active else "limited by conditions"
        yield (
            f"{declared.identifier!r} becomes {reason}, so it is no longer the primary integration of "
            f"{declared.channel}. Novu makes no other one primary, and delivers no {declared.channel} until one is"
        )
