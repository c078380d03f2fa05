"""Novu environments as declared state: Pulumi resources for code-first workflows and their bridge.

::

    import pulumi
    import novu_provider as novu

    bridge = novu.Bridge("app", settings=novu.Settings.from_config())
    pulumi.export("workflows", bridge.workflow_ids)

Names are loaded when they are used, so that the command ``novu-provider`` starts without importing Pulumi.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

# httpx imports its own command line where that can be had, and with it rich and pygments: 25 ms in each of the four
# processes of a `pulumi up`. It takes this for a command line that is not installed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

if TYPE_CHECKING:
    from novu_provider.agent_binding import AgentBinding
    from novu_provider.binding import EnvironmentBinding
    from novu_provider.component import Bridge
    from novu_provider.errors import NovuError
    from novu_provider.model.manifest import Manifest
    from novu_provider.model.registration import Registration, Step
    from novu_provider.model.workflow_args import Preferences, WorkflowArgs
    from novu_provider.rename import Rename
    from novu_provider.settings import Settings
    from novu_provider.step_controls import StepControls
    from novu_provider.workflow import Workflow
    from novu_provider.workflow_preferences import WorkflowPreferences

__all__ = [
    "AgentBinding",
    "Bridge",
    "EnvironmentBinding",
    "Manifest",
    "NovuError",
    "Preferences",
    "Registration",
    "Rename",
    "Settings",
    "Step",
    "StepControls",
    "Workflow",
    "WorkflowArgs",
    "WorkflowPreferences",
]

_HOMES = {
    "AgentBinding": "agent_binding",
    "Bridge": "component",
    "EnvironmentBinding": "binding",
    "Manifest": "manifest",
    "NovuError": "errors",
    "Preferences": "arguments",
    "Registration": "registration",
    "Rename": "rename",
    "Settings": "settings",
    "Step": "registration",
    "StepControls": "step_controls",
    "Workflow": "workflow",
    "WorkflowArgs": "arguments",
    "WorkflowPreferences": "workflow_preferences",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
