"""A promotion as data. `novu-provider promote --json` prints it; `promotion.schema.json` describes the JSON."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, computed_field

from novu_provider.model.diff import JsonModel

Kind = Literal["controls", "preferences", "settings"]
Path = tuple[str, ...]


class Value(JsonModel):
    """One value to promote. ``path`` leads to it in `novu:workflows`, below the workflow id.

    ``before_from`` is the source of ``before``: the configuration of the target's stack, the target environment, or the
    default of its code. It is null if the target has no value. ``kept`` marks a value that the target already stores.
    It is written as well, because the declared values of a step replace all values of the step.
    """

    path: Path
    before: Any = None
    before_from: Literal["configuration", "environment", "code"] | None = None
    after: Any
    kept: bool = False


class UnpromotedValue(JsonModel):
    """One value that differs and is not promoted, with the reason."""

    path: Path
    reason: str


class PromotedWorkflow(JsonModel):
    """The values of one workflow that are promoted, and those that are not (``left``)."""

    workflow_id: str
    name: str
    values: tuple[Value, ...] = ()
    not_promoted: tuple[UnpromotedValue, ...] = Field(default=(), alias="left")


class RegistrationDifference(JsonModel):
    """One workflow whose registrations differ, with the names of the differing properties."""

    workflow_id: str
    properties: tuple[str, ...]


class IntegrationChange(JsonModel):
    """One property of an integration: ``before`` is the target's value, ``after`` that of the source."""

    name: Literal["identifier", "active", "primary"]
    before: str | bool
    after: str | bool


class IntegrationDifference(JsonModel):
    """One integration of the source that the target lacks (``missing``) or has in another state.

    ``program`` are the lines that declare it in the target. They contain no credentials: the promotion reads none.
    ``declared`` marks one that the program of one of the stacks declares. Its declaration is the one to change.
    """

    identifier: str
    provider_id: str
    channel: str
    missing: bool
    declared: bool = False
    changes: tuple[IntegrationChange, ...] = ()
    program: str


class Place(JsonModel):
    """A stack and the environment that its key opens."""

    stack: str
    environment_id: str
    environment: str


class Promotion(JsonModel):
    """The values to copy from the dashboard of one environment to the configuration of another stack.

    ``only_in_source`` and ``only_in_target`` list workflows that one environment lacks. Nothing of them is promoted.
    ``integrations`` are to be declared in the program of the target. ``program_file`` is the file with the lines that
    declare them, if they were written. ``program_file_kept`` marks one that existed with other content, and was kept.
    ``pending`` counts control values in the target's configuration that its environment does not store yet.
    """

    format_version: Literal[1] = 1
    source: Place
    target: Place
    workflows: tuple[PromotedWorkflow, ...] = ()
    differing: tuple[RegistrationDifference, ...] = ()
    only_in_source: tuple[str, ...] = ()
    only_in_target: tuple[str, ...] = ()
    integrations: tuple[IntegrationDifference, ...] = ()
    pending: int = 0
    written: bool = False
    program_file: str | None = None
    program_file_kept: bool = False

    @computed_field(description="The number of values that change, without those that are only written again.")  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        """The number of values that change, without those that are only written again."""
        return sum(not value.kept for workflow in self.workflows for value in workflow.values)
