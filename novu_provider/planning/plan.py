"""The plan of a sync, computed from the manifest, the stored workflows and the stack's managed workflows. Pure.

Novu's sync replaces all code-first workflows of an environment by those of the bridge. It deletes every other
code-first workflow, no matter who created it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from novu_provider.errors import GuardRefusal
from novu_provider.model.environment import WorkflowSummary
from novu_provider.planning.guards import Guards, refusals, replaced_ids


@dataclass(frozen=True)
class Plan:
    """The effects of a sync, as sorted workflow ids, and the guards that refuse it."""

    created: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    refusals: tuple[GuardRefusal, ...]
    #: Ids in ``protect`` that no workflow has, perhaps because of a typo.
    protected_but_unknown: tuple[str, ...] = ()
    #: The deleted ids that a declared rename replaces.
    replaced: tuple[str, ...] = ()

    def raise_refusal(self) -> None:
        """Raise the first refusal, if any."""
        if self.refusals:
            raise self.refusals[0]


def make_plan(
    declared: Collection[str], listed: Iterable[WorkflowSummary], managed: Collection[str], guards: Guards
) -> Plan:
    """Return the effects of a sync of the declared ids, and each guard that refuses it.

    :param declared: the ids of the manifest.
    :param listed: every workflow of the environment.
    :param managed: the ids in the stack's state.
    """
    workflows = list(listed)
    external = {workflow.workflow_id for workflow in workflows if workflow.is_code_first}
    dashboard = {workflow.workflow_id for workflow in workflows if not workflow.is_code_first}
    deleted = external - set(declared)
    replaced = deleted & replaced_ids(guards, external)
    return Plan(
        created=tuple(sorted(set(declared) - external)),
        kept=tuple(sorted(set(declared) & external)),
        deleted=tuple(sorted(deleted)),
        replaced=tuple(sorted(replaced)),
        protected_but_unknown=_unknown_ids(guards.protect, {*declared, *external, *dashboard, *managed}),
        refusals=tuple(refusals(set(declared), dashboard, deleted, set(managed), guards, replaced=replaced)),
    )


def _unknown_ids(protect: Collection[str] | Literal[True], known: Collection[str]) -> tuple[str, ...]:
    return () if protect is True else tuple(sorted(set(protect) - set(known)))
