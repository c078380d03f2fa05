"""The changes of integrations in a preview. It contains no credentials: the engine hides them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import property_changes
from novu_provider.rendering.lines import Item, Line, change_line, identifier
from novu_provider.review.model import IntegrationChange, ReviewPlan
from novu_provider.review.resources import Resource, inputs_of
from novu_provider.text.wording import dotted_path

#: The inputs that a reviewer sees.
_SHOWN = ("identifier", "providerId", "channel", "displayName", "active", "primary", "conditions")


def read_integrations(touched: Iterable[Resource]) -> tuple[IntegrationChange, ...]:
    """Return the changes of integrations, by identifier."""
    resources = [resource for resource in touched if resource.type_name == "Integration"]
    return tuple(sorted(map(_change, resources), key=lambda change: change.identifier))


def _change(resource: Resource) -> IntegrationChange:
    before, after = (_shown(inputs_of(state)) for state in (resource.old, resource.new))
    names: dict[str, Literal["created", "changed", "replaced", "deleted"]] = {
        "created": "created",
        "replaced": "replaced",
        "deleted": "deleted",
    }
    action = names.get(resource.action, "changed")
    known = after or before
    changes = tuple(property_changes(before, after)) if action in ("changed", "replaced") else ()
    return IntegrationChange(
        identifier=str(known.get("identifier") or resource.urn.name),
        provider_id=str(known.get("providerId") or ""),
        channel=str(known.get("channel") or ""),
        action=action,
        changes=changes,
        credentials_changed=action == "changed" and not changes,
    )


def _shown(inputs: JsonObject) -> JsonObject:
    return {name: inputs[name] for name in _SHOWN if name in inputs}


def integration_items(plan: ReviewPlan) -> list[Item]:
    """Show the created, changed and replaced integrations. The removals show the deleted ones."""
    return [_item(change) for change in plan.integrations if change.action != "deleted"]


def title(change: IntegrationChange) -> Line:
    """Return the identifier, provider and channel of an integration."""
    return (identifier(change.identifier), " (", identifier(change.provider_id), ", ", identifier(change.channel), ")")


def _item(change: IntegrationChange) -> Item:
    notes = [change_line(entry, dotted_path) for entry in change.changes]
    if change.credentials_changed:
        notes.append(("the credentials change",))
    return Item((identifier(change.identifier),), (*title(change), f" {change.action}"), tuple(notes))
