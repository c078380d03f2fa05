"""Where a program gets its bridge URL and its manifest from: arguments, settings, a file, or the bridge itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pulumi

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import SettingsError, SignatureRefused
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings


def resolve_bridge_url(settings: Settings, argument: pulumi.Input[str] | None) -> pulumi.Input[str]:
    """Return the bridge URL. The program's argument overrides the settings.

    :raises SettingsError: no bridge URL is set.
    """
    url = argument if argument is not None else settings.bridge_url
    if url is None:
        raise SettingsError(
            "there is no bridge URL.",
            why="Neither `novu:bridgeUrl` in the stack's configuration nor NOVU_BRIDGE_URL is set.",
            fix="Run `pulumi config set novu:bridgeUrl https://app.example.com/api/novu` with your application's "
            "bridge endpoint.",
        )
    return url


def read_manifest(
    settings: Settings, url: pulumi.Input[str], argument: Manifest | str | Path | None
) -> tuple[Manifest, Literal["bridge", "file"]]:
    """Return the manifest and its source. The program's argument overrides the settings, and both override the bridge.

    :raises NovuError: there is no valid manifest.
    """
    manifest = argument if argument is not None else settings.manifest
    if isinstance(manifest, Manifest):
        return manifest, "file"
    if manifest is not None:
        return Manifest.load(manifest), "file"
    if not isinstance(url, str):
        raise SettingsError(
            "the bridge URL is an output of another resource, so the bridge cannot be asked for its workflows.",
            why="An output is unknown until that resource exists.",
            fix="Export the manifest when the application is built (`novu-provider manifest export`) and name the "
            "file: `Bridge(…, manifest='novu.manifest.json')` or `novu:manifest`.",
            prop="manifest",
        )
    try:
        return _discover(settings, url), "bridge"
    except SignatureRefused:
        # If Novu does not know the key either, that is the more helpful error.
        _verify_key_with_novu(settings)
        raise


def _discover(settings: Settings, url: str) -> Manifest:
    bridge = BridgeClient.from_settings(settings, url)
    try:
        return bridge.manifest()
    finally:
        bridge.close()


def _verify_key_with_novu(settings: Settings) -> None:
    """Ask Novu for the environment of the secret key.

    :raises KeyRejected: Novu does not know the key.
    """
    api = NovuApi(settings)
    try:
        api.environment()
    finally:
        api.close()
