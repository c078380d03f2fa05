"""What an environment holds and what it is to become, and the errors that lie between."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.planning.guards import Guards

#: What Novu appends to an id that a concurrent sync has just taken. A digit is asked for, so that no word passes for
#: one: an `order-shipping` beside `order` is somebody's workflow.
_SUFFIX = re.compile(r"-(?=[a-z]*[0-9])[0-9a-z]{8}$", re.IGNORECASE)

#: A workflow id to the digest of its registration.
Digests = Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """What Novu holds of one environment: its stored URL and its code-first workflows."""

    environment: Environment
    workflows: tuple[StoredWorkflow, ...]

    @property
    def digests(self) -> dict[str, str]:
        """Each held workflow id with the digest of its registration."""
        return {one.workflow_id: one.registration.digest for one in self.workflows}

    def matches(self, declared: Digests, bridge_url: str) -> bool:
        """Whether Novu holds exactly the declared registrations, each once, and the URL."""
        return (
            self.environment.bridge_url == bridge_url
            and len(self.workflows) == len(declared)
            and self.digests == dict(declared)
        )


@dataclass(frozen=True)
class Target:
    """What an environment is to become.

    ``managed`` are the ids that the stack's state holds; ``bypass_token`` is joined to ``bridge_url`` for Novu.
    ``inactive`` are the declared ids that stay switched off, whatever the bridge says.
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
        """The URL that Novu stores and calls."""
        return bridge_urls.with_bypass(self.bridge_url, self.bypass_token)


def is_sync_duplicate(workflow_id: str, declared: Container[str]) -> bool:
    """Say whether an id is one that Novu made of a declared one when two syncs met."""
    original = _SUFFIX.sub("", workflow_id)
    return workflow_id not in declared and original != workflow_id and original in declared
