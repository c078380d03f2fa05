"""The preference override of a workflow: what an environment says of its channels over what the code says.

Novu completes what it is given: a channel that is not named follows ``all``. Observed on 3.19.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.registration import JsonObject


def normal(channel: str) -> str:
    """Give Novu's name of a channel: the code writes ``inApp``, Novu keeps ``in_app``."""
    return "in_app" if channel == "inApp" else channel


def completed(declared: Mapping[str, Any], channels: Mapping[str, Any]) -> JsonObject:
    """Complete a declared override as Novu would.

    :param declared: ``{"all": {"enabled", "readOnly"}, "channels": {<channel>: {"enabled"}}}``, each part optional.
    :param channels: Novu's channels; their values are not read.
    """
    overall = declared.get("all") or {}
    enabled = bool(overall.get("enabled", True))
    named = {normal(key): part for key, part in (declared.get("channels") or {}).items()}
    return {
        "all": {"enabled": enabled, "readOnly": bool(overall.get("readOnly", False))},
        "channels": {
            key: {"enabled": bool((named.get(key) or {}).get("enabled", enabled))}
            for key in sorted({*map(normal, channels), *named})
        },
    }


def same(declared: Mapping[str, Any], held: Mapping[str, Any] | None) -> bool:
    """Say whether Novu holds a declared override; a new channel of Novu's, which follows ``all``, is no difference."""
    if held is None:
        return False
    channels = held.get("channels") or {}
    return completed(declared, channels) == completed(held, channels)
