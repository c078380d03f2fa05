"""The check of EnvironmentBinding that Novu can deliver through every channel of the workflows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from novu_provider.errors import MissingIntegration, NovuError
from novu_provider.model.integrations import StoredIntegration
from novu_provider.model.registration import Registration
from novu_provider.planning.channel_coverage import ChannelSteps, CoverageGap, count_steps, find_gaps
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session

if TYPE_CHECKING:
    from novu_provider.resources.integration import Integration

Props = dict[str, Any]

#: The channels of the workflows. The engine prints no property whose name begins with two underscores.
_CHANNELS = "__channels"
#: The inputs of EnvironmentBinding that this check reads. They control the check, and none of them is synced.
_INPUTS = (_CHANNELS, "integrations", "requireIntegrations")


def coverage_inputs(
    workflows: Iterable[Registration], integrations: Sequence[Integration], require: bool | None
) -> Props:
    """Return the inputs for the check.

    :param require: True refuses a missing integration, None reports it, False checks nothing.
    """
    if require is False:
        return {}
    used_channels = count_steps(workflows).values()
    declared = [integration.declaration for integration in integrations]
    inputs = {
        _CHANNELS: {used.channel: {"steps": used.number, "example": used.example} for used in used_channels},
        "integrations": {integration.identifier: integration.channel for integration in declared},
        "requireIntegrations": require,
    }
    return {key: value for key, value in inputs.items() if value}


def coverage_errors(session: Session, olds: Props, inputs: Props, *, syncs: bool) -> list[NovuError]:
    """Return the error for channels without an integration, if they are required. Otherwise report them.

    Without a change nothing is asked, unless integrations are required.

    :param syncs: whether the update will sync.
    """
    required = bool(inputs.get("requireIntegrations"))
    changed = syncs or any(inputs.get(key) != olds.get(key) for key in _INPUTS)
    channels = inputs.get(_CHANNELS) or {}
    if not channels or not (changed or required):
        return []
    try:
        stored = session.integrations.all()
    except NovuError as error:
        # An older server or a proxy may close the endpoint. A report is not worth a failed preview.
        return [error] if required else []
    used_channels = [
        ChannelSteps(channel, int(entry["steps"]), str(entry["example"])) for channel, entry in channels.items()
    ]
    gaps = find_gaps(used_channels, stored, session.integrations.declared, _removed(olds, inputs, stored))
    if required and gaps:
        return [_missing(gaps)]
    for gap in gaps:
        report_progress(f"{gap}. Declare {gap.line}")
    return []


def _removed(olds: Props, inputs: Props, stored: Sequence[StoredIntegration]) -> set[str]:
    """Return the identifiers of the integrations that the program no longer declares."""
    declared = inputs.get("integrations") or {}
    removed = {key: channel for key, channel in (olds.get("integrations") or {}).items() if key not in declared}
    # An Inbox keeps the identifier that it had before it was declared.
    inbox = [one.identifier for one in stored if one.channel == "in_app"] if "in_app" in removed.values() else []
    return {*removed, *inbox}


def _missing(gaps: Sequence[CoverageGap]) -> MissingIntegration:
    problems = "; ".join(gap.detail for gap in gaps)
    lines = "; ".join(f"`{gap.line}`" for gap in gaps)
    return MissingIntegration(
        f"Novu cannot deliver through each channel of the workflows: {problems}.",
        why="Novu accepts a trigger of these workflows, but the step fails. `require_integrations` is true.",
        fix=f"Declare in the program, and pass to Bridge as `integrations`: {lines}.",
    )
