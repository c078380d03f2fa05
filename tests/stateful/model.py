"""A model of one environment: the expected result of edits in code, edits in Novu, and runs of a stack.

It repeats the rules of docs/reference/pulumi-options.md and shares no code with the plan or the sync.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

#: A workflow as a bridge declares it.
Document = dict[str, Any]


@dataclass(frozen=True)
class Permissions:
    """The deletions that a run allows."""

    prune: Collection[str] | Literal[True] = ()
    protect: Collection[str] | Literal[True] = ()
    allow_empty: bool = False
    max_deletions: int | None = None


@dataclass
class Model:
    """One environment, the code of the stack's application, and the workflow ids in the stack's state.

    ``stored`` are the code-first workflows of the environment, in the form of a discover document.
    """

    stored: dict[str, Document] = field(default_factory=dict)
    dashboard: set[str] = field(default_factory=set)
    url: str = ""
    code: list[Document] = field(default_factory=list)
    managed: set[str] = field(default_factory=set)

    @property
    def declared(self) -> dict[str, Document]:
        """The code's workflows by id."""
        return {document["workflowId"]: document for document in self.code}

    def sync(self, documents: Collection[Document], url: str) -> bool:
        """Apply a sync: all declared workflows and no others, with their stored severity.

        :returns: whether Novu accepts it.
        """
        declared = {document["workflowId"]: document for document in documents}
        if declared.keys() & self.dashboard:
            return False
        self.stored = {
            workflow_id: {**document, "severity": self.stored.get(workflow_id, document)["severity"]}
            for workflow_id, document in declared.items()
        }
        self.url = url
        return True

    def is_applied(self, url: str) -> bool:
        """Return whether the environment equals the code, so that a run writes nothing."""
        return self.stored == self.declared and self.url == url

    def differs_in_activation(self, url: str) -> bool:
        """Return whether the environment differs only in activation, so that a run needs no sync."""
        return (
            not self.is_applied(url)
            and self.url == url
            and _without_activation(self.stored) == _without_activation(self.declared)
        )

    def is_refused(self, permissions: Permissions) -> bool:
        """Return whether a guard must refuse the run."""
        deletions = self.stored.keys() - self.declared.keys()
        if not self.declared and not permissions.allow_empty:
            return True
        if self.declared.keys() & self.dashboard:
            return True
        if permissions.prune is not True and deletions - self.managed - set(permissions.prune):
            return True
        if deletions if permissions.protect is True else deletions & set(permissions.protect):
            return True
        if not self.declared:
            return False
        if permissions.max_deletions is None:
            return len(deletions & self.managed) > max(1, len(self.managed) // 2)
        return len(deletions) > permissions.max_deletions

    def record_success(self, url: str) -> None:
        """Record a successful run."""
        self.stored = self.declared
        self.url = url
        self.managed = set(self.declared)


def _without_activation(workflows: dict[str, Document]) -> dict[str, Document]:
    return {workflow_id: {**document, "active": None} for workflow_id, document in workflows.items()}
