"""Where a manifest can be read from: a file, a bridge, or what a Novu environment holds.

A source is written as one argument: the path of a manifest file, a bridge URL (``https://…``), or ``env:`` for the
environment that NOVU_SECRET_KEY opens and ``env:VARIABLE`` for that of another variable's key. A key itself is never an
argument: command lines are shown and logged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import SettingsError
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings

#: The variable of the environment's key where none is named.
KEY = "NOVU_SECRET_KEY"

_ENVIRONMENT = "env:"
#: Makes the settings from a key and, for a bridge, its URL.
Connect = Callable[[str, "str | None"], Settings]


def read(source: str, connect: Connect, variable: str = KEY, environ: Mapping[str, str] | None = None) -> Manifest:
    """Read a manifest from its source. Only reading calls are made.

    :param connect: makes the settings; called for a bridge and an environment alone, since a file needs no key.
    :param variable: the environment variable that holds the key, unless the source names one.
    :raises NovuError: it cannot be had.
    """
    if source.startswith(_ENVIRONMENT):
        named = source.removeprefix(_ENVIRONMENT)
        return held(connect(key(named or variable, environ), None))
    if re.match(r"https?://", source, re.IGNORECASE):
        return served(connect(key(variable, environ), source))
    return Manifest.load(source)


def is_environment(source: str) -> bool:
    """Say whether a source is what Novu holds, which tells nothing of agents."""
    return source.startswith(_ENVIRONMENT)


def key(variable: str, environ: Mapping[str, str] | None = None) -> str:
    """Read a key from an environment variable.

    :raises SettingsError: there is none, or what was named is no variable, but perhaps a key.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise SettingsError(
            "what is to name an environment variable has other characters than such a name.",
            why="A key was given in the place of the name of the variable that holds it.",
            fix="Put the key into a variable and name that: `export NOVU_PROD_SECRET_KEY=…`, "
            "`env:NOVU_PROD_SECRET_KEY`. A key that stood on a command line should be replaced.",
        )
    found = (os.environ if environ is None else environ).get(variable, "").strip()
    if not found:
        # Not named here if it looks like a key: 32 hexadecimal digits are a possible name as well.
        shown = "the variable" if re.fullmatch(r"[0-9a-fA-F]{24,}", variable) else f"the variable {variable}"
        raise SettingsError(
            f"{shown} holds no secret key.",
            why="It is not set, or empty.",
            fix="Set it to the key of the environment (Novu dashboard, API Keys).",
            prop="secretKey",
        )
    return found


def served(settings: Settings) -> Manifest:
    """Ask the bridge of the settings for its manifest.

    :raises SettingsError: there is no bridge URL.
    """
    if settings.bridge_url is None:
        raise SettingsError(
            "there is no bridge URL.",
            why="None was given, and NOVU_BRIDGE_URL is not set.",
            fix="Give --bridge-url or set NOVU_BRIDGE_URL.",
        )
    bridge = BridgeClient.from_settings(settings, settings.bridge_url)
    try:
        return bridge.manifest()
    finally:
        bridge.close()


def held(settings: Settings) -> Manifest:
    """Read the code-first workflows that an environment holds, as the manifest that would declare them."""
    api = NovuApi(settings)
    try:
        environment = api.environment()
        stored = api.stored_workflows()
    finally:
        api.close()
    return Manifest(
        tuple(one.registration for one in stored), source=f"the environment {environment.name!r} at {api.url}"
    )


def pair(before: tuple[str, Manifest], after: tuple[str, Manifest]) -> tuple[Manifest, Manifest]:
    """Give two manifests fit to be compared: what Novu holds takes over the agents of the other one."""
    (first, old), (second, new) = before, after
    if is_environment(first) or is_environment(second):
        old, new = replace(old, agents=()), replace(new, agents=())
    return old, new
