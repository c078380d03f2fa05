"""Completes channel preferences that code or the dashboard sets only in part.

`novu_provider.model.preferences` completes preferences with its own code on purpose: see `novu_provider.emulator`.
"""

from __future__ import annotations

from typing import Any

CHANNELS = ("email", "sms", "in_app", "chat", "push", "tool")


def full_preferences(preferences: Any) -> dict[str, Any]:
    """Return `{all: {enabled, readOnly}, channels: {…}}` with every channel.

    A missing channel has the value of `all.enabled`. The defaults are enabled and not read-only.
    """
    preferences = preferences if isinstance(preferences, dict) else {}
    overall = _object_at(preferences, "all")
    enabled = overall.get("enabled", True)
    channels = _object_at(preferences, "channels")
    return {
        "all": {"enabled": enabled, "readOnly": overall.get("readOnly", False)},
        "channels": {name: {"enabled": _object_at(channels, name).get("enabled", enabled)} for name in CHANNELS},
    }


def _object_at(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}
