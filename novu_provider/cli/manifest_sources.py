"""Sources of a manifest: a file, a bridge, or a Novu environment.

A source is one argument: the path of a manifest file, a bridge URL (``https://…``), ``env:`` for the environment of
NOVU_SECRET_KEY, or ``env:VARIABLE`` for that of another variable's key. A key itself is never an argument, because
command lines are visible and logged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from novu_provider.bridge import rollout
from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import SettingsError
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from novu_provider.sync.progress import report_progress

#: The default variable of the secret key.
KEY = "NOVU_SECRET_KEY"

_ENVIRONMENT = "env:"
#: Returns the settings for a key and, for a bridge, its URL.
Connect = Callable[[str, "str | None"], Settings]


def read(source: str, connect: Connect, variable: str = KEY, environ: Mapping[str, str] | None = None) -> Manifest:
    """Read a manifest from its source. Nothing is written to Novu.

    :param connect: returns the settings. It is not called for a file, which needs no key.
    :param variable: the environment variable of the key, unless the source names one.
    :raises NovuError: the manifest cannot be read.
    """
    if source.startswith(_ENVIRONMENT):
        named = source.removeprefix(_ENVIRONMENT)
        return from_environment(connect(key(named or variable, environ), None))
    if re.match(r"https?://", source, re.IGNORECASE):
        return from_bridge(connect(key(variable, environ), source))
    return Manifest.load(source)


def is_environment(source: str) -> bool:
    """Return whether a source is a Novu environment, whose manifest contains no agents."""
    return source.startswith(_ENVIRONMENT)


def key(variable: str, environ: Mapping[str, str] | None = None) -> str:
    """Read a key from an environment variable.

    :raises SettingsError: the variable is not set, or the argument is not the name of a variable but perhaps a key.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise SettingsError(
            "the argument is not a valid name of an environment variable.",
            why="A key was passed instead of the name of the variable that contains it.",
            fix="Set a variable to the key and pass its name: `export NOVU_PROD_SECRET_KEY=…`, "
            "`env:NOVU_PROD_SECRET_KEY`. Replace a key that was on a command line.",
        )
    value = (os.environ if environ is None else environ).get(variable, "").strip()
    if not value:
        # 32 hexadecimal digits are a possible name, but they may be a key and are not repeated here.
        shown = "the variable" if re.fullmatch(r"[0-9a-fA-F]{24,}", variable) else f"the variable {variable}"
        raise SettingsError(
            f"{shown} contains no secret key.",
            why="The variable is not set, or it is empty.",
            fix="Set it to the key of the environment (Novu dashboard, API Keys).",
            prop="secretKey",
        )
    return value


def from_bridge(settings: Settings, wait: float = 0) -> Manifest:
    """Read the manifest of the bridge.

    :param wait: how long to wait for a deployment that is not ready yet, in seconds.
    :raises SettingsError: there is no bridge URL.
    :raises NovuError: the manifest cannot be read.
    """
    if settings.bridge_url is None:
        raise no_bridge_url()
    bridge = BridgeClient.from_settings(settings, settings.bridge_url)
    try:
        return rollout.wait_for(bridge.manifest, wait, "", report=report_progress)
    finally:
        bridge.close()


def no_bridge_url() -> SettingsError:
    """Return the error of a missing bridge URL."""
    return SettingsError(
        "there is no bridge URL.",
        why="No option was passed, the stack has no `novu:bridgeUrl`, and NOVU_BRIDGE_URL is not set.",
        fix="Pass --bridge-url, or --stack for the settings of a stack, or set NOVU_BRIDGE_URL.",
    )


def from_environment(settings: Settings) -> Manifest:
    """Return the manifest that would declare the code-first workflows of an environment."""
    api = NovuApi(settings)
    try:
        environment = api.environment()
        workflows = api.stored_workflows()
    finally:
        api.close()
    return Manifest(
        tuple(workflow.registration for workflow in workflows),
        source=f"the environment {environment.name!r} at {api.url}",
    )


def comparable(before: tuple[str, Manifest], after: tuple[str, Manifest]) -> tuple[Manifest, Manifest]:
    """Return two manifests for a comparison. Agents are ignored if one source is an environment."""
    (first, old), (second, new) = before, after
    if is_environment(first) or is_environment(second):
        old, new = replace(old, agents=()), replace(new, agents=())
    return old, new
