"""A promotion as data. Its JSON is what `novu-provider promote --json` prints; `promotion.schema.json` describes it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import computed_field

from novu_provider.model.diff import JsonModel

Kind = Literal["controls", "preferences", "settings"]
Path = tuple[str, ...]


class Value(JsonModel):
    """One value to be promoted; ``path`` leads to it in `novu:workflows`, below the workflow's id.

    ``before_from`` says where ``before`` is from: the target's configuration, what it holds in Novu, or the default
    of its code; null where there was nothing. ``kept`` are values that the target holds already and that are written
    along, since the declared values of a step replace all that was set on it.
    """

    path: Path
    before: Any = None
    before_from: Literal["configuration", "environment", "code"] | None = None
    after: Any
    kept: bool = False


class KeptValue(JsonModel):
    """One value that differs and is not promoted, with the reason."""

    path: Path
    reason: str


class PromotedWorkflow(JsonModel):
    """What is promoted of one workflow, and what is not."""

    workflow_id: str
    name: str
    values: tuple[Value, ...] = ()
    left: tuple[KeptValue, ...] = ()


class RegistrationDifference(JsonModel):
    """One workflow whose registrations differ, with the properties that do."""

    workflow_id: str
    properties: tuple[str, ...]


class Place(JsonModel):
    """A stack and the environment that its key opens."""

    stack: str
    environment_id: str
    environment: str


class Promotion(JsonModel):
    """What leads from one environment's dashboard to another stack's configuration.

    ``only_in_source`` and ``only_in_target`` are workflows that one environment lacks; of these, nothing is promoted.
    ``pending`` counts the control values that the target's configuration says and its environment does not hold yet.
    """

    format_version: Literal[1] = 1
    source: Place
    target: Place
    workflows: tuple[PromotedWorkflow, ...] = ()
    differing: tuple[RegistrationDifference, ...] = ()
    only_in_source: tuple[str, ...] = ()
    only_in_target: tuple[str, ...] = ()
    pending: int = 0
    written: bool = False

    @computed_field(description="How many values are to be promoted, or were written; those kept are not counted.")  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        """Count what is to be promoted."""
        return sum(not value.kept for one in self.workflows for value in one.values)
