"""Whether each channel of the workflows has an integration through which Novu delivers, after the update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from novu_provider.model.integrations import (
    CHANNELS,
    CHANNELS_WITH_PRIMARY,
    DeclaredIntegration,
    StoredIntegration,
)
from novu_provider.model.registration import Registration
from novu_provider.planning.integration_program import adoption_line, example_line
from novu_provider.text.wording import counted, quoted_list


@dataclass(frozen=True)
class Need:
    """The steps of one channel: their number, and one of them as ``workflow / step``."""

    channel: str
    steps: int
    example: str

    def describe(self) -> str:
        """Return the number of steps with the example."""
        return self.example if self.steps == 1 else f"{counted(self.steps, 'step')}, such as {self.example}"


@dataclass(frozen=True)
class Gap:
    """A channel through which Novu will not deliver, with the reason and the line of program that closes it."""

    need: Need
    reason: str
    line: str

    @property
    def detail(self) -> str:
        """The channel, its steps and the reason."""
        return f"{self.need.channel} ({self.need.describe()}): {self.reason}"

    def __str__(self) -> str:
        return f"Novu cannot deliver {self.detail}"


def find_needs(workflows: Iterable[Registration]) -> dict[str, Need]:
    """Return the channels of the workflows' steps."""
    needs: dict[str, Need] = {}
    for workflow in workflows:
        for step in workflow.steps:
            if step.type in CHANNELS:
                example = f"{workflow.workflow_id} / {step.step_id}"
                earlier = needs.get(step.type)
                needs[step.type] = (
                    Need(step.type, earlier.steps + 1, earlier.example) if earlier else Need(step.type, 1, example)
                )
    return needs


def find_gaps(
    needs: Iterable[Need],
    stored: Sequence[StoredIntegration],
    declared: Iterable[DeclaredIntegration] = (),
    removed: Iterable[str] = (),
) -> list[Gap]:
    """Return the channels that will have no integration after the update.

    :param stored: the integrations that the environment has now.
    :param declared: the integrations that the program declares.
    :param removed: the identifiers that the program declared at the last update and no longer declares.
    """
    by_identifier = {one.identifier: one for one in declared}
    gone = set(removed) - by_identifier.keys()
    return [gap for need in needs if (gap := _gap(need, stored, by_identifier, gone)) is not None]


def _gap(
    need: Need, stored: Sequence[StoredIntegration], declared: Mapping[str, DeclaredIntegration], gone: set[str]
) -> Gap | None:
    channel = need.channel
    ours = [one for one in declared.values() if one.channel == channel]
    theirs = [one for one in stored if one.channel == channel]
    staying = [one for one in theirs if one.identifier not in gone and one.identifier not in declared]
    if channel == "in_app" and ours:
        # An environment has only one, so that one is declared whatever its identifier is.
        staying = []
    if _will_deliver(channel, ours, theirs, staying, gone):
        return None
    removed = [one for one in theirs if one.identifier in gone]
    remaining: list[DeclaredIntegration | StoredIntegration] = [*ours, *staying]
    active = [one.identifier for one in remaining if one.active]
    inactive = [one.identifier for one in remaining if not one.active]
    if removed:
        names = ", ".join(one.describe() for one in removed)
        reason = f"the program no longer declares {names}, so `up` deletes it"
        if active:
            reason += ", and Novu makes no other one primary"
    elif active:
        reason = f"{quoted_list(active)} {'is' if len(active) == 1 else 'are'} active, but not primary"
    elif inactive:
        reason = f"{quoted_list(inactive)} {'is' if len(inactive) == 1 else 'are'} inactive"
    else:
        reason = "the channel has no integration"
    candidate = remaining[0] if remaining else None
    line = adoption_line(candidate.identifier, candidate.provider_id, channel) if candidate else example_line(channel)
    return Gap(need, reason, line)


def _will_deliver(
    channel: str,
    ours: Sequence[DeclaredIntegration],
    theirs: Sequence[StoredIntegration],
    staying: Sequence[StoredIntegration],
    gone: set[str],
) -> bool:
    if channel not in CHANNELS_WITH_PRIMARY:
        return any(one.active for one in ours) or any(one.active for one in staying)
    if any(one.primary for one in ours) or any(one.delivers for one in staying):
        return True
    primary = next((one for one in theirs if one.delivers), None)
    if primary is not None:
        # The program changes or removes the primary one. Novu makes no other one primary.
        change = next((one for one in ours if one.identifier == primary.identifier), None)
        return primary.identifier not in gone and change is not None and change.active and not change.conditions
    # Novu makes a new active integration primary if the channel has no primary one.
    known = {one.identifier for one in theirs}
    return any(one.active and one.identifier not in known for one in ours)
