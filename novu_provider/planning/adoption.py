"""The first plan against an environment that `novu sync` filled, before there is a stack. Pure.

A first `up` adopts what Novu holds as declared, and is refused while the environment holds code-first workflows that
the manifest lacks: the leftovers of renames, of removed workflows and of syncs that met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from novu_provider.errors import Refused
from novu_provider.model import bridge_urls
from novu_provider.model.diff import Difference, compare, registrations
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.planning.guards import Guards
from novu_provider.planning.plan import make_plan
from novu_provider.planning.target import is_sync_duplicate


@dataclass(frozen=True)
class Adoption:
    """What a first `up` would do in an environment."""

    environment: Environment
    #: The stored URL without the bypass token, and the wanted one; None where none was given.
    stored_url: str
    wanted_url: str | None
    #: Ids that are adopted as Novu holds them.
    unchanged: tuple[str, ...]
    #: What the sync would change and create, the manifest's side after.
    difference: Difference
    #: External workflows that the manifest lacks, with what each probably is.
    leftovers: dict[str, str]
    refusals: tuple[Refused, ...]

    @property
    def needs_sync(self) -> bool:
        """Whether the first `up` would make a writing call."""
        url_differs = self.wanted_url is not None and self.wanted_url != self.stored_url
        return bool(self.difference.created or self.difference.changed or self.leftovers or url_differs)

    def next_steps(self) -> list[str]:
        """Say what to do, in order."""
        steps = [f"{refusal.what} {refusal.fix}" for refusal in self.refusals]
        if self.wanted_url is None:
            steps.append("Give --bridge-url to compare the URL that Novu stores with the deployed application's.")
        if steps and self.refusals:
            steps.append("Run `novu-provider adopt` again.")
        elif self.needs_sync:
            steps.append("Run `pulumi preview`, then `pulumi up`: it syncs once, and adopts the rest as it is.")
        else:
            steps.append("Run `pulumi up`: it records everything in the stack and makes no writing call.")
        return steps


def plan_adoption(
    manifest: Manifest,
    environment: Environment,
    listed: Iterable[WorkflowSummary],
    stored: Iterable[StoredWorkflow],
    wanted_url: str | None = None,
) -> Adoption:
    """Compare a manifest with what an environment holds, for a stack that manages nothing yet."""
    declared = registrations(manifest)
    held = {one.workflow_id: one.registration.properties() for one in stored}
    plan = make_plan(declared, listed, managed=(), guards=Guards())
    difference = compare({one: held[one] for one in held.keys() & declared.keys()}, declared)
    renames = {one.before: one.after for one in compare(held, declared).renamed}
    changed = {one.workflow_id for one in difference.changed}
    return Adoption(
        environment=environment,
        stored_url=bridge_urls.split_bypass(environment.bridge_url)[0],
        wanted_url=wanted_url,
        unchanged=tuple(sorted(held.keys() & declared.keys() - changed)),
        difference=difference,
        leftovers={one: _origin(one, renames, declared) for one in plan.deleted},
        refusals=plan.refusals,
    )


def _origin(workflow_id: str, renames: dict[str, str], declared: Iterable[str]) -> str:
    if workflow_id in renames:
        return "renamed since: the manifest has the same workflow under another id"
    if is_sync_duplicate(workflow_id, set(declared)):
        return "left by two syncs at once: a declared id with Novu's random suffix"
    return "removed in the code, or another application's"
