"""Severity: the one property that a sync never changes on a registration that exists.

Observed on Novu 3.19.0: a PUT of the workflow sets it, and the next sync keeps what it set.
"""

from __future__ import annotations

from collections.abc import Iterable

from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.workflow_update import build_update_body


def apply_severities(api: NovuApi, manifest: Manifest, stored: Iterable[StoredWorkflow]) -> list[str]:
    """Set the declared severity of each held workflow that has another one; two requests for each.

    Must come before the sync: the PUT replaces ``rawData``, which the sync then writes anew. Before
    2025-09 there is nothing to repair.

    :returns: the ids that were written.
    """
    declared = {one.workflow_id: one.severity for one in manifest.workflows}
    repaired = []
    for one in stored:
        wanted = declared.get(one.workflow_id, one.registration.severity)
        if wanted != one.registration.severity:
            found = api.workflow_with_severity(one.id)
            if found is None:
                return []
            api.update_workflow(one.id, build_update_body(found, severity=wanted))
            repaired.append(one.workflow_id)
    return repaired
