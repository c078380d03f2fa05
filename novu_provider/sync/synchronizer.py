"""The sync: apply a target to one environment, with guards before the request and a read back after it.

Novu intends a sync to be all or nothing, but it is not (observed on 3.19.0). Novu rolls nothing back, continues working
after a 400, and its response can be lost. Therefore the result of a sync is always read from Novu.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from novu_provider.bridge import rollout
from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import (
    AccessDenied,
    NovuApiError,
    NovuUnreachable,
    RequestRefused,
    SyncFailed,
)
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.plan import Plan, make_plan
from novu_provider.planning.target import Snapshot, Target, is_sync_duplicate
from novu_provider.sync import activation, severity
from novu_provider.sync.progress import heartbeat
from novu_provider.sync.sync_errors import expect_environment_id, manifest_mismatch, sync_incomplete, sync_refused
from novu_provider.text.wording import quoted_list

#: The timeout of a sync: this factor of `novu:timeout`, and seconds per workflow. Two requests to a hanging bridge take
#: the server 11 s. One workflow takes it 65-75 ms.
SYNC_TIMEOUT_FACTOR = 2
SYNC_SECONDS_PER_WORKFLOW = 0.3

#: How long to read after a sync, as a factor of `novu:timeout`: reads may come from a replica that lags behind.
REPLICA_LAG_FACTOR = 1 / 3

#: A lost or refused sync counts as ended after this time without a change: a factor of `novu:timeout`, and seconds per
#: workflow.
QUIET_PERIOD_FACTOR = 1 / 10
QUIET_SECONDS_PER_WORKFLOW = 0.1


@dataclass(frozen=True)
class _SyncOutcome:
    """The environment after one sync request, and the error of the request, if it had one."""

    after: Snapshot
    error: RequestRefused | NovuUnreachable | None = None


class Synchronizer:
    """Applies a target to one environment.

    :param report: shows one line of progress to the user.
    :param sleep, clock: replaced in tests.
    """

    def __init__(
        self,
        api: NovuApi,
        bridge: BridgeClient,
        report: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._bridge = bridge
        self._report = report
        self._sleep = sleep
        self._clock = clock

    def apply(self, target: Target) -> Snapshot:
        """Apply the target and return the environment that Novu then stores.

        An environment that already equals the target is not written to.

        :raises GuardRefusal: a guard refused the plan. Nothing was written.
        :raises BridgeError, ManifestError: the bridge does not serve the declared manifest. Nothing was written, except
            by a first sync that was lost or refused.
        :raises SyncFailed: Novu does not store the declared state. The error names the differences.
        """
        before = self._read(target)
        if activation.with_declared_activation(before, target.declared).matches(target.declared, target.stored_url):
            return activation.apply_activation(self._api, before, target.declared)
        manifest = self._await_manifest(target, before)
        plan = make_plan(target.declared, self._api.workflow_summaries(target.declared), target.managed, target.guards)
        plan.raise_refusal()
        if severity.apply_severities(self._api, manifest, before.workflows):
            # Two requests per workflow have passed. The bridge must still serve the manifest when Novu calls it.
            self._await_manifest(target, before)
        after = self._sync(target, plan)
        if not after.matches(target.declared, target.stored_url) and self._delete_duplicates(after, target):
            self._await_manifest(target, after)
            after = self._sync(target, plan)
        self._report_recreated(before, after)
        if not after.matches(target.declared, target.stored_url):
            raise sync_incomplete(after, target)
        return after

    def snapshot(self) -> Snapshot:
        """Read the environment."""
        return Snapshot(self._api.environment(), tuple(self._api.stored_workflows()))

    def _read(self, target: Target) -> Snapshot:
        """Read the target's environment.

        :raises WrongEnvironment: Novu now returns another environment.
        """
        snapshot = self.snapshot()
        expect_environment_id(snapshot.environment, target.environment_id)
        return snapshot

    def _await_manifest(self, target: Target, snapshot: Snapshot) -> Manifest:
        """Ask the bridge until it serves the declared manifest, for as long as the target allows."""

        def read() -> Manifest:
            manifest = self._bridge.manifest(snapshot.environment.type).with_inactive(target.inactive)
            if manifest.digests == dict(target.declared):
                return manifest
            raise manifest_mismatch(manifest, target.declared)

        return rollout.wait_for(
            read,
            target.wait_for_bridge,
            " to serve the declared manifest",
            report=self._report,
            temporary=rollout.is_temporary_for_manifest,
            sleep=self._sleep,
            clock=self._clock,
        )

    def _sync(self, target: Target, plan: Plan) -> Snapshot:
        """Sync. Repeat it once if its response was lost, or if workflows had to be deleted first."""
        count = len(target.declared)
        self._report(f"syncing {count} workflows (Novu needs about {max(1, round(count * 0.07))} s)")
        first = self._sync_once(target)
        if first.error is None:
            return first.after
        if isinstance(first.error, RequestRefused):
            if not _is_workflow_limit(first.error):
                raise sync_refused(first.error, first.after, target)
            self._make_room(plan, first.after, first.error)
        else:
            self._report("Novu does not store the declared state; syncing once more")
        # The bridge must still serve the manifest: a login page would delete all workflows.
        self._await_manifest(target, first.after)
        second = self._sync_once(target)
        if isinstance(second.error, RequestRefused):
            raise sync_refused(second.error, second.after, target)
        if second.error is not None:
            raise sync_incomplete(second.after, target, second.error)
        return second.after

    def _sync_once(self, target: Target) -> _SyncOutcome:
        """Send one sync request, and read the environment until the outcome is known."""
        count = len(target.declared)
        error: RequestRefused | NovuUnreachable
        try:
            timeout = SYNC_TIMEOUT_FACTOR * self._api.timeout + SYNC_SECONDS_PER_WORKFLOW * count
            with heartbeat(self._report, "waiting for Novu to answer the sync"):
                internal_ids = self._api.sync(target.stored_url, timeout)
            # An error here is not an error of the sync. The read back finds it and tries again.
            with suppress(NovuApiError):
                activation.deactivate(self._api, internal_ids, target.inactive)
            return _SyncOutcome(self._read_until_matching(target, REPLICA_LAG_FACTOR * self._api.timeout))
        except RequestRefused as refused:
            error = refused
            # Novu continues working after it has returned 400. A second sync must not overlap with the first.
            quiet_period = max(1.0, QUIET_SECONDS_PER_WORKFLOW * count)
        except NovuUnreachable as lost:
            error = lost
            self._report(f"the response to the sync was lost ({lost.what}); reading the environment")
            quiet_period = QUIET_PERIOD_FACTOR * self._api.timeout + QUIET_SECONDS_PER_WORKFLOW * count
        after = self._read_until_quiet(target, quiet_period)
        is_applied = after.matches(target.declared, target.stored_url)
        return _SyncOutcome(after, None if is_applied else error)

    def _read_until_matching(self, target: Target, seconds: float) -> Snapshot:
        """Read until the environment equals the target, for the given time, and return the last snapshot."""
        deadline = self._clock() + seconds
        pause = 0.25
        while True:
            after = activation.apply_activation(self._api, self._read(target), target.declared, target.inactive)
            if after.matches(target.declared, target.stored_url) or self._clock() >= deadline:
                return after
            self._sleep(pause)
            pause = min(pause * 2, 3.0)

    def _read_until_quiet(self, target: Target, quiet_period: float) -> Snapshot:
        """Read until the environment equals the target, or until nothing has changed for ``quiet_period`` seconds."""
        before = self._read(target)
        with heartbeat(self._report, f"reading the environment until nothing has changed for {quiet_period:.0f} s"):
            while True:
                after = self._read_until_matching(target, quiet_period)
                if after.matches(target.declared, target.stored_url) or after == before:
                    return after
                before = after

    def _make_room(self, plan: Plan, after: Snapshot, refused: RequestRefused) -> None:
        """Delete the planned workflows before the sync. Novu creates first, so it reaches its limit of workflows."""
        removed = [workflow for workflow in after.workflows if workflow.workflow_id in plan.deleted]
        ids = quoted_list(workflow.workflow_id for workflow in removed)
        if not removed:
            raise SyncFailed(
                f"Novu's limit of workflows is reached: {refused.message}",
                why="The organization's plan sets the limit, or MAX_WORKFLOW_LIMIT_NUMBER of a self-hosted Novu.",
                fix="Remove workflows from the code, or raise the limit.",
            )
        self._report(f"at Novu's limit of workflows: deleting {ids} first")
        try:
            for workflow in removed:
                self._api.delete_workflow(workflow.id)
        except AccessDenied as denied:
            raise SyncFailed(
                f"Novu's limit of workflows is reached, and {ids} cannot be deleted to make room: {denied.what}",
                why="Novu creates workflows before it deletes others. Before 2025-06 only a sync can delete in this "
                "environment.",
                fix="Run `pulumi up` twice: first remove workflows from the code, then add the new ones.",
            ) from None

    def _delete_duplicates(self, after: Snapshot, target: Target) -> bool:
        """Delete the duplicates that a concurrent sync left under ids with a suffix.

        :returns: whether a second sync can help.
        """
        duplicates = [
            workflow for workflow in after.workflows if is_sync_duplicate(workflow.workflow_id, target.declared)
        ]
        for workflow in duplicates:
            self._report(f"deleting {workflow.workflow_id!r}, a duplicate from two syncs at the same time")
            # An older Novu may not allow it. Then the second sync deletes the duplicate.
            with suppress(AccessDenied):
                self._api.delete_workflow(workflow.id)
        return bool(duplicates) or set(after.digests) < set(target.declared)

    def _report_recreated(self, before: Snapshot, after: Snapshot) -> None:
        """Report workflows with a new ``_id``: the bridge served something else to Novu, which deleted them."""
        internal_ids = {workflow.workflow_id: workflow.id for workflow in before.workflows}
        recreated = [
            workflow.workflow_id
            for workflow in after.workflows
            if internal_ids.get(workflow.workflow_id, workflow.id) != workflow.id
        ]
        if recreated:
            self._report(
                f"Novu deleted {quoted_list(recreated)} during the sync and created them again. Their overrides "
                "(control values, preferences) are lost"
            )


def _is_workflow_limit(refused: RequestRefused) -> bool:
    message = refused.message.lower()
    return "limit exceeded" in message and "steps" not in message
