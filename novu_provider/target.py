"""What an environment holds and what it is to become, and the errors that lie between."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from novu_provider.errors import ManifestMismatch, NovuError, RequestRefused, SyncFailed, WrongEnvironment
from novu_provider.model import bridge_urls
from novu_provider.model.environment import Environment, Stored
from novu_provider.model.manifest import Manifest
from novu_provider.outbound_faults import meaning
from novu_provider.plan import Guards
from novu_provider.text.wording import names

#: What Novu appends to an id that a concurrent sync has just taken. A digit is asked for, so that no word passes for
#: one: an `order-shipping` beside `order` is somebody's workflow.
_SUFFIX = re.compile(r"-(?=[a-z]*[0-9])[0-9a-z]{8}$", re.IGNORECASE)

#: A workflow id to the digest of its registration.
Digests = Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """What Novu holds of one environment: its stored URL and its code-first workflows."""

    environment: Environment
    stored: tuple[Stored, ...]

    @property
    def digests(self) -> dict[str, str]:
        """Each held workflow id with the digest of its registration."""
        return {one.workflow_id: one.registration.digest for one in self.stored}

    def equals(self, declared: Digests, bridge_url: str) -> bool:
        """Whether Novu holds exactly the declared registrations, each once, and the URL."""
        return (
            self.environment.bridge_url == bridge_url
            and len(self.stored) == len(declared)
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


def expect_environment(found: Environment, environment_id: str) -> None:
    """Refuse another environment than the one that a stack remembers.

    :raises WrongEnvironment: the key opens another one.
    """
    if found.id != environment_id:
        raise WrongEnvironment(
            f"the secret key opens the environment {found.name!r} ({found.id}), but this stack manages "
            f"{environment_id}.",
            why="The key of another environment was set for this stack (Development's in place of Production's?).",
            cure="Set the key of this stack's environment. For a new environment use a new stack.",
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
            cure=f"Set the key of {expected!r} (dashboard, API Keys), or correct `novu:environment`.",
        )


def refused_sync(refused: RequestRefused, after: Snapshot, target: Target) -> SyncFailed:
    """Name what a refused sync has done all the same."""
    done = set(after.digests) & set(target.declared)
    pending = {key for key in target.declared if after.digests.get(key) != target.declared[key]}
    which = f"; not as declared: {names(pending)}" if pending else ""
    known = meaning(refused.message, is_production=after.environment.name.lower() == "production")
    return SyncFailed(
        f"Novu refused the sync: {refused.message} (it holds {len(done)} of the {len(target.declared)} declared "
        f"workflows now{which}; and the bridge URL {_plain(after) or 'none'}).",
        why=known.why
        if known
        else "A workflow is at fault, one of those that are not as declared (Novu limits the length of names, "
        "descriptions and tags), or another sync ran at the same time: Novu's message says it.",
        cure=(known.cure if known else "Mend what the message names.")
        + " Then run `pulumi up` again: it goes on from what Novu holds. `novu-provider doctor` looks at both ends.",
        prop="bridgeUrl",
    )


def mismatch(manifest: Manifest, declared: Digests) -> ManifestMismatch:
    """Give the error for a bridge that serves another manifest, with the ids concerned."""
    served = manifest.digests
    parts = [
        f"{label} {names(ids)}"
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
        cure="Run `pulumi preview` again. With `novu:manifest`, `novu:waitForBridge` is the seconds that a rollout may "
        "take.",
    )


def not_reached(after: Snapshot, target: Target, lost: NovuError | None = None) -> SyncFailed:
    """Give the error for a sync after which Novu holds something else, with the ids concerned."""
    held, declared = after.digests, dict(target.declared)
    parts = [
        f"{label} {names(ids)}"
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
        cure="Run `pulumi up` again: it goes on from what Novu holds.",
    )


def _plain(snapshot: Snapshot) -> str:
    return bridge_urls.split_bypass(snapshot.environment.bridge_url)[0]


def is_stray(workflow_id: str, declared: Container[str]) -> bool:
    """Say whether an id is one that Novu made of a declared one when two syncs met."""
    original = _SUFFIX.sub("", workflow_id)
    return workflow_id not in declared and original != workflow_id and original in declared
