"""Errors of a sync, and the check that the secret key opens the right environment."""

from __future__ import annotations

from dataclasses import dataclass

from novu_provider.errors import ManifestMismatch, NovuError, RequestRefused, SyncFailed, WrongEnvironment
from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.bridge_call_errors import explain
from novu_provider.planning.target import Digests, Snapshot, Target
from novu_provider.text.wording import quoted_list


@dataclass(frozen=True)
class DigestComparison:
    """The workflow ids in which two sets of registrations differ."""

    missing: frozenset[str]
    extra: frozenset[str]
    changed: frozenset[str]

    def describe(self, missing: str, extra: str, changed: str) -> list[str]:
        """Return one text for each kind of difference that exists, each with the given label."""
        labeled = ((missing, self.missing), (extra, self.extra), (changed, self.changed))
        return [f"{label} {quoted_list(ids)}" for label, ids in labeled if ids]


def compare_digests(declared: Digests, actual: Digests) -> DigestComparison:
    """Compare declared registrations with those that a bridge serves or Novu stores."""
    return DigestComparison(
        missing=frozenset(declared.keys() - actual.keys()),
        extra=frozenset(actual.keys() - declared.keys()),
        changed=frozenset(key for key in declared.keys() & actual.keys() if declared[key] != actual[key]),
    )


def expect_environment_id(environment: Environment, environment_id: str) -> None:
    """Check that the key opens the environment in the stack's state.

    :raises WrongEnvironment: it opens another one.
    """
    if environment.id != environment_id:
        raise WrongEnvironment(
            f"the secret key opens the environment {environment.name!r} ({environment.id}), but this stack manages "
            f"{environment_id}.",
            why="The configured key belongs to a different environment, perhaps Development instead of Production.",
            fix="Run `pulumi config set --secret novu:secretKey` with the key of this stack's environment. For a new "
            "environment, use a new stack.",
            prop="secretKey",
        )


def expect_environment_name(environment: Environment, expected: str | None) -> None:
    """Check that the key opens the environment that the settings name, if they name one.

    :raises WrongEnvironment: it opens another one.
    """
    if expected and environment.name.casefold() != expected.casefold():
        raise WrongEnvironment(
            f"the secret key opens the environment {environment.name!r}, but this stack is for {expected!r}.",
            why="The keys of two environments are exchanged, in the configuration or in the CI's secrets.",
            fix=f"Run `pulumi config set --secret novu:secretKey` with the key of {expected!r} (dashboard, API Keys), "
            "or correct `novu:environment`.",
        )


def sync_refused(refused: RequestRefused, after: Snapshot, target: Target) -> SyncFailed:
    """Return the error for a refused sync. It names the part that Novu applied before it refused."""
    comparison = compare_digests(target.declared, after.digests)
    applied = len(target.declared) - len(comparison.missing)
    pending = comparison.missing | comparison.changed
    differing = f"; not as declared: {quoted_list(pending)}" if pending else ""
    explanation = explain(refused.message, is_production=after.environment.name.lower() == "production")
    return SyncFailed(
        f"Novu refused the sync: {refused.message} (Novu now stores {applied} of the {len(target.declared)} declared "
        f"workflows{differing}; bridge URL {_stored_url(after) or 'none'}).",
        why=explanation.why
        if explanation
        else "One of the workflows that are not as declared is invalid (Novu limits the length of names, descriptions "
        "and tags), or another sync ran at the same time.",
        fix=(explanation.fix if explanation else "Fix the problem described in Novu's message.")
        + " Then run `pulumi up` again; it continues from the stored state. `novu-provider doctor` checks the bridge "
        "and Novu.",
        prop="bridgeUrl",
    )


def manifest_mismatch(manifest: Manifest, declared: Digests) -> ManifestMismatch:
    """Return the error for a bridge that serves another manifest. It names the workflows that differ."""
    differences = compare_digests(declared, manifest.digests).describe("lacks", "adds", "changes")
    return ManifestMismatch(
        f"{manifest.source} does not serve the declared manifest: it {'; '.join(differences)}.",
        why="Another build was deployed after the plan was made, or the declared build is not deployed yet.",
        fix="Run `pulumi preview` again. To wait for a rollout, set `novu:manifest` and `novu:waitForBridge`.",
    )


def sync_incomplete(after: Snapshot, target: Target, lost: NovuError | None = None) -> SyncFailed:
    """Return the error for a sync after which Novu stores another state. It names the workflows that differ.

    :param lost: the error of the sync request, if its response was lost.
    """
    differences = compare_digests(target.declared, after.digests).describe("missing", "left over", "differing")
    if after.environment.bridge_url != target.stored_url:
        differences.append(f"bridge URL {_stored_url(after) or 'none'}")
    return SyncFailed(
        f"after the sync Novu does not store the declared state: {'; '.join(differences) or 'duplicates'}.",
        why=lost.what if lost else "Another sync of this environment ran at the same time.",
        fix="Run `pulumi up` again; it continues from the stored state.",
    )


def _stored_url(snapshot: Snapshot) -> str:
    return bridge_urls.split_bypass(snapshot.environment.bridge_url)[0]
