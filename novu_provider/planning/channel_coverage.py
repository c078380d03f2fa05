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
class ChannelSteps:
    """The steps of one channel: their number, and one of them as ``workflow / step``."""

    channel: str
    number: int
    example: str

    def describe(self) -> str:
        """Return the number of steps with the example."""
        return self.example if self.number == 1 else f"{counted(self.number, 'step')}, such as {self.example}"


@dataclass(frozen=True)
class CoverageGap:
    """A channel through which Novu will not deliver, with the reason and the line of program that closes it."""

    channel_steps: ChannelSteps
    reason: str
    line: str

    @property
    def detail(self) -> str:
        """The channel, its steps and the reason."""
        return f"{self.channel_steps.channel} ({self.channel_steps.describe()}): {self.reason}"

    def __str__(self) -> str:
        return f"Novu cannot deliver {self.detail}"


def count_steps(workflows: Iterable[Registration]) -> dict[str, ChannelSteps]:
    """Count the steps of the workflows by channel."""
    by_channel: dict[str, ChannelSteps] = {}
    for workflow in workflows:
        for step in workflow.steps:
            if step.type in CHANNELS:
                example = f"{workflow.workflow_id} / {step.step_id}"
                earlier = by_channel.get(step.type)
                by_channel[step.type] = (
                    ChannelSteps(step.type, earlier.number + 1, earlier.example)
                    if earlier
                    else ChannelSteps(step.type, 1, example)
                )
    return by_channel


def find_gaps(
    used_channels: Iterable[ChannelSteps],
    stored: Sequence[StoredIntegration],
    declared: Iterable[DeclaredIntegration] = (),
    removed: Iterable[str] = (),
) -> list[CoverageGap]:
    """Return the channels that will have no integration after the update.

    :param stored: the integrations that the environment has now.
    :param declared: the integrations that the program declares.
    :param removed: the identifiers that the program declared at the last update and no longer declares.
    """
    by_identifier = {integration.identifier: integration for integration in declared}
    gone = set(removed) - by_identifier.keys()
    gaps = (_gap(channel_steps, stored, by_identifier, gone) for channel_steps in used_channels)
    return [gap for gap in gaps if gap is not None]


def _gap(
    channel_steps: ChannelSteps,
    stored: Sequence[StoredIntegration],
    declared: Mapping[str, DeclaredIntegration],
    gone: set[str],
) -> CoverageGap | None:
    channel = channel_steps.channel
    ours = [integration for integration in declared.values() if integration.channel == channel]
    theirs = [integration for integration in stored if integration.channel == channel]
    staying = [
        integration
        for integration in theirs
        if integration.identifier not in gone and integration.identifier not in declared
    ]
    if channel == "in_app" and ours:
        # An environment has only one, so that one is declared whatever its identifier is.
        staying = []
    if _will_deliver(channel, ours, theirs, staying, gone):
        return None
    removed = [integration for integration in theirs if integration.identifier in gone]
    remaining: list[DeclaredIntegration | StoredIntegration] = [*ours, *staying]
    active = [integration.identifier for integration in remaining if integration.active]
    inactive = [integration.identifier for integration in remaining if not integration.active]
    if removed:
        names = ", ".join(integration.describe() for integration in removed)
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
    return CoverageGap(channel_steps, reason, line)


def _will_deliver(
    channel: str,
    ours: Sequence[DeclaredIntegration],
    theirs: Sequence[StoredIntegration],
    staying: Sequence[StoredIntegration],
    gone: set[str],
) -> bool:
    if channel not in CHANNELS_WITH_PRIMARY:
        return any(integration.active for integration in ours) or any(integration.active for integration in staying)
    if any(integration.primary for integration in ours) or any(integration.delivers for integration in staying):
        return True
    primary = next((integration for integration in theirs if integration.delivers), None)
    if primary is not None:
        # The program changes or removes the primary integration. Novu makes no other one primary.
        change = next((integration for integration in ours if integration.identifier == primary.identifier), None)
        return primary.identifier not in gone and change is not None and change.active and not change.conditions
    # Novu makes a new active integration primary if the channel has no primary integration.
    known = {integration.identifier for integration in theirs}
    return any(integration.active and integration.identifier not in known for integration in ours)
