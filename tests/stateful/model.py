"""What must come of edits in code, edits at Novu and runs of a stack: a model of one environment in a page.

It repeats the rules of docs/options.md in its own words and shares no code with the plan or the sync.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

#: A workflow as a bridge declares it.
Document = dict[str, Any]


@dataclass(frozen=True)
class Permissions:
    """What a run may delete."""

    prune: Collection[str] | Literal[True] = ()
    protect: Collection[str] | Literal[True] = ()
    allow_empty: bool = False
    most: int | None = None


@dataclass
class Model:
    """One environment, the code of the stack's application, and what the stack's state holds.

    ``held`` are the code-first workflows of the environment as if a bridge declared them.
    """

    held: dict[str, Document] = field(default_factory=dict)
    dashboard: set[str] = field(default_factory=set)
    url: str = ""
    code: list[Document] = field(default_factory=list)
    managed: set[str] = field(default_factory=set)

    @property
    def declared(self) -> dict[str, Document]:
        """The code's workflows by id."""
        return {one["workflowId"]: one for one in self.code}

    def sync(self, documents: Collection[Document], url: str) -> bool:
        """What Novu makes of a sync: everything declared, nothing else, and severity as it was. Whether it goes."""
        wanted = {one["workflowId"]: one for one in documents}
        if wanted.keys() & self.dashboard:
            return False
        self.held = {
            workflow_id: {**one, "severity": self.held.get(workflow_id, one)["severity"]}
            for workflow_id, one in wanted.items()
        }
        self.url = url
        return True

    def is_reached(self, url: str) -> bool:
        """Whether the environment is what the code says, so that a run writes nothing."""
        return self.held == self.declared and self.url == url

    def is_switched(self, url: str) -> bool:
        """Whether workflows that are on or off alone keep it from that, so that a run switches them without a sync."""
        return not self.is_reached(url) and self.url == url and _any_activity(self.held) == _any_activity(self.declared)

    def must_refuse(self, may: Permissions) -> bool:
        """Whether a run has to stop before it writes."""
        lost = self.held.keys() - self.declared.keys()
        if not self.declared and not may.allow_empty:
            return True
        if self.declared.keys() & self.dashboard:
            return True
        if may.prune is not True and lost - self.managed - set(may.prune):
            return True
        if lost if may.protect is True else lost & set(may.protect):
            return True
        if not self.declared:
            return False
        if may.most is None:
            return len(lost & self.managed) > max(1, len(self.managed) // 2)
        return len(lost) > may.most

    def reach(self, url: str) -> None:
        """A run that went through."""
        self.held = self.declared
        self.url = url
        self.managed = set(self.declared)


def _any_activity(workflows: dict[str, Document]) -> dict[str, Document]:
    return {workflow_id: {**one, "active": None} for workflow_id, one in workflows.items()}
