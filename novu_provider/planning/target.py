"""The stored state of an environment and the target state that a sync must reach."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.planning.guards import Guards

#: The suffix that Novu appends to an id if a concurrent sync has just used it. The pattern requires a digit, so that it
#: matches no word: `order-shipping` is not a duplicate of `order`.
_DUPLICATE_SUFFIX = re.compile(r"-(?=[a-z]*[0-9])[0-9a-z]{8}$", re.IGNORECASE)

#: The digest of each registration, by workflow id.
Digests = Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """The stored state of one environment: its bridge URL and its code-first workflows."""

    environment: Environment
    workflows: tuple[StoredWorkflow, ...]

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each stored registration, by workflow id."""
        return {workflow.workflow_id: workflow.registration.digest for workflow in self.workflows}

    def matches(self, declared: Digests, bridge_url: str) -> bool:
        """Return whether Novu stores exactly the declared registrations, each once, and the bridge URL."""
        return (
            self.environment.bridge_url == bridge_url
            and len(self.workflows) == len(declared)
            and self.digests == dict(declared)
        )


@dataclass(frozen=True)
class Target:
    """The state that a sync must reach.

    ``managed`` are the ids in the stack's state. ``bypass_token`` is added to ``bridge_url`` for Novu. ``inactive``
    are the declared ids that stay inactive, although the bridge serves them as active.
    """

    environment_id: str
    bridge_url: str
    declared: Digests
    managed: frozenset[str]
    guards: Guards = field(default_factory=Guards)
    wait_for_bridge: float = 0.0
    bypass_token: str | None = None
    inactive: frozenset[str] = frozenset()

    @property
    def stored_url(self) -> str:
        """The bridge URL that Novu stores and calls, including the bypass token."""
        return bridge_urls.with_bypass(self.bridge_url, self.bypass_token)


def is_sync_duplicate(workflow_id: str, declared: Container[str]) -> bool:
    """Return whether Novu made the id from a declared id during concurrent syncs."""
    original = _DUPLICATE_SUFFIX.sub("", workflow_id)
    return workflow_id not in declared and original != workflow_id and original in declared
