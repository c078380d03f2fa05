"""Channel preferences: those of the code, and the override of an environment, which goes before them.

``{"all": {"enabled", "readOnly"}, "channels": {<channel>: {"enabled"}}}``, each part optional. Novu completes what
it is given: a channel that is not named follows ``all``, which is on unless it says otherwise. Observed on 3.19.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def normalize(channel: str) -> str:
    """Give Novu's name of a channel: the code writes ``inApp``, Novu keeps ``in_app``."""
    return "in_app" if channel == "inApp" else channel


def drop_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what Novu would complete: the same for preferences as written and as Novu completed them."""
    overall, channels = given.get("all") or {}, given.get("channels") or {}
    if not all(isinstance(part, Mapping) for part in (overall, channels, *_parts(channels))):
        # Not of this form: whatever it is, nothing is known to be the same.
        return dict(given)
    enabled = overall.get("enabled", True)
    said = {normalize(key): {"enabled": enabled, **part} for key, part in channels.items()}
    return {
        **given,
        "all": {"enabled": enabled, "readOnly": False, **overall},
        "channels": {key: part for key, part in said.items() if part != {"enabled": enabled}},
    }


def are_same(one: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    """Say whether two overrides mean the same; a new channel of Novu's, which follows ``all``, is no difference."""
    return other is not None and drop_defaults(one) == drop_defaults(other)


def aligned(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reduce two overrides for a comparison, channel by channel: one that only the other names follows ``all``."""
    both = drop_defaults(one), drop_defaults(other)
    if not all(isinstance(found.get(part), Mapping) for found in both for part in ("all", "channels")):
        return both
    channels = {key for found in both for key in found["channels"]}
    for found in both:
        follows = {"enabled": found["all"]["enabled"]}
        found["channels"] = {key: found["channels"].get(key, follows) for key in sorted(channels)}
    return both


def _parts(channels: Any) -> list[Any]:
    return list(channels.values()) if isinstance(channels, Mapping) else []
