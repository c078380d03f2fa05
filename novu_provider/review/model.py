"""The plan as data. Its JSON is what `novu-provider plan --format json` prints; `plan.schema.json` describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import Change, Difference, JsonModel

Status = Literal["unchanged", "changes", "deletions", "failed"]

#: What a status is for a shell.
EXIT_CODES: dict[Status, int] = {"unchanged": 0, "failed": 1, "changes": 2, "deletions": 3}


class Environment(JsonModel):
    """A Novu environment, as far as the preview tells: an unmanaged one has no name there."""

    id: str | None
    name: str | None


class Binding(JsonModel):
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


class PrunedWorkflows(JsonModel):
    """What the sync deletes by `novu:pruneUnmanaged`, though no resource stands for it; ``more`` are not named."""

    ids: tuple[str, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.ids or self.more)


class ControlsChange(JsonModel):
    """The control values of one step; each change's path begins with a key.

    Of what was ``added``, ``before`` is the default of the step's control schema, and of what was ``removed`` it is
    ``after``; null where there is none. No changes: the values are set again, or what differs is a secret.
    """

    workflow_id: str
    step_id: str
    action: Literal["set", "changed", "reset"]
    changes: tuple[Change, ...]


class PreferencesChange(JsonModel):
    """The override of a workflow's channel preferences; without one what the code says holds."""

    workflow_id: str
    action: Literal["set", "changed", "cleared"]
    before: JsonObject | None
    after: JsonObject | None


class AgentChange(JsonModel):
    """The bridge URL of one agent, as of a :class:`Binding`."""

    agent_id: str
    action: Literal["created", "changed", "deleted"]
    url_before: str | None
    url_after: str | None
    url_known: bool = True
    token_changed: bool = False


class Carryover(JsonModel):
    """What a rename carries over: ``controls`` by step id, ``preferences``, ``active``, ``validatePayload``,
    ``translations``, each where people set it.
    """

    before: str
    after: str
    carried: JsonObject


class OtherResources(JsonModel):
    """How many other resources of the stack the plan touches."""

    created: int = 0
    changed: int = 0
    replaced: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.replaced or self.deleted)


class Message(JsonModel):
    """One thing that the preview said."""

    severity: Literal["error", "warning", "info"]
    text: str


class ReviewPlan(JsonModel):
    """What `pulumi up` would do, for a reviewer."""

    format_version: Literal[1] = 1
    project: str | None = None
    stack: str | None = None
    failed: bool = False
    bindings: tuple[Binding, ...] = ()
    workflows: Difference = Difference()
    controls: tuple[ControlsChange, ...] = ()
    preferences: tuple[PreferencesChange, ...] = ()
    agents: tuple[AgentChange, ...] = ()
    carried: tuple[Carryover, ...] = ()
    pruned: PrunedWorkflows = PrunedWorkflows()
    others: OtherResources = OtherResources()
    records: int = Field(default=0, description="Resources that only the stack records anew; Novu stays as it is.")
    components: int = Field(default=0, description="Component resources touched: they only group others.")
    messages: tuple[Message, ...] = ()

    @computed_field(description="The exit status in words: 0, 2, 3 and 1.")  # type: ignore[prop-decorator]
    @property
    def status(self) -> Status:
        """Say what a pipeline decides by."""
        if self.failed:
            return "failed"
        removed = self.workflows.deleted or self.workflows.renamed or self.pruned
        actions = [*(one.action for one in self.bindings), *(one.action for one in self.agents)]
        if removed or "deleted" in actions or self.others.deleted or self.others.replaced:
            return "deletions"
        beyond = self.controls or self.preferences or self.agents or self.carried
        changed = self.workflows or self.bindings or beyond or self.others or self.records or self.components
        return "changes" if changed else "unchanged"

    @property
    def exit_code(self) -> int:
        """0 no changes, 2 changes, 3 changes that delete, 1 a failed preview."""
        return EXIT_CODES[self.status]
