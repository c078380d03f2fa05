"""Severity: the one property that a sync never changes on a registration that exists.

Observed on Novu 3.19.0: ``PUT /v2/workflows/{_id}`` with every other field as read sets it, and keeps the ids,
the control values and the preference override; the next sync keeps what it set.
"""

from __future__ import annotations

from collections.abc import Iterable

from novu_provider.api import NovuApi, Stored
from novu_provider.manifest import Manifest
from novu_provider.registration import JsonObject


def repair(api: NovuApi, manifest: Manifest, stored: Iterable[Stored]) -> list[str]:
    """Set the declared severity of each held workflow that has another one; two requests for each.

    Must come before the sync: the PUT replaces ``rawData``, which the sync then writes anew.

    :returns: the ids that were written.
    """
    declared = {one.workflow_id: one.severity for one in manifest.workflows}
    repaired = []
    for one in stored:
        wanted = declared.get(one.workflow_id, one.registration.severity)
        if wanted != one.registration.severity:
            api.replace(one.id, with_severity(api.workflow(one.id), wanted))
            repaired.append(one.workflow_id)
    return repaired


def with_severity(document: JsonObject, severity: str) -> JsonObject:
    """Turn a workflow as read (``GET /v2/workflows/{_id}``) into the body of a PUT that changes severity alone."""
    preferences = document.get("preferences") or {}
    return {
        "workflowId": document["workflowId"],
        "name": document["name"],
        "description": document.get("description") or "",
        "tags": document.get("tags") or [],
        "active": document.get("active", True),
        # Any other origin would make Novu process the control values as the dashboard's own.
        "origin": "external",
        "severity": severity,
        # Named only where they are on: a server without translations refuses to hear of them.
        **{key: True for key in ("validatePayload", "isTranslationEnabled") if document.get(key)},
        "payloadSchema": document.get("payloadSchema") or {},
        "preferences": {"user": preferences.get("user"), "workflow": preferences.get("default")},
        "steps": [_step(step) for step in document.get("steps") or ()],
    }


def _step(step: JsonObject) -> JsonObject:
    # The stored overrides alone: `null` would delete them, and the schema's defaults are not stored.
    values = (step.get("controls") or {}).get("values") or step.get("controlValues") or None
    return {
        "_id": step["_id"],
        "stepId": step["stepId"],
        "name": step.get("name") or step["stepId"],
        "type": step["type"],
        "controlValues": values,
    }
