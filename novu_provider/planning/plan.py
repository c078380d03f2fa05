"""The plan: manifest × what Novu holds × what the stack managed before → what a sync would do, or why not.

Pure functions over ids. Novu's sync makes the code-first workflows of an environment equal to the bridge's, so
everything external that the manifest lacks would be deleted, whoever made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from novu_provider.errors import (
    Refused,
)
from novu_provider.model.environment import WorkflowSummary
from novu_provider.planning.guards import Guards, _collision, _empty, _protected, _too_many, _unmanaged


@dataclass(frozen=True)
class Plan:
    """What a sync would do, by workflow id, each sorted."""

    created: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    refusals: tuple[Refused, ...]

    def raise_refusal(self) -> None:
        """Raise the first refusal, if there is one."""
        if self.refusals:
            raise self.refusals[0]


def make_plan(
    declared: Collection[str], listed: Iterable[WorkflowSummary], managed: Collection[str], guards: Guards
) -> Plan:
    """Say what a sync of the declared ids would do, and each guard that refuses it.

    :param declared: the ids of the manifest.
    :param listed: every workflow of the environment.
    :param managed: the ids that the stack's state holds.
    """
    workflows = list(listed)
    external = {one.workflow_id for one in workflows if one.is_external}
    dashboard = {one.workflow_id for one in workflows if not one.is_external}
    deleted = external - set(declared)
    empty = _empty(declared, deleted, guards.allow_empty)
    found = (
        _collision(set(declared) & dashboard),
        _unmanaged(deleted - set(managed), guards.prune_unmanaged),
        _protected(deleted, guards.protect),
        # An allowed empty manifest says it more plainly than a number does.
        None if not declared else _too_many(deleted, set(managed), guards.max_deletions),
    )
    # A manifest that lost everything trips the other guards too; the one that says so says it for all.
    refusals = [empty] if empty else [refusal for refusal in found if refusal]
    return Plan(
        created=tuple(sorted(set(declared) - external)),
        kept=tuple(sorted(set(declared) & external)),
        deleted=tuple(sorted(deleted)),
        refusals=tuple(refusals),
    )
