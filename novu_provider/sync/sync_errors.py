"""Errors of a sync, and the checks that the secret key opens the right environment."""

from __future__ import annotations

from novu_provider.errors import ManifestMismatch, NovuError, RequestRefused, SyncFailed, WrongEnvironment
from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.bridge_call_errors import explain
from novu_provider.planning.target import Digests, Snapshot, Target
from novu_provider.text.wording import quoted_list


def expect_environment(found: Environment, environment_id: str) -> None:
    """Refuse another environment than the one that a stack remembers.

    :raises WrongEnvironment: the key opens another one.
    """
    if found.id != environment_id:
        raise WrongEnvironment(
            f"the secret key opens the environment {found.name!r} ({found.id}), but this stack manages "
            f"{environment_id}.",
            why="The key of another environment was set for this stack (Development's in place of Production's?).",
            fix="Set the key of this stack's environment. For a new environment use a new stack.",
            prop="secretKey",
        )


def expect_name(environment: Environment, expected: str | None) -> None:
    """Refuse another environment than the one that the settings name, if they name one.

    :raises WrongEnvironment: the key opens another one.
    """
    if expected and environment.name.casefold() != expected.casefold():
        raise WrongEnvironment(
            f"the secret key opens the environment {environment.name!r}, but this stack is for {expected!r}.",
            why="The keys of two environments were exchanged, in the configuration or in the CI's secrets.",
            fix=f"Set the key of {expected!r} (dashboard, API Keys), or correct `novu:environment`.",
        )


def sync_refused(refused: RequestRefused, after: Snapshot, target: Target) -> SyncFailed:
    """Name what a refused sync has done all the same."""
    done = set(after.digests) & set(target.declared)
    pending = {key for key in target.declared if after.digests.get(key) != target.declared[key]}
    which = f"; not as declared: {quoted_list(pending)}" if pending else ""
    known = explain(refused.message, is_production=after.environment.name.lower() == "production")
    return SyncFailed(
        f"Novu refused the sync: {refused.message} (it holds {len(done)} of the {len(target.declared)} declared "
        f"workflows now{which}; and the bridge URL {_plain(after) or 'none'}).",
        why=known.why
        if known
        else "A workflow is at fault, one of those that are not as declared (Novu limits the length of names, "
        "descriptions and tags), or another sync ran at the same time: Novu's message says it.",
        fix=(known.fix if known else "Mend what the message names.")
        + " Then run `pulumi up` again: it goes on from what Novu holds. `novu-provider doctor` looks at both ends.",
        prop="bridgeUrl",
    )


def manifest_mismatch(manifest: Manifest, declared: Digests) -> ManifestMismatch:
    """Give the error for a bridge that serves another manifest, with the ids concerned."""
    served = manifest.digests
    parts = [
        f"{label} {quoted_list(ids)}"
        for label, ids in (
            ("lacks", set(declared) - set(served)),
            ("adds", set(served) - set(declared)),
            ("changes", {one for one in set(served) & set(declared) if served[one] != declared[one]}),
        )
        if ids
    ]
    return ManifestMismatch(
        f"{manifest.source} does not serve the declared manifest: it {'; '.join(parts)}.",
        why="Another build was deployed since the plan was made, or the declared build is not deployed yet.",
        fix="Run `pulumi preview` again. With `novu:manifest`, `novu:waitForBridge` is the seconds that a rollout may "
        "take.",
    )


def sync_incomplete(after: Snapshot, target: Target, lost: NovuError | None = None) -> SyncFailed:
    """Give the error for a sync after which Novu holds something else, with the ids concerned."""
    held, declared = after.digests, dict(target.declared)
    parts = [
        f"{label} {quoted_list(ids)}"
        for label, ids in (
            ("missing", set(declared) - set(held)),
            ("left over", set(held) - set(declared)),
            ("differing", {one for one in set(held) & set(declared) if held[one] != declared[one]}),
        )
        if ids
    ]
    if after.environment.bridge_url != target.stored_url:
        parts.append(f"bridge URL {_plain(after) or 'none'}")
    return SyncFailed(
        f"after the sync Novu does not hold the declared state: {'; '.join(parts) or 'duplicates'}.",
        why=lost.what if lost else "Another sync of this environment ran at the same time.",
        fix="Run `pulumi up` again: it goes on from what Novu holds.",
    )


def _plain(snapshot: Snapshot) -> str:
    return bridge_urls.split_bypass(snapshot.environment.bridge_url)[0]
