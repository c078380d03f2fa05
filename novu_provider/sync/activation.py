"""Activation: every sync activates all workflows, so a workflow that is declared inactive is deactivated afterwards.

Observed on Novu 3.19.0: ``PATCH /v2/workflows/{_id}`` sets ``active``, and the next sync resets it. A workflow that is
declared inactive is therefore deactivated immediately after the sync. It is active only during that sync and the
requests for the workflows before it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from novu_provider.errors import NovuApiError, SyncFailed
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.target import Digests, Snapshot


def deactivate(api: NovuApi, internal_ids: Mapping[str, str], inactive: Collection[str]) -> None:
    """Deactivate the workflows that a sync has just activated.

    :param internal_ids: the workflow ids of the sync's response, each with its ``_id``.
    """
    for workflow_id in sorted(inactive):
        if workflow_id in internal_ids:
            api.patch_workflow(internal_ids[workflow_id], {"active": False})


def with_declared_activation(snapshot: Snapshot, declared: Digests, inactive: Collection[str] = ()) -> Snapshot:
    """Return the snapshot with the declared activation of each workflow that differs in nothing else.

    :param inactive: workflows that become inactive even if they differ in more.
    """
    workflows = tuple(_with_activation(workflow, declared, inactive) for workflow in snapshot.workflows)
    return replace(snapshot, workflows=workflows)


def apply_activation(api: NovuApi, snapshot: Snapshot, declared: Digests, inactive: Collection[str] = ()) -> Snapshot:
    """Activate or deactivate each workflow that differs from its declaration in nothing else.

    This needs no sync. It also deactivates the workflows after a sync whose response was lost.

    :param inactive: workflows that are deactivated even if they differ in more, as after a sync of another build.
    :returns: the snapshot with the new activation.
    :raises SyncFailed: Novu refused it for a workflow, which the error names.
    """
    after = with_declared_activation(snapshot, declared, inactive)
    for before, workflow in zip(snapshot.workflows, after.workflows, strict=True):
        if before is not workflow:
            try:
                api.patch_workflow(workflow.id, {"active": workflow.registration.active})
            except NovuApiError as error:
                raise _activation_failed(workflow, error) from None
    return after


def _activation_failed(workflow: StoredWorkflow, error: NovuApiError) -> SyncFailed:
    verb, state = ("activate", "inactive") if workflow.registration.active else ("deactivate", "active")
    return SyncFailed(
        f"could not {verb} the workflow {workflow.workflow_id!r}, which may still be {state}: {error.what}",
        why=error.why,
        fix=f"Run `pulumi up` again, or {verb} it in Novu's dashboard first.",
    )


def _with_activation(workflow: StoredWorkflow, declared: Digests, inactive: Collection[str]) -> StoredWorkflow:
    registration = workflow.registration
    if workflow.workflow_id in inactive and registration.active:
        return replace(workflow, registration=replace(registration, active=False))
    declared_digest = declared.get(workflow.workflow_id)
    if declared_digest is None or declared_digest == registration.digest:
        return workflow
    toggled = replace(registration, active=not registration.active)
    return replace(workflow, registration=toggled) if toggled.digest == declared_digest else workflow
