"""The properties of ``Integration``: what they declare, and how they differ from the state and from Novu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.model import integrations, pulumi_json
from novu_provider.model.integrations import DeclaredIntegration, StoredIntegration
from novu_provider.resources.provider import is_fully_known
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session

Props = dict[str, Any]


def declaration_of(props: Props) -> DeclaredIntegration:
    """Return what the inputs declare. Credentials of which nothing is known yet are left out."""
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


def differs(news: Props, olds: Props, key: str) -> bool:
    """Whether an input differs from the state. An input that the program leaves out does not.

    :param key: the name of the input. A value that is not known yet differs.
    """
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


def stored_properties(props: Props, stored: StoredIntegration) -> Props:
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


def credentials_changed(session: Session, props: Props, stored: StoredIntegration) -> bool:
    """Whether the stored credentials are not those of the state, and report it.

    Novu 3.19.0 returns no credentials. Then the time of the last save tells.
    """
    declared = props.get("credentials")
    if not declared:
        return False
    if stored.credentials:
        changed = not integrations.are_same_credentials(declared, stored.credentials)
    else:
        changed = session.integrations.was_saved_by_others(
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
