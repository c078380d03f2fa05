"""What one provider process shares: the client, one listing for all resources, and the ids in use.

Pulumi's dynamic provider host runs four threads on the providers of a stack in one process.
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
from novu_provider.sync.progress import announced_sleep, report_progress
from novu_provider.sync.rename_carryover import DashboardSettings
from novu_provider.sync.sync_errors import expect_environment
from novu_provider.sync.synchronizer import Synchronizer

Found = TypeVar("Found")

#: A kind and ids: `("workflow", "welcome")`, `("controls", "welcome", "send")`.
Declaration = tuple[str, ...]


class Session:
    """One environment in one process. Thread-safe.

    :param inner: replaces the network, Novu's and the bridge's, in tests.
    """

    def __init__(self, settings: Settings, inner: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        self.api = NovuApi(settings, inner, announced_sleep(report_progress), report=report_progress)
        self.overrides = Overrides(self.api)
        self._inner = inner
        self._lock = threading.RLock()
        self._environment: Environment | None = None
        self._stored: dict[str, StoredWorkflow] | None = None
        self._failure: NovuError | None = None
        #: What resources of the running program declare, each a kind and its ids, and whether a binding does.
        self._claimed: set[Declaration] = set()
        self.sync_started = False
        self._carried: dict[str, DashboardSettings] = {}

    def environment(self, remembered: str | None = None) -> Environment:
        """Give the key's environment, asked for once.

        :param remembered: the ``_id`` in the state, if there is one.
        :raises WrongEnvironment: the key opens another environment than the remembered one.
        """
        with self._lock:
            if self._environment is None:
                self._environment = self._ask(self.api.environment)
            found = self._environment
        if remembered:
            expect_environment(found, remembered)
        return found

    @property
    def bypass_token(self) -> str | None:
        """Vercel's bypass token, where the stack has one."""
        token = self.settings.bypass_token
        return token.get_secret_value() if token else None

    def read_before_rename(self, renames: Mapping[str, str]) -> None:
        """Read what is set on workflows that a sync is about to delete since they are renamed, by new id -> old id."""
        for new, old in renames.items():
            held = self.stored(old)
            if held is not None and self.stored(new) is None:
                self._carried[new] = DashboardSettings.read(self.overrides, held)

    def renamed_settings(self, workflow_id: str) -> DashboardSettings | None:
        """Give what :meth:`keep` read for a new id."""
        return self._carried.get(workflow_id)

    def bridge(self, url: str) -> BridgeClient:
        """Connect to a bridge with this environment's key."""
        return BridgeClient.from_settings(self.settings, url, inner=self._inner)

    def apply(self, target: Target) -> Snapshot:
        """Bring the environment to its target, and keep what was read back for the resources that follow."""
        bridge = self.bridge(target.bridge_url)
        try:
            snapshot = Synchronizer(self.api, bridge, report_progress).apply(target)
        finally:
            bridge.close()
            with self._lock:
                self._environment = self._stored = None
        with self._lock:
            self._environment = snapshot.environment
            self._stored = {one.workflow_id: one for one in snapshot.workflows}
        return snapshot

    def stored(self, workflow_id: str) -> StoredWorkflow | None:
        """Give what Novu holds under an id, from one listing for all."""
        return self.all_stored().get(workflow_id)

    def all_stored(self, fresh: bool = False) -> dict[str, StoredWorkflow]:
        """Give the code-first workflows by id; ``fresh`` reads them anew."""
        with self._lock:
            if self._stored is None or fresh:
                self._stored = {one.workflow_id: one for one in self._ask(self.api.stored_workflows)}
            return self._stored

    def _ask(self, ask: Callable[[], Found]) -> Found:
        """Ask what all resources need to know. Once it failed it fails: each would wait for all retries again."""
        if self._failure is not None:
            raise self._failure
        try:
            return ask()
        except NovuError as error:
            self._failure = error
            raise

    def declare(self, claims: Iterable[Declaration]) -> None:
        """Note that resources of the running program declare these."""
        with self._lock:
            self._claimed.update(claims)

    def is_declared(self, *claim: str) -> bool:
        """Say whether a resource of the running program declares it."""
        with self._lock:
            return claim in self._claimed

    def clear_bridge_url(self, environment: Environment) -> None:
        """Clear the stored bridge URL; a Novu that lets no API key do it keeps it, and the user is told."""
        try:
            self.api.set_bridge_url(environment.id, "")
        except EndpointClosed:
            url, token = bridge_urls.split_bypass(environment.bridge_url)
            self.api.capabilities.warn_once(
                "2025-06",
                f"no API key may clear the bridge URL, so {environment.name!r} keeps {url}"
                f"{' with its bypass token, which you may want to revoke' if token else ''}. Novu calls it for no "
                "workflow any more, and the next sync replaces it.",
            )

    def delete(self, workflow_id: str, internal_id: str | None = None) -> None:
        """Delete what Novu holds under an id, unless another resource of the program declares it now.

        A resource that only got a new name in the program is created anew and deleted: Novu's workflow stays.

        :param internal_id: the ``_id`` in the state. Where no sync has just read back what is held, it is deleted
            without asking a listing, which may be behind.
        :raises NovuUnreachable: Novu goes on listing the workflow, and says that there is none to delete.
        """
        if self.is_declared("workflow", workflow_id):
            return
        if not (internal_id and not self.sync_started and self.api.delete_workflow(internal_id)):
            self._delete_held(workflow_id)
        with self._lock:
            if self._stored is not None:
                self._stored.pop(workflow_id, None)

    def _delete_held(self, workflow_id: str) -> None:
        held = self.stored(workflow_id)
        if held is None or self.api.delete_workflow(held.id):
            return
        # Gone under that `_id`: removed meanwhile, or registered anew under another one.
        again = self.all_stored(fresh=True).get(workflow_id)
        if again is not None and not self.api.delete_workflow(again.id) and workflow_id in self.all_stored(fresh=True):
            raise NovuUnreachable(
                f"Novu lists the workflow {workflow_id!r} and answers 404 when it is to be deleted.",
                why="Its answers come from servers that hold different data, a replica that is behind say.",
                fix="Wait a minute and run it again.",
            )


_sessions: dict[Settings, Session] = {}
_sessions_lock = threading.Lock()


def session_for(settings: Settings) -> Session:
    """Return the process's session for these settings. The first call creates it."""
    with _sessions_lock:
        if settings not in _sessions:
            _sessions[settings] = Session(settings)
        return _sessions[settings]
