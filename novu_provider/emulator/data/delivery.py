"""Whether an environment can deliver through a channel, from its integrations, as Novu's responses tell it."""

from __future__ import annotations

from collections.abc import Iterable

from novu_provider.emulator.data.store import Document

CHANNELS_WITH_PRIMARY = ("email", "sms")
_CHANNELS = ("in_app", "email", "sms", "chat", "push")


def missing_integrations(integrations: Iterable[Document]) -> dict[str, str]:
    """Return the channels without an integration, each with Novu's message."""
    active = [integration for integration in integrations if integration["active"]]
    messages = {}
    for channel in _CHANNELS:
        found = [integration for integration in active if integration.get("channel") == channel]
        if channel in CHANNELS_WITH_PRIMARY:
            if not any(integration["primary"] for integration in found):
                messages[channel] = "Missing active primary integration provider"
        elif not found:
            messages[channel] = "Missing active integration provider"
        elif channel == "in_app" and not any(integration.get("connected") for integration in found):
            # An application connects the Inbox. The emulator serves none.
            messages[channel] = "Inbox is not connected. Please connect your Inbox integration."
    return messages


def channel_status(integrations: Iterable[Document], channels: Iterable[str]) -> Document:
    """Return the status of every channel, as the listing of `/v1/workflows` shows it."""
    status: Document = {name: {"hasActiveIntegrations": False} for name in channels}
    for name in CHANNELS_WITH_PRIMARY:
        status[name]["hasPrimaryIntegrations"] = False
    for integration in integrations:
        channel = integration.get("channel")
        if integration["active"] and channel in status:
            status[channel]["hasActiveIntegrations"] = True
            if channel in CHANNELS_WITH_PRIMARY and integration["primary"]:
                status[channel]["hasPrimaryIntegrations"] = True
    return status


def workflow_status(step_types: Iterable[str], channels: Document) -> Document:
    """Return whether all channels of a workflow have an integration, and the status of every channel."""
    used = [channels[step_type] for step_type in step_types if step_type in channels]
    primary = [status["hasPrimaryIntegrations"] for status in used if "hasPrimaryIntegrations" in status]
    return {
        "hasActiveIntegrations": all(status["hasActiveIntegrations"] for status in used),
        "channels": channels,
        # Novu never says true here.
        **({} if all(primary) else {"hasPrimaryIntegrations": False}),
    }
