"""Pulumi resources for a Novu environment: its code-first workflows and their bridge.

::

    import pulumi
    import novu_provider as novu

    bridge = novu.Bridge("app", settings=novu.Settings.from_config())
    pulumi.export("workflows", bridge.workflow_names)

Each public name is imported at its first use, so the command ``novu-provider`` starts without importing Pulumi.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

# httpx imports its own command line if rich and pygments are installed. That costs 25 ms in each of the four processes
# of a `pulumi up`. With this entry, httpx treats its command line as not installed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

# Stored states name the providers by module paths of earlier layouts, such as `novu_provider.binding`.
__path__.append(os.path.join(__path__[0], "_state_paths"))  # noqa: PTH118 - pathlib would be imported only for this

if TYPE_CHECKING:
    from novu_provider.bridge.applications import Source
    from novu_provider.errors import NovuError
    from novu_provider.model.manifest import Manifest
    from novu_provider.model.registration import Registration, Step
    from novu_provider.model.workflow_args import Preferences, WorkflowArgs
    from novu_provider.resources.agent_binding import AgentBinding
    from novu_provider.resources.applications import Applications
    from novu_provider.resources.bridge import Bridge
    from novu_provider.resources.credentials import (
        ApnsCredentials,
        FcmCredentials,
        InAppCredentials,
        MailgunCredentials,
        PostmarkCredentials,
        ResendCredentials,
        SendGridCredentials,
        SesCredentials,
        SlackCredentials,
        SmtpCredentials,
        TwilioCredentials,
    )
    from novu_provider.resources.environment_binding import EnvironmentBinding
    from novu_provider.resources.integration import Integration
    from novu_provider.resources.rename import Rename
    from novu_provider.resources.step_controls import StepControls
    from novu_provider.resources.workflow import Workflow
    from novu_provider.resources.workflow_preferences import WorkflowPreferences
    from novu_provider.settings import Settings

__all__ = [
    "AgentBinding",
    "ApnsCredentials",
    "Applications",
    "Bridge",
    "EnvironmentBinding",
    "FcmCredentials",
    "InAppCredentials",
    "Integration",
    "MailgunCredentials",
    "Manifest",
    "NovuError",
    "PostmarkCredentials",
    "Preferences",
    "Registration",
    "Rename",
    "ResendCredentials",
    "SendGridCredentials",
    "SesCredentials",
    "Settings",
    "SlackCredentials",
    "SmtpCredentials",
    "Source",
    "Step",
    "StepControls",
    "TwilioCredentials",
    "Workflow",
    "WorkflowArgs",
    "WorkflowPreferences",
]

_MODULES = {
    "AgentBinding": "resources.agent_binding",
    "ApnsCredentials": "resources.credentials",
    "Applications": "resources.applications",
    "Bridge": "resources.bridge",
    "EnvironmentBinding": "resources.environment_binding",
    "FcmCredentials": "resources.credentials",
    "InAppCredentials": "resources.credentials",
    "Integration": "resources.integration",
    "MailgunCredentials": "resources.credentials",
    "Manifest": "model.manifest",
    "NovuError": "errors",
    "PostmarkCredentials": "resources.credentials",
    "Preferences": "model.workflow_args",
    "Registration": "model.registration",
    "Rename": "resources.rename",
    "ResendCredentials": "resources.credentials",
    "SendGridCredentials": "resources.credentials",
    "SesCredentials": "resources.credentials",
    "Settings": "settings",
    "SlackCredentials": "resources.credentials",
    "SmtpCredentials": "resources.credentials",
    "Source": "bridge.applications",
    "Step": "model.registration",
    "StepControls": "resources.step_controls",
    "TwilioCredentials": "resources.credentials",
    "Workflow": "resources.workflow",
    "WorkflowArgs": "model.workflow_args",
    "WorkflowPreferences": "resources.workflow_preferences",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    member = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = member
    return member


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
