"""The effects of an update in numbers: what Pulumi shows as "create" is often only the adoption of a stored workflow.

Pure. The binding reports the line in each preview and update. The plan for reviewers counts the same from its own data,
and recognizes the line by :data:`PREFIX`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from novu_provider.planning.target import Digests

PREFIX = "in Novu, this update "


@dataclass(frozen=True)
class Effects:
    """How many workflows an update adopts without a write, and how many its sync creates, changes and deletes."""

    adopted: int
    created: int
    changed: int
    deleted: int

    @property
    def line(self) -> str:
        """The numbers in words."""
        return (
            f"{PREFIX}adopts {self.adopted:,}, creates {self.created:,}, changes {self.changed:,}, "
            f"deletes {self.deleted:,} workflows"
        )


def count_effects(declared: Digests, stored: Digests, managed: Collection[str], deleted: Collection[str]) -> Effects:
    """Count the effects of an update.

    :param declared: the digests of the manifest.
    :param stored: the digests of the code-first workflows in the environment.
    :param managed: the ids in the stack's state.
    :param deleted: the ids that the sync deletes.
    """
    return Effects(
        adopted=sum(stored.get(key) == digest for key, digest in declared.items() if key not in managed),
        created=len(declared.keys() - stored.keys()),
        changed=sum(stored[key] != digest for key, digest in declared.items() if key in stored),
        deleted=len(deleted),
    )


@dataclass(frozen=True)
class StoredBeforeUpdate:
    """What Novu stored of a workflow before a stack managed it, for the plan for reviewers.

    A workflow resource passes it to the plan as an input that the engine does not print.

    :param stored: whether Novu stored a code-first workflow with this id.
    :param differing: the stored values of the properties that the update changes. None where Novu stored none.
    """

    stored: bool
    differing: Mapping[str, Any] = field(default_factory=dict)

    #: The name of the input.
    INPUT: ClassVar[str] = "__before"

    def document(self) -> dict[str, Any]:
        """Return the value of the input."""
        return {"stored": self.stored, "differing": dict(self.differing)}
