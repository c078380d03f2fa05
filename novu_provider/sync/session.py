"""The session: the state that all resources of one provider process share.

Pulumi's dynamic provider host runs the providers of a stack in one process with four threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import httpx

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import EndpointClosed, NovuError, NovuUnreachable
from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides
from novu_provider.planning.target import Snapshot, Target
from novu_provider.settings import Settings
from novu_provider.sync.integrations import Integrations
from novu_provider.sync.progress import announced_sleep, report_progress
from novu_provider.sync.rename_carryover import DashboardSettings
from novu_provider.sync.sync_errors import expect_environment_id
from novu_provider.sync.synchronizer import Synchronizer

Response = TypeVar("Response")

#: A resource type and ids: `("workflow", "welcome")`, `("controls", "welcome", "send")`.
Declaration = tuple[str, ...]


class Session:
    """One environment in one process. Thread-safe.

    :param inner: replaces the network to Novu and the bridge in tests.
    """

    def __init__(self, settings: Settings, inner: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        self.api = NovuApi(settings, inner, announced_sleep(report_progress), report=report_progress)
        self.overrides = Overrides(self.api)
        self.integrations = Integrations(self.api.integrations, self.environment, report_progress)
        self._inner = inner
        self._lock = threading.RLock()
        self._environment: Environment | None = None
        self._stored: dict[str, StoredWorkflow] | None = None
        self._stored_before_sync: dict[str, StoredWorkflow] | None = None
        self._failure: NovuError | None = None
        self._declared: set[Declaration] = set()
        #: Whether the binding of the running program has started a sync.
        self.sync_started = False
        self._renamed_settings: dict[str, DashboardSettings] = {}

    def environment(self, remembered: str | None = None) -> Environment:
        """Return the environment that the key opens. One request per session.

        :param remembered: the ``_id`` in the state, if there is one.
        :raises WrongEnvironment: the key opens another environment than the one in the state.
        """
        with self._lock:
            if self._environment is None:
                self._environment = self._request_unless_failed(self.api.environment)
            environment = self._environment
        if remembered:
            expect_environment_id(environment, remembered)
        return environment

    @property
    def bypass_token(self) -> str | None:
        """Vercel's bypass token. None if the stack has none."""
        token = self.settings.bypass_token
        return token.get_secret_value() if token else None

    def read_before_rename(self, renames: Mapping[str, str]) -> None:
        """Read the settings of renamed workflows, before the sync deletes them.

        :param renames: new id -> old id.
        """
        for new, old in renames.items():
            workflow = self.stored(old)
            if workflow is not None and self.stored(new) is None:
                self._renamed_settings[new] = DashboardSettings.read(self.overrides, workflow)

    def renamed_settings(self, workflow_id: str) -> DashboardSettings | None:
        """Return the settings that :meth:`read_before_rename` read for a new id."""
        return self._renamed_settings.get(workflow_id)

    def bridge(self, url: str) -> BridgeClient:
        """Connect to a bridge with this environment's key."""
        return BridgeClient.from_settings(self.settings, url, inner=self._inner)

    def apply(self, target: Target) -> Snapshot:
        """Apply a target, and keep the environment that was read back for the other resources."""
        bridge = self.bridge(target.bridge_url)
        try:
            snapshot = Synchronizer(self.api, bridge, report_progress).apply(target)
        finally:
            bridge.close()
            with self._lock:
                self._environment = self._stored = None
        with self._lock:
            self._environment = snapshot.environment
            self._stored = {workflow.workflow_id: workflow for workflow in snapshot.workflows}
        return snapshot

    def stored(self, workflow_id: str) -> StoredWorkflow | None:
        """Return the stored workflow with this id. All resources share one listing."""
        return self.all_stored_workflows().get(workflow_id)

    def all_stored_workflows(self, fresh: bool = False) -> dict[str, StoredWorkflow]:
        """Return the stored code-first workflows by id. ``fresh`` reads them again."""
        with self._lock:
            if self._stored is None or fresh:
                workflows = self._request_unless_failed(self.api.stored_workflows)
                self._stored = {workflow.workflow_id: workflow for workflow in workflows}
            if not self.sync_started and self._stored_before_sync is None:
                self._stored_before_sync = dict(self._stored)
            return self._stored

    def stored_before_sync(self) -> Mapping[str, StoredWorkflow] | None:
        """Return the workflows that Novu stored before the sync of this process. None if nobody read them then."""
        with self._lock:
            if not self.sync_started:
                self.all_stored_workflows()
            return self._stored_before_sync

    def _request_unless_failed(self, request: Callable[[], Response]) -> Response:
        """Send a request that all resources share. After a failure, raise the same error and send nothing."""
        if self._failure is not None:
            raise self._failure
        try:
            return request()
        except NovuError as error:
            self._failure = error
            raise

    def declare(self, declarations: Iterable[Declaration]) -> None:
        """Remember declarations of the running program."""
        with self._lock:
            self._declared.update(declarations)

    def is_declared(self, *declaration: str) -> bool:
        """Whether a resource of the running program declares it."""
        with self._lock:
            return declaration in self._declared

    def clear_bridge_url(self, environment: Environment) -> None:
        """Clear the stored bridge URL. If an older Novu does not allow it, warn the user instead."""
        try:
            self.api.set_bridge_url(environment.id, "")
        except EndpointClosed:
            url, token = bridge_urls.split_bypass(environment.bridge_url)
            self.api.capabilities.warn_once(
                "2025-06",
                f"no API key may clear the bridge URL, so {environment.name!r} keeps {url}"
                f"{' with its bypass token, which you may want to revoke' if token else ''}. Novu no longer calls it, "
                "and the next sync replaces it.",
            )

    def delete(self, workflow_id: str, internal_id: str | None = None) -> None:
        """Delete a stored workflow, unless another resource of the program declares it.

        If only the name of a Pulumi resource changes, Pulumi creates and deletes a resource. The workflow must stay.

        :param internal_id: the ``_id`` in the state. Without a sync in this process, the workflow is deleted by this
            id and not looked up in the listing, which may come from a replica that lags behind.
        :raises NovuUnreachable: Novu lists the workflow, but returns 404 for the deletion.
        """
        if self.is_declared("workflow", workflow_id):
            return
        if not (internal_id and not self.sync_started and self.api.delete_workflow(internal_id)):
            self._delete_listed(workflow_id)
        with self._lock:
            if self._stored is not None:
                self._stored.pop(workflow_id, None)

    def _delete_listed(self, workflow_id: str) -> None:
        workflow = self.stored(workflow_id)
        if workflow is None or self.api.delete_workflow(workflow.id):
            return
        # This `_id` does not exist: the workflow was deleted, or created again with another one.
        current = self.all_stored_workflows(fresh=True).get(workflow_id)
        if current is None or self.api.delete_workflow(current.id):
            return
        if workflow_id in self.all_stored_workflows(fresh=True):
            raise NovuUnreachable(
                f"Novu lists the workflow {workflow_id!r}, but returns 404 when deleting it.",
                why="Novu's servers return different data, for example a replica that lags behind.",
                fix="Wait a minute and run the command again.",
            )


_sessions: dict[Settings, Session] = {}
_sessions_lock = threading.Lock()


def session_for(settings: Settings) -> Session:
    """Return the process's session for these settings. The first call creates it."""
    with _sessions_lock:
        if settings not in _sessions:
            _sessions[settings] = Session(settings)
        return _sessions[settings]
