"""The guards: safety checks that refuse a plan, each with its message."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from novu_provider.errors import (
    DashboardCollision,
    EmptyManifest,
    ProtectedWorkflows,
    Refused,
    TooManyDeletions,
    UnmanagedWorkflows,
)
from novu_provider.text.wording import quoted_list


@dataclass(frozen=True)
class Guards:
    """What an update may delete; see :class:`novu_provider.settings.Settings`."""

    prune_unmanaged: Collection[str] | Literal[True] = ()
    protect: Collection[str] | Literal[True] = ()
    allow_empty: bool = False
    max_deletions: int | None = None


def _covers(allowed: Collection[str] | Literal[True], workflow_id: str) -> bool:
    return allowed is True or workflow_id in allowed


def _collision(ids: set[str]) -> Refused | None:
    if not ids:
        return None
    return DashboardCollision(
        f"the environment already holds {quoted_list(ids)}, made in Novu's dashboard.",
        why="A workflow of the code has the id of one that somebody made in the dashboard; Novu refuses the sync.",
        fix="Rename the workflow in the code, or delete the one in the dashboard if it is no longer needed.",
    )


def _unmanaged(ids: set[str], allowed: Collection[str] | Literal[True]) -> Refused | None:
    foreign = {workflow_id for workflow_id in ids if not _covers(allowed, workflow_id)}
    if not foreign:
        return None
    return UnmanagedWorkflows(
        f"the sync would delete {quoted_list(foreign)}, which neither the manifest nor this stack's state knows.",
        why="Another bridge or stack was synced to this environment, or an earlier `novu sync` left them behind, or an "
        "update of this stack that failed.",
        fix="If another stack owns them, use the key of another environment. If they may go, name them: "
        f"`pulumi config set novu:pruneUnmanaged {_argument(sorted(foreign)[:20])}` (or `true` for all).",
    )


def _argument(ids: list[str]) -> str:
    """Write ids as one argument of a shell, in the one of the setting's two forms that can hold them."""
    if any("," in workflow_id or shlex.quote(workflow_id) != workflow_id for workflow_id in ids):
        return shlex.quote(json.dumps(ids, ensure_ascii=False))
    return ",".join(ids)


def _protected(ids: set[str], protect: Collection[str] | Literal[True]) -> Refused | None:
    kept = {workflow_id for workflow_id in ids if _covers(protect, workflow_id)}
    if not kept:
        return None
    return ProtectedWorkflows(
        f"the sync would delete {quoted_list(kept)}, which `novu:protect` names.",
        why="The workflow was removed or renamed in the code.",
        fix="Put it back into the code, or take it out of `novu:protect` if it may go.",
    )


def _empty(declared: Collection[str], deleted: set[str], allowed: bool) -> Refused | None:
    if declared or allowed:
        return None
    loss = f" and {quoted_list(deleted)} would be deleted" if deleted else ""
    return EmptyManifest(
        f"the manifest has no workflows{loss}.",
        why="The application serves none at this URL: `serve({ workflows: [] })`, or a build that lost them.",
        fix="Check the application. If the environment is meant to be empty, set `novu:allowEmpty` to true.",
    )


def _too_many(deleted: set[str], managed: set[str], most: int | None) -> Refused | None:
    # A stated number bounds all deletions, half of the managed ones those alone: `pruneUnmanaged` allowed the rest.
    # One deletion is always in plain sight; the guard is against losing many at a stroke.
    ids = deleted & managed if most is None else deleted
    limit = max(1, len(managed) // 2) if most is None else most
    if len(ids) <= limit:
        return None
    rule = f"half of the {len(managed)} managed ones" if most is None else f"`novu:maxDeletions` ({most})"
    return TooManyDeletions(
        f"the sync would delete {len(ids)} workflows, more than {rule}: {quoted_list(ids)}.",
        why="An incomplete build of the application is deployed, or many workflows were renamed at once.",
        fix=f"If they may go, set `novu:maxDeletions` to {len(ids)} for this update.",
    )
