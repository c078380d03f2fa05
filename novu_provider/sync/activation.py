"""Whether a workflow is active: what each sync sets to true, and an environment may want otherwise.

Observed on Novu 3.19.0: ``PATCH /v2/workflows/{_id}`` sets it, the next sync undoes it. A workflow that is to stay off
is therefore switched off again as soon as a sync has answered: it is on for no longer than that request, and the
ones before it in this list, take.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from novu_provider.errors import NovuApiError, SyncFailed
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.target import Digests, Snapshot


def deactivate(api: NovuApi, held: Mapping[str, str], inactive: Collection[str]) -> None:
    """Switch off workflows that a sync has just switched on.

    :param held: the workflow ids that the sync answered with, each with its ``_id``.
    """
    for workflow_id in sorted(inactive):
        if workflow_id in held:
            api.patch_workflow(held[workflow_id], {"active": False})


def with_declared_activation(snapshot: Snapshot, declared: Digests, inactive: Collection[str] = ()) -> Snapshot:
    """Give the snapshot as it would be with everything on or off that differs from its declaration in that alone.

    :param inactive: workflows that are off in it whatever else differs.
    """
    return replace(snapshot, workflows=tuple(_switched(one, declared, inactive) for one in snapshot.workflows))


def apply_activation(api: NovuApi, snapshot: Snapshot, declared: Digests, inactive: Collection[str] = ()) -> Snapshot:
    """Switch on or off what differs from its declaration in that alone, and give the snapshot as it is then.

    No sync is needed for these, and after a sync whose answer was lost none stays on.

    :param inactive: workflows that are switched off whatever else differs, as another build's sync leaves them.
    :raises SyncFailed: Novu does not switch one, which is named.
    """
    after = with_declared_activation(snapshot, declared, inactive)
    for was, now in zip(snapshot.workflows, after.workflows, strict=True):
        if was is not now:
            try:
                api.patch_workflow(now.id, {"active": now.registration.active})
            except NovuApiError as fault:
                raise _not_switched(now, fault) from None
    return after


def _not_switched(wanted: StoredWorkflow, fault: NovuApiError) -> SyncFailed:
    to, still = ("on", "off") if wanted.registration.active else ("off", "on")
    return SyncFailed(
        f"the workflow {wanted.workflow_id!r} could not be switched {to} and may still be {still}: {fault.what}",
        why=fault.why,
        fix=f"Run `pulumi up` again, or switch it {to} in Novu's dashboard first.",
    )


def _switched(one: StoredWorkflow, declared: Digests, inactive: Collection[str]) -> StoredWorkflow:
    if one.workflow_id in inactive and one.registration.active:
        return replace(one, registration=replace(one.registration, active=False))
    wanted = declared.get(one.workflow_id)
    if wanted is None or wanted == one.registration.digest:
        return one
    other = replace(one.registration, active=not one.registration.active)
    return replace(one, registration=other) if other.digest == wanted else one
