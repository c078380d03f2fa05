"""Compares the integrations of two environments by identifier, provider and state, and never by credentials."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from novu_provider.model.integrations import StoredIntegration, declarable
from novu_provider.planning.integration_program import declaration_lines
from novu_provider.promotion.model import IntegrationChange, IntegrationDifference

_COMPARED = ("identifier", "active", "primary")


def compare_integrations(
    source: Sequence[StoredIntegration],
    target: Sequence[StoredIntegration],
    declared: Collection[str] = (),
) -> tuple[IntegrationDifference, ...]:
    """Return the integrations of the source that the target lacks or has in another state.

    :param declared: the identifiers and the ids (``_id``) in the states of both stacks, whose program is the same. An
        Inbox keeps an identifier that no program declares.
    """
    return tuple(
        difference
        for integration, counterpart in _pairs(declarable(source), target)
        if (difference := _difference(integration, counterpart, declared)) is not None
    )


def _pairs(
    source: Iterable[StoredIntegration], target: Iterable[StoredIntegration]
) -> Iterator[tuple[StoredIntegration, StoredIntegration | None]]:
    """Pair integrations with the same identifier, then those with the same provider."""
    remaining = list(target)
    unpaired = []
    for integration in source:
        same = [
            candidate
            for candidate in remaining
            if candidate.identifier == integration.identifier and _is_same_kind(candidate, integration)
        ]
        if same:
            remaining.remove(same[0])
            yield integration, same[0]
        else:
            unpaired.append(integration)
    for integration in unpaired:
        alike = [candidate for candidate in remaining if _is_same_kind(candidate, integration)]
        if alike:
            remaining.remove(alike[0])
        yield integration, alike[0] if alike else None


def _is_same_kind(first: StoredIntegration, second: StoredIntegration) -> bool:
    return (first.provider_id, first.channel) == (second.provider_id, second.channel)


def _difference(
    integration: StoredIntegration, counterpart: StoredIntegration | None, declared: Collection[str]
) -> IntegrationDifference | None:
    changes = () if counterpart is None else tuple(_changes(integration, counterpart))
    # Another identifier alone is no difference: nothing is delivered differently.
    if counterpart is not None and all(change.name == "identifier" for change in changes):
        return None
    shown = counterpart or integration
    return IntegrationDifference(
        identifier=shown.identifier,
        provider_id=integration.provider_id,
        channel=integration.channel,
        missing=counterpart is None,
        declared=not {integration.identifier, integration.id, shown.identifier, shown.id}.isdisjoint(declared),
        changes=changes,
        program=declaration_lines(
            replace(shown, active=integration.active, primary=integration.primary), new=counterpart is None
        ),
    )


def _changes(integration: StoredIntegration, counterpart: StoredIntegration) -> Iterator[IntegrationChange]:
    for name in _COMPARED:
        before, after = getattr(counterpart, name), getattr(integration, name)
        if before != after:
            yield IntegrationChange(name=name, before=before, after=after)
