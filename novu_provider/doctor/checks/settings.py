"""Checks of the settings. Invalid settings are left out, so that the doctor can check everything else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed_with, ok
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SettingsError
from novu_provider.http.client import tls_context
from novu_provider.model.manifest import Manifest
from novu_provider.settings import KEYS, VARIABLES, Settings
from novu_provider.settings.parsing import as_unicode
from novu_provider.settings.unknown import unknown_settings

#: A placeholder for an invalid key. Nothing is signed with it, and only Novu's health check is requested.
_NO_KEY = "none"

#: Settings that other checks report.
_REPORTED_ELSEWHERE = ("secretKey", "bridgeUrl", "bypassToken", "apiUrl", "region")


def read(values: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read the settings one by one and return the fields of a context: the valid ones, and the errors of the others.

    :param values: settings by their names in a stack's configuration.
    """
    remaining = {name: value for name, value in values.items() if value not in (None, "")}
    variables = {**(os.environ if environ is None else environ)}
    bridge_url = str(remaining.get("bridgeUrl") or variables.get(VARIABLES["bridgeUrl"], "")).strip()
    configured_url = as_unicode(bridge_url) or None
    errors: list[NovuError] = [*unknown_settings(remaining, KEYS)]
    while True:
        try:
            settings = Settings.read(remaining.get, variables)
            tls_context(settings.ca_bundle)
            break
        except SettingsError as error:
            if any(error.prop == earlier.prop for earlier in errors):
                raise
            errors.append(error)
            _remove(error.prop, remaining, variables)
    manifest = None
    if settings.manifest is not None:
        try:
            manifest = Manifest.load(settings.manifest)
        except NovuError as error:
            error.prop = "manifest"
            errors.append(error)
    return {
        "settings": settings,
        "setting_errors": tuple(errors),
        "configured_url": configured_url,
        "manifest_file": manifest,
    }


def _remove(name: str, remaining: dict[str, Any], variables: dict[str, str]) -> None:
    """Remove an invalid setting."""
    for removed in ("region", "apiUrl") if name in ("region", "apiUrl") else (name,):
        remaining.pop(removed, None)
        variables.pop(VARIABLES.get(removed, ""), None)
    if name == "secretKey":
        remaining["secretKey"] = _NO_KEY


@check("settings.read", "every setting is valid")
def valid(context: Context) -> list[Finding]:
    """Report invalid settings, except those that other checks report."""
    findings = [failed_with(error) for error in context.setting_errors if error.prop not in _REPORTED_ELSEWHERE]
    return findings or [ok("every other setting is valid" if context.setting_errors else "every setting is valid")]


CHECKS = (valid,)
