"""The plan as data. Its JSON is what `novu-provider plan --format json` prints; `plan.schema.json` describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from novu_provider.difference import Data, Difference

Status = Literal["unchanged", "changes", "deletions", "failed"]

#: What a status is for a shell.
EXIT_CODES: dict[Status, int] = {"unchanged": 0, "failed": 1, "changes": 2, "deletions": 3}


class Environment(Data):
    """A Novu environment, as far as the preview tells: an unmanaged one has no name there."""

    id: str | None
    name: str | None


class Binding(Data):
    """The environment and the bridge URL before and after, for a binding that the plan touches.

    ``url_after`` is null, and ``url_known`` false, where another resource computes it.
    """

    name: str
    action: Literal["created", "changed", "deleted"]
    environment_before: Environment | None
    environment_after: Environment | None
    url_before: str | None
    url_after: str | None
    url_known: bool = True
    token_changed: bool = Field(default=False, description="Whether the bypass token is set, rotated or removed.")


class Pruned(Data):
    """What the sync deletes by `novu:pruneUnmanaged`, though no resource stands for it; ``more`` are not named."""

    ids: tuple[str, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.ids or self.more)


class Others(Data):
    """How many other resources of the stack the plan touches."""

    created: int = 0
    changed: int = 0
    replaced: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.replaced or self.deleted)


class Message(Data):
    """One thing that the preview said."""

    severity: Literal["error", "warning", "info"]
    text: str


class ReviewPlan(Data):
    """What `pulumi up` would do, for a reviewer."""

    format_version: Literal[1] = 1
    project: str | None = None
    stack: str | None = None
    failed: bool = False
    bindings: tuple[Binding, ...] = ()
    workflows: Difference = Difference()
    pruned: Pruned = Pruned()
    others: Others = Others()
    records: int = Field(default=0, description="Workflows that only the stack records anew; Novu's stay as they are.")
    components: int = Field(default=0, description="Component resources touched: they only group others.")
    messages: tuple[Message, ...] = ()

    @computed_field(description="The exit status in words: 0, 2, 3 and 1.")  # type: ignore[prop-decorator]
    @property
    def status(self) -> Status:
        """Say what a pipeline decides by."""
        if self.failed:
            return "failed"
        removed = self.workflows.deleted or self.workflows.renamed or self.pruned
        unbound = any(one.action == "deleted" for one in self.bindings)
        if removed or unbound or self.others.deleted or self.others.replaced:
            return "deletions"
        changed = self.workflows or self.bindings or self.others or self.records or self.components
        return "changes" if changed else "unchanged"

    @property
    def exit_code(self) -> int:
        """0 no changes, 2 changes, 3 changes that delete, 1 a failed preview."""
        return EXIT_CODES[self.status]
