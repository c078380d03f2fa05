"""The first plan for an environment that `novu sync` filled, before a stack exists. Pure.

The first `up` adopts workflows that Novu stores as declared. It is refused while the environment contains code-first
workflows that are not in the manifest: leftovers of renames, of removed workflows and of concurrent syncs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from novu_provider.errors import GuardRefusal
from novu_provider.model import bridge_urls
from novu_provider.model.diff import Difference, compare, registrations
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.planning.guards import Guards, foreign_bridge_refusal
from novu_provider.planning.plan import make_plan
from novu_provider.planning.target import is_sync_duplicate


@dataclass(frozen=True)
class Adoption:
    """The effects of a first `up` in an environment."""

    environment: Environment
    #: The stored bridge URL without the bypass token, and the wanted one. None if the caller passed none.
    stored_url: str
    wanted_url: str | None
    #: The ids of workflows that are adopted unchanged.
    unchanged: tuple[str, ...]
    #: The workflows that the sync would change and create. The manifest is the new side.
    difference: Difference
    #: Code-first workflows that are not in the manifest, each with its probable origin.
    leftovers: dict[str, str]
    #: Probable renames that nothing declares, new id -> old id.
    undeclared_renames: dict[str, str]
    refusals: tuple[GuardRefusal, ...]

    @property
    def needs_sync(self) -> bool:
        """Whether the first `up` would write to Novu."""
        url_differs = self.wanted_url is not None and self.wanted_url != self.stored_url
        return bool(self.difference.created or self.difference.changed or self.leftovers or url_differs)

    def next_steps(self) -> list[str]:
        """Return the instructions for the user, in order."""
        steps = [
            f"{old!r} is probably {new!r} now. To carry its settings over, pass "
            f"{{{json.dumps(new, ensure_ascii=False)}: {json.dumps(old, ensure_ascii=False)}}} as `renamed_from` to "
            "`Bridge`. A declared rename needs no `novu:pruneUnmanaged`."
            for new, old in sorted(self.undeclared_renames.items())
        ]
        steps += [f"{refusal.what} {refusal.fix}" for refusal in self.refusals]
        if self.wanted_url is None:
            steps.append(
                "Pass --bridge-url to compare the URL that Novu stores with the URL of the deployed application."
            )
        if steps and self.refusals:
            steps.append("Run `novu-provider adopt` again.")
        elif self.needs_sync:
            steps.append(
                "Run `pulumi preview`, then `pulumi up`. It syncs once and adopts the other workflows unchanged."
            )
        else:
            steps.append("Run `pulumi up`. It records everything in the stack and writes nothing to Novu.")
        return steps


def plan_adoption(
    manifest: Manifest,
    environment: Environment,
    listed: Iterable[WorkflowSummary],
    stored: Iterable[StoredWorkflow],
    wanted_url: str | None = None,
) -> Adoption:
    """Compare a manifest with the content of an environment, for a stack that manages nothing yet."""
    declared = registrations(manifest)
    stored_registrations = {workflow.workflow_id: workflow.registration.properties() for workflow in stored}
    plan = make_plan(declared, listed, managed=(), guards=Guards(renamed_from=manifest.renamed_from))
    common = stored_registrations.keys() & declared.keys()
    difference = compare({workflow_id: stored_registrations[workflow_id] for workflow_id in common}, declared)
    renames = {rename.before: rename.after for rename in compare(stored_registrations, declared).renamed}
    changed = {workflow.workflow_id for workflow in difference.changed}
    stored_url = bridge_urls.split_bypass(environment.bridge_url)[0]
    foreign_bridge = foreign_bridge_refusal(stored_url, wanted_url, None, Guards()) if wanted_url else None
    return Adoption(
        environment=environment,
        stored_url=stored_url,
        wanted_url=wanted_url,
        unchanged=tuple(sorted(common - changed)),
        difference=difference,
        leftovers={workflow_id: _origin(workflow_id, renames, declared) for workflow_id in plan.deleted},
        undeclared_renames={
            new: old
            for old, new in renames.items()
            if old in plan.deleted and old not in plan.replaced and new in plan.created
        },
        refusals=(*plan.refusals, *((foreign_bridge,) if foreign_bridge else ())),
    )


def _origin(workflow_id: str, renames: dict[str, str], declared: Iterable[str]) -> str:
    if workflow_id in renames:
        return "renamed since: the manifest contains the same workflow with another id"
    if is_sync_duplicate(workflow_id, set(declared)):
        return "left by two syncs at once: a declared id with a random suffix from Novu"
    return "removed in the code, or part of another application"
