"""Channel preferences in full, from the parts that code or a dashboard gives."""

from __future__ import annotations

from typing import Any

CHANNELS = ("email", "sms", "in_app", "chat", "push", "tool")


def full_preferences(given: Any) -> dict[str, Any]:
    """Return `{all: {enabled, readOnly}, channels: {…}}` with every channel.

    A channel that is not given follows `all.enabled`; what is not given at all is enabled and not read-only.
    """
    parts = given if isinstance(given, dict) else {}
    overall = _part(parts, "all")
    enabled = overall.get("enabled", True)
    channels = _part(parts, "channels")
    return {
        "all": {"enabled": enabled, "readOnly": overall.get("readOnly", False)},
        "channels": {name: {"enabled": _part(channels, name).get("enabled", enabled)} for name in CHANNELS},
    }


def _part(parent: dict[str, Any], name: str) -> dict[str, Any]:
    part = parent.get(name)
    return part if isinstance(part, dict) else {}
