"""The sync: make one environment equal to its bridge, once, guarded before and read back after.

Novu's own call is all or nothing per environment in intent, but not in effect (observed on 3.19.0): it rolls
nothing back, goes on working after it has answered 400, and its answer can be lost. So its outcome is decided by
reading what Novu holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import (
    AccessDenied,
    BridgeError,
    ManifestError,
    NovuApiError,
    NovuError,
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
from novu_provider.sync.sync_errors import expect_environment, manifest_mismatch, sync_incomplete, sync_refused
from novu_provider.text.wording import quoted_list

#: Seconds that one workflow costs the server (65-75 ms observed), with room for a busy one.
_SECONDS_EACH = 0.3
#: The rest, and both patiences below, in time-outs of one answer (30 s by default).
#: Two tries at a bridge that hangs cost the server 11 s.
_TIMEOUTS_BASE = 2

#: Seconds that one workflow costs the server; no change for as long means that it is done.
_SECONDS_AT_WORK = 0.1
#: How long to read on after an answer: reads may come from a replica that is behind.
_TIMEOUTS_BEHIND = 1 / 3
#: How long nothing may change before a lost sync counts as ended.
_TIMEOUTS_QUIET = 1 / 10


class Synchronizer:
    """Brings one environment to its target.

    :param say: shows one line of progress to the user.
    :param sleep, clock: replaced in tests.
    """

    def __init__(
        self,
        api: NovuApi,
        bridge: BridgeClient,
        say: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._bridge = bridge
        self._say = say
        self._sleep = sleep
        self._clock = clock

    def apply(self, target: Target) -> Snapshot:
        """Make the environment equal to the target and give what Novu then holds.

        Nothing is written when it is equal already.

        :raises Refused: a guard; nothing was written.
        :raises BridgeError, ManifestError: the bridge does not serve the declared manifest; nothing was written, or
            no more than a lost or refused first sync had done.
        :raises SyncFailed: Novu does not hold the declared state afterwards; what it holds is named.
        """
        before = self._held(target)
        if activation.with_declared_activation(before, target.declared).matches(target.declared, target.stored_url):
            return activation.apply_activation(self._api, before, target.declared)
        manifest = self._await_manifest(target, before.environment.type)
        plan = make_plan(target.declared, self._api.workflow_summaries(target.declared), target.managed, target.guards)
        plan.raise_refusal()
        if severity.apply_severities(self._api, manifest, before.workflows):
            # Two requests for each of them have passed: what is synced is what the bridge serves then.
            self._await_manifest(target, before.environment.type)
        after = self._sync(target, plan)
        if not after.matches(target.declared, target.stored_url) and self._remove_strays(after, target):
            self._await_manifest(target, after.environment.type)
            after = self._sync(target, plan)
        self._name_losses(before, after)
        if not after.matches(target.declared, target.stored_url):
            raise sync_incomplete(after, target)
        return after

    def snapshot(self) -> Snapshot:
        """Read what Novu holds."""
        return Snapshot(self._api.environment(), tuple(self._api.stored_workflows()))

    def _held(self, target: Target) -> Snapshot:
        """Read what Novu holds, of the target's environment and no other.

        :raises WrongEnvironment: Novu answers for another environment than before.
        """
        found = self.snapshot()
        expect_environment(found.environment, target.environment_id)
        return found

    def _await_manifest(self, target: Target, environment_type: str | None) -> Manifest:
        """Ask the bridge until it serves the declared manifest, for as long as the target says."""
        deadline = self._clock() + target.wait_for_bridge
        said = ""
        while True:
            try:
                manifest = self._bridge.manifest(environment_type).with_inactive(target.inactive)
                if manifest.digests == dict(target.declared):
                    return manifest
                error: NovuError = manifest_mismatch(manifest, target.declared)
            except (BridgeError, ManifestError) as fault:
                error = fault
            left = deadline - self._clock()
            if left <= 0:
                raise error
            if error.what != said:
                said = error.what
                self._say(f"waiting up to {left:.0f} s for the bridge to serve the declared manifest: {said}")
            self._sleep(min(2.0, left))

    def _sync(self, target: Target, plan: Plan) -> Snapshot:
        """Make the call; repeat it once, after reading, where it was lost or where room had to be made for it."""
        count = len(target.declared)
        self._say(f"syncing {count} workflows (Novu needs about {max(1, round(count * 0.07))} s)")
        repeated = False
        while True:
            try:
                with heartbeat(self._say, "waiting for Novu to answer the sync"):
                    held = self._api.sync(target.stored_url, _TIMEOUTS_BASE * self._api.timeout + _SECONDS_EACH * count)
                # What fails of it is no fault of the sync: it is read, tried again and told by what follows.
                with suppress(NovuApiError):
                    activation.deactivate(self._api, held, target.inactive)
                return self._settle(target, _TIMEOUTS_BEHIND * self._api.timeout)
            except RequestRefused as refused:
                # Novu goes on working after it has answered 400; a second sync must not meet the first.
                after = self._until_quiet(target, max(1.0, _SECONDS_AT_WORK * count))
                if after.matches(target.declared, target.stored_url):
                    return after
                if repeated or not _at_workflow_limit(refused):
                    raise sync_refused(refused, after, target) from None
                self._make_room(plan, after, refused)
            except NovuUnreachable as lost:
                self._say(f"the sync's answer was lost ({lost.what}); reading what Novu holds")
                after = self._until_quiet(target, _TIMEOUTS_QUIET * self._api.timeout + _SECONDS_AT_WORK * count)
                if after.matches(target.declared, target.stored_url):
                    return after
                if repeated:
                    raise sync_incomplete(after, target, lost) from None
                self._say("Novu does not hold the declared state; syncing once more")
            # What is synced is what the bridge serves then: a login page would empty the environment.
            self._await_manifest(target, after.environment.type)
            repeated = True

    def _settle(self, target: Target, patience: float) -> Snapshot:
        """Read until Novu holds the target, or until patience ends with what it holds then."""
        deadline = self._clock() + patience
        pause = 0.25
        while True:
            after = activation.apply_activation(self._api, self._held(target), target.declared, target.inactive)
            if after.matches(target.declared, target.stored_url) or self._clock() >= deadline:
                return after
            self._sleep(pause)
            pause = min(pause * 2, 3.0)

    def _until_quiet(self, target: Target, window: float) -> Snapshot:
        """Read until Novu holds the target, or until nothing has changed for ``window`` seconds."""
        before = self._held(target)
        with heartbeat(self._say, f"reading what Novu holds, until nothing has changed for {window:.0f} s"):
            while True:
                after = self._settle(target, window)
                if after.matches(target.declared, target.stored_url) or after == before:
                    return after
                before = after

    def _make_room(self, plan: Plan, held: Snapshot, refused: RequestRefused) -> None:
        """At Novu's limit of workflows, delete first what the plan deletes: Novu itself deletes last."""
        removed = [one for one in held.workflows if one.workflow_id in plan.deleted]
        if not removed:
            raise SyncFailed(
                f"Novu's limit of workflows is reached: {refused.message}",
                why="The plan of the organisation, or MAX_WORKFLOW_LIMIT_NUMBER of a self-hosted Novu, sets it.",
                fix="Remove workflows, or have the limit raised.",
            ) from None
        self._say(f"at Novu's limit of workflows: deleting {quoted_list(one.workflow_id for one in removed)} first")
        try:
            for one in removed:
                self._api.delete_workflow(one.id)
        except AccessDenied as denied:
            ids = quoted_list(workflow.workflow_id for workflow in removed)
            raise SyncFailed(
                f"Novu's limit of workflows is reached, and {ids} cannot be deleted to make room: {denied.what}",
                why="Novu creates before it deletes, and before 2025-06 a sync alone deletes in this environment.",
                fix="Update twice: first with the removed workflows gone and none added, then with the added ones.",
            ) from None

    def _remove_strays(self, after: Snapshot, target: Target) -> bool:
        """Delete what a concurrent sync left under suffixed ids; say whether a second sync is worth it."""
        strays = [one for one in after.workflows if is_sync_duplicate(one.workflow_id, target.declared)]
        for one in strays:
            self._say(f"removing {one.workflow_id!r}, left by two syncs at once")
            # Where Novu allows it to a sync alone, the one that follows does it.
            with suppress(AccessDenied):
                self._api.delete_workflow(one.id)
        return bool(strays) or set(after.digests) < set(target.declared)

    def _name_losses(self, before: Snapshot, after: Snapshot) -> None:
        """Say which workflows are other ones now: Novu was served something else than we were, and deleted them."""
        known = {one.workflow_id: one.id for one in before.workflows}
        anew = [one.workflow_id for one in after.workflows if known.get(one.workflow_id, one.id) != one.id]
        if anew:
            self._say(
                f"Novu deleted {quoted_list(anew)} during the sync and created them again. Settings from the dashboard "
                "(control values, preferences) are lost"
            )


def _at_workflow_limit(refused: RequestRefused) -> bool:
    said = refused.message.lower()
    return "limit exceeded" in said and "steps" not in said
