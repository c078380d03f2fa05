"""Older releases of Novu that the embedded one can play: what `EmulatorConfig` says of each.

By the month: of these releases only the API's number in October 2024 is known for certain. What each lacks was read in
Novu's code (github.com/novuhq/novu); no older release was recorded.
"""

from __future__ import annotations

from typing import Any

_BEFORE_2026: dict[str, Any] = {"environment_types": False}
_BEFORE_SEPTEMBER_2025 = {**_BEFORE_2026, "severities": False}
_BEFORE_JUNE_2025 = {**_BEFORE_SEPTEMBER_2025, "v2_api_keys": False, "put_environments": False}
_BEFORE_DECEMBER_2024 = {
    **_BEFORE_JUNE_2025,
    "origin_conflicts": False,
    "v1_lists_dashboard": True,
    "v2_delete_guarded": False,
}

RELEASES: dict[str, dict[str, Any]] = {
    "2024-10": {**_BEFORE_DECEMBER_2024, "version": "2.0.0"},
    "2025-05": {**_BEFORE_JUNE_2025, "version": "2025-05"},
    "2025-08": {**_BEFORE_SEPTEMBER_2025, "version": "2025-08"},
}
"""Settings of `EmulatorConfig` by release."""
