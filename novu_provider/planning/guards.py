"""The guards: safety checks that refuse a plan, each with its error message."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from novu_provider.errors import (
    DashboardCollision,
    EmptyManifest,
    ForeignBridge,
    GuardRefusal,
    ProtectedWorkflows,
    TooManyDeletions,
    UnmanagedWorkflows,
)
from novu_provider.text.wording import quoted_list


@dataclass(frozen=True)
class ApplicationIds:
    """The workflow ids of one application behind a gateway: in the stack's state, and in its manifest."""

    managed: Collection[str]
    declared: Collection[str]


@dataclass(frozen=True)
class Guards:
    """The settings that limit deletions. :class:`novu_provider.settings.Settings` explains each one."""

    prune_unmanaged: Collection[str] | Literal[True] = ()
    protect: Collection[str] | Literal[True] = ()
    allow_empty: bool = False
    max_deletions: int | None = None
    replace_bridge_url: str | None = None
    #: Declared renames, new id -> old id. The sync may delete an old id that its new id replaces.
    renamed_from: Mapping[str, str] = field(default_factory=dict)
    #: The applications that share the environment, if there are several. A removed application is not among them.
    applications: Mapping[str, ApplicationIds] = field(default_factory=dict)


def replaced_ids(guards: Guards, stored: Collection[str]) -> set[str]:
    """Return the old ids of declared renames, except those whose new id Novu already stores.

    In that case both workflows may have settings, so the deletion of the old one is not a part of the rename.
    """
    return {old for new, old in guards.renamed_from.items() if new not in stored}


def refusals(
    declared: set[str], dashboard: set[str], deleted: set[str], managed: set[str], guards: Guards, *, replaced: set[str]
) -> list[GuardRefusal]:
    """Return the refusal of each guard that does not allow the plan.

    :param declared: the ids of the manifest.
    :param dashboard: the ids of the environment's dashboard workflows.
    :param deleted: the ids that the sync would delete.
    :param managed: the ids in the stack's state.
    :param replaced: the deleted ids that a declared rename replaces.
    """
    empty = _check_empty(declared, deleted, guards.allow_empty)
    if empty:
        # An empty manifest violates other guards too. Their messages would hide the real problem.
        return [empty]
    checked = (
        _check_collisions(declared & dashboard),
        _check_unmanaged(deleted - managed - replaced, guards.prune_unmanaged),
        _check_protected(deleted, guards.protect),
        _check_emptied(deleted, guards.applications),
        # `allowEmpty` permits an empty manifest. The number of deletions adds nothing to that.
        _check_deletion_limits(deleted, managed, guards) if declared else None,
    )
    return [refusal for refusal in checked if refusal]


def foreign_bridge_refusal(stored: str, declared: str, previous: str | None, guards: Guards) -> GuardRefusal | None:
    """Return the refusal to replace a bridge URL that another stack or `novu sync` set.

    Novu does not store who set a URL. A URL that is neither the declared one nor the last one of this stack is of
    somebody else. All URLs are without the bypass token.

    :param stored: the bridge URL that Novu stores, empty if there is none.
    :param previous: the bridge URL in the stack's state. None if the stack has none yet.
    """
    if stored in ("", declared, previous, guards.replace_bridge_url):
        return None
    before = f"its last one was {previous}" if previous else "it has no state yet"
    return ForeignBridge(
        f"the environment is connected to the bridge {stored}, which this stack did not set: {before}.",
        why="Another stack or `novu sync` manages the environment too. A sync would replace its bridge and its "
        "workflows.",
        fix="If another stack manages the environment, use the key of another environment here. To take it over: "
        f"`pulumi config set novu:replaceBridgeUrl {shlex.quote(stored)}`.",
    )


def _includes(ids: Collection[str] | Literal[True], workflow_id: str) -> bool:
    return ids is True or workflow_id in ids


def _check_collisions(ids: set[str]) -> GuardRefusal | None:
    if not ids:
        return None
    return DashboardCollision(
        f"the environment already holds {quoted_list(ids)}, made in Novu's dashboard.",
        why="A workflow in the code has the id of a dashboard workflow. Novu refuses such a sync.",
        fix="Rename the workflow in the code, or delete the dashboard workflow if nobody needs it.",
    )


