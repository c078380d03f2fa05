"""The plan as data. `novu-provider plan --json` writes it as JSON; `plan.schema.json` describes the JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import Change, Difference, JsonModel

Status = Literal["unchanged", "changes", "deletions", "failed"]

#: Status -> exit status of the command.
EXIT_CODES: dict[Status, int] = {"unchanged": 0, "failed": 1, "changes": 2, "deletions": 3}


class Environment(JsonModel):
    """A Novu environment. The preview does not contain the name of an environment that is not managed yet."""

    id: str | None
    name: str | None


class Binding(JsonModel):
    """A changed binding: its environment and bridge URL, before and after.

    If another resource computes the URL, ``url_after`` is null and ``url_known`` is false.
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
    """Unmanaged workflows that the sync deletes (`novu:pruneUnmanaged`). ``more`` counts those without a name here."""

    ids: tuple[str, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.ids or self.more)


class ControlsChange(JsonModel):
    """The control values of one step. The path of each change begins with the key of a control.

    For an ``added`` value, ``before`` is the default of the control schema. For a ``removed`` value, ``after`` is. Both
    are null without a default. Without changes, the values are set again, or only a secret differs.
    """

    workflow_id: str
    step_id: str
    action: Literal["set", "changed", "reset"]
    changes: tuple[Change, ...]


class PreferencesChange(JsonModel):
    """The override of a workflow's channel preferences. Without an override, the preferences of the code apply."""

    workflow_id: str
    action: Literal["set", "changed", "cleared"]
    before: JsonObject | None
    after: JsonObject | None


class AgentChange(JsonModel):
    """The bridge URL of one agent, before and after. ``url_known`` is as in :class:`Binding`."""

    agent_id: str
    action: Literal["created", "changed", "deleted"]
    url_before: str | None
    url_after: str | None
    url_known: bool = True
    token_changed: bool = False


class IntegrationChange(JsonModel):
    """One integration. A preview hides its credentials: ``credentials_changed`` tells that nothing else changes."""

    identifier: str
    provider_id: str
    channel: str
    action: Literal["created", "changed", "replaced", "deleted"]
    changes: tuple[Change, ...] = ()
    credentials_changed: bool = False


class Carryover(JsonModel):
    """The settings that a rename carries over, if people changed them: ``controls`` by step id, ``preferences``,
    ``active``, ``validatePayload``, ``translations``.
    """

    before: str
    after: str
    carried: JsonObject


class OtherResources(JsonModel):
    """How many other resources of the stack the update changes."""

    created: int = 0
    changed: int = 0
    replaced: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.replaced or self.deleted)


class Message(JsonModel):
    """One message of the preview."""

    severity: Literal["error", "warning", "info"]
    text: str


class ReviewPlan(JsonModel):
    """The changes that `pulumi up` would make, for a reviewer."""

    format_version: Literal[1] = 1
    project: str | None = None
    stack: str | None = None
    failed: bool = False
    bindings: tuple[Binding, ...] = ()
    workflows: Difference = Difference()
    adopted: tuple[str, ...] = Field(
        default=(), description="Ids of workflows that Novu stores as declared. The update only records them."
    )
    controls: tuple[ControlsChange, ...] = ()
    preferences: tuple[PreferencesChange, ...] = ()
    agents: tuple[AgentChange, ...] = ()
    integrations: tuple[IntegrationChange, ...] = ()
    carried: tuple[Carryover, ...] = ()
    pruned: PrunedWorkflows = PrunedWorkflows()
    others: OtherResources = OtherResources()
    records: int = Field(
        default=0, description="Resources that change only in the state of the stack. Novu stays as it is."
    )
    components: int = Field(default=0, description="Changed component resources, which only group others.")
    messages: tuple[Message, ...] = ()

    @computed_field(description="The exit status in words: 0 is unchanged, 2 is changes, 3 is deletions, 1 is failed.")  # type: ignore[prop-decorator]
    @property
    def status(self) -> Status:
        """The result by which a pipeline decides."""
        if self.failed:
            return "failed"
        removed = self.workflows.deleted or self.workflows.renamed or self.pruned
        actions: set[str] = {binding.action for binding in self.bindings}
        actions |= {agent.action for agent in self.agents} | {change.action for change in self.integrations}
        if removed or actions & {"deleted", "replaced"} or self.others.deleted or self.others.replaced:
            return "deletions"
        overrides = self.controls or self.preferences or self.agents or self.integrations or self.carried
        records = self.adopted or self.records or self.components
        changed = self.workflows or self.bindings or overrides or self.others or records
        return "changes" if changed else "unchanged"

    @property
    def exit_code(self) -> int:
        """The exit status: 0 no changes, 2 changes, 3 changes that delete, 1 a failed preview."""
        return EXIT_CODES[self.status]
