"""Channel preferences: those of the code, and the override of an environment, which takes precedence.

``{"all": {"enabled", "readOnly"}, "channels": {<channel>: {"enabled"}}}``, each part optional. Novu completes missing
parts: a channel without an entry follows ``all``, and ``all`` is enabled by default. Observed on 3.19.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def normalize_channel(channel: str) -> str:
    """Return Novu's name of a channel: application code writes ``inApp``, Novu stores ``in_app``."""
    return "in_app" if channel == "inApp" else channel


def drop_defaults(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Return preferences without the parts that Novu would complete: the same result before and after Novu did it."""
    overall, channels = preferences.get("all") or {}, preferences.get("channels") or {}
    if not all(isinstance(part, Mapping) for part in (overall, channels, *_members(channels))):
        # An unknown form. Nothing is known about its defaults, so nothing is left out.
        return dict(preferences)
    enabled = overall.get("enabled", True)
    completed = {normalize_channel(name): {"enabled": enabled, **channel} for name, channel in channels.items()}
    return {
        **preferences,
        "all": {"enabled": enabled, "readOnly": False, **overall},
        "channels": {name: channel for name, channel in completed.items() if channel != {"enabled": enabled}},
    }


def are_same(first: Mapping[str, Any], second: Mapping[str, Any] | None) -> bool:
    """Return whether two overrides have the same effect. A channel that only one of them lists follows ``all``."""
    return second is not None and drop_defaults(first) == drop_defaults(second)


def align(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two overrides with the same channels, for a comparison. A missing channel gets the value of ``all``."""
    aligned = drop_defaults(first), drop_defaults(second)
    if not all(isinstance(override.get(part), Mapping) for override in aligned for part in ("all", "channels")):
        return aligned
    channels = {name for override in aligned for name in override["channels"]}
    for override in aligned:
        follows_all = {"enabled": override["all"]["enabled"]}
        override["channels"] = {name: override["channels"].get(name, follows_all) for name in sorted(channels)}
    return aligned


def _members(channels: Any) -> list[Any]:
    return list(channels.values()) if isinstance(channels, Mapping) else []
