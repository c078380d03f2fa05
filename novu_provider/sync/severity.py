"""Severity: the one property that a sync does not change on an existing workflow.

Observed on Novu 3.19.0: a PUT of the workflow sets it, and the next sync keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable

from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.workflow_update import build_update_body


def apply_severities(api: NovuApi, manifest: Manifest, stored: Iterable[StoredWorkflow]) -> list[str]:
    """Set the declared severity of each stored workflow that has another one. Two requests for each.

    Call this before the sync: the PUT replaces ``rawData``, and the sync writes it again. A Novu before 2025-09 has no
    severities, so nothing is written.

    :returns: the ids of the changed workflows.
    """
    declared = {registration.workflow_id: registration.severity for registration in manifest.workflows}
    changed = []
    for workflow in stored:
        severity = declared.get(workflow.workflow_id, workflow.registration.severity)
        if severity != workflow.registration.severity:
            document = api.workflow_with_severity(workflow.id)
            if document is None:
                return []
            with api.expect_workflow_shape(workflow.id):
                body = build_update_body(document, severity=severity)
            api.update_workflow(workflow.id, body)
            changed.append(workflow.workflow_id)
    return changed