def _check_unmanaged(ids: set[str], prunable: Collection[str] | Literal[True]) -> GuardRefusal | None:
    unmanaged = {workflow_id for workflow_id in ids if not _includes(prunable, workflow_id)}
    if not unmanaged:
        return None
    return UnmanagedWorkflows(
        f"the sync would delete {quoted_list(unmanaged)}, which this stack does not manage.",
        why="Another bridge or stack created them, or an earlier `novu sync`, or a failed update of this stack.",
        fix="If another stack manages them, use the key of another environment. To delete them: "
        f"`pulumi config set novu:pruneUnmanaged {_shell_argument(sorted(unmanaged)[:20])}` (or `true` for all).",
    )


def _shell_argument(ids: list[str]) -> str:
    """Return ids as one shell argument: separated by commas, or as JSON if an id needs quoting."""
    if any("," in workflow_id or shlex.quote(workflow_id) != workflow_id for workflow_id in ids):
        return shlex.quote(json.dumps(ids, ensure_ascii=False))
    return ",".join(ids)


def _check_protected(ids: set[str], protect: Collection[str] | Literal[True]) -> GuardRefusal | None:
    protected = {workflow_id for workflow_id in ids if _includes(protect, workflow_id)}
    if not protected:
        return None
    return ProtectedWorkflows(
        f"the sync would delete {quoted_list(protected)}, which `novu:protect` names.",
        why="The code removed or renamed the workflow.",
        fix="Put the workflow back into the code. To delete it, remove its id from `novu:protect`.",
    )


def _check_empty(declared: Collection[str], deleted: set[str], allow_empty: bool) -> GuardRefusal | None:
    if declared or allow_empty:
        return None
    loss = f" and {quoted_list(deleted)} would be deleted" if deleted else ""
    return EmptyManifest(
        f"the manifest has no workflows{loss}.",
        why="The application serves no workflows at this URL: `serve({ workflows: [] })`, or an incomplete build.",
        fix="Check the application. To empty the environment, run `pulumi config set novu:allowEmpty true`.",
    )


def _check_emptied(deleted: set[str], applications: Mapping[str, ApplicationIds]) -> GuardRefusal | None:
    for name, ids in sorted(applications.items()):
        lost = deleted & set(ids.managed)
        if lost and not ids.declared:
            return EmptyManifest(
                f"the application {name!r} declares no workflow, and {quoted_list(lost)} would be deleted.",
                why=f"The deployed build of {name!r} is incomplete: it declares agents only.",
                fix=f"Check the `serve(…)` of {name!r}. If it is on purpose, pass `novu.Source(…, allow_empty=True)`.",
            )
    return None


def _check_deletion_limits(deleted: set[str], managed: set[str], guards: Guards) -> GuardRefusal | None:
    refusal = _check_environment_limit(deleted, managed, guards.max_deletions)
    if refusal or guards.max_deletions is not None:
        # `maxDeletions` replaces the default limits, of the environment and of each application.
        return refusal
    each = (
        _check_application_limit(name, deleted & set(ids.managed), len(ids.managed), len(deleted))
        for name, ids in sorted(guards.applications.items())
    )
    return next((refusal for refusal in each if refusal), None)


def _check_application_limit(name: str, deleted: set[str], managed: int, all_deletions: int) -> GuardRefusal | None:
    # In a large environment, an incomplete build of a small application is far below half of all workflows.
    if len(deleted) <= max(1, managed // 2):
        return None
    return TooManyDeletions(
        f"the application {name!r} would lose {len(deleted)} of its {managed} workflows: {quoted_list(deleted)}.",
        why=f"The deployed build of {name!r} is incomplete, or its code renamed many workflows at once.",
        fix=f"Check {name!r}. To delete them in this update: `pulumi config set novu:maxDeletions {all_deletions}`.",
    )


def _check_environment_limit(deleted: set[str], managed: set[str], max_deletions: int | None) -> GuardRefusal | None:
    # `maxDeletions` limits all deletions. The default limits only those of managed workflows, because `pruneUnmanaged`
    # allows the others. A single deletion is easy to see in the plan, so the default always allows one.
    ids = deleted & managed if max_deletions is None else deleted
    limit = max(1, len(managed) // 2) if max_deletions is None else max_deletions
    if len(ids) <= limit:
        return None
    rule = f"half of the {len(managed)} managed ones" if max_deletions is None else f"`novu:maxDeletions` ({limit})"
    return TooManyDeletions(
        f"the sync would delete {len(ids)} workflows, more than {rule}: {quoted_list(ids)}.",
        why="The deployed application is an incomplete build, or the code renamed many workflows at once.",
        fix=f"To delete them in this update: `pulumi config set novu:maxDeletions {len(ids)}`.",
    )
