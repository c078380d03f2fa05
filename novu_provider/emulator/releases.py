"""Older releases of Novu that the emulator can emulate, as settings of `EmulatorConfig`.

Releases are named by their month, because only the version number of October 2024 is certain. The missing features come
from Novu's source code (github.com/novuhq/novu). There are no recordings of older releases.
"""

from __future__ import annotations

from typing import Any

_BEFORE_2026: dict[str, Any] = {"environment_types": False, "credentials_for_api_keys": True}
_BEFORE_SEPTEMBER_2025 = {**_BEFORE_2026, "severities": False}
_BEFORE_JUNE_2025 = {**_BEFORE_SEPTEMBER_2025, "v2_api_keys": False, "put_environments": False}
_BEFORE_DECEMBER_2024 = {
    **_BEFORE_JUNE_2025,
    "origin_conflicts": False,
    "v1_lists_dashboard_workflows": True,
    "v2_delete_checks_api_key": False,
}

RELEASES: dict[str, dict[str, Any]] = {
    "2024-10": {**_BEFORE_DECEMBER_2024, "version": "2.0.0"},
    "2025-05": {**_BEFORE_JUNE_2025, "version": "2025-05"},
    "2025-08": {**_BEFORE_SEPTEMBER_2025, "version": "2025-08"},
}
"""Settings of `EmulatorConfig` by release."""
