"""The settings: what of them can be used, so that one that cannot does not hide what the others lead to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, ok
from novu_provider.doctor.runner import check
from novu_provider.errors import NovuError, SettingsError
from novu_provider.http.client import tls_context
from novu_provider.model.manifest import Manifest
from novu_provider.settings import VARIABLES, Settings

#: Stands where no key can be used. Nothing is asked or signed with it but Novu's health check, which needs no key.
_NO_KEY = "none"

#: Settings that have a check of their own.
_ELSEWHERE = ("secretKey", "bridgeUrl", "bypassToken", "apiUrl", "region")


def read(values: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read the settings one by one and give the fields of a case: what can be used, and the errors of the rest.

    :param values: settings by their names in a stack's configuration.
    """
    left = {name: value for name, value in values.items() if value not in (None, "")}
    variables = {**(os.environ if environ is None else environ)}
    given = str(left.get("bridgeUrl") or variables.get(VARIABLES["bridgeUrl"], "")).strip() or None
    refused: list[NovuError] = []
    while True:
        try:
            settings = Settings.read(left.get, variables)
            tls_context(settings.ca_bundle)
            break
        except SettingsError as found:
            if any(found.prop == one.prop for one in refused):
                raise
            refused.append(found)
            _drop(found.prop, left, variables)
    declared = None
    if settings.manifest is not None:
        try:
            declared = Manifest.load(settings.manifest)
        except NovuError as found:
            found.prop = "manifest"
            refused.append(found)
    return {"settings": settings, "refused": tuple(refused), "given_url": given, "declared": declared}


def _drop(prop: str, left: dict[str, Any], variables: dict[str, str]) -> None:
    """Take a setting out that cannot be used."""
    for name in ("region", "apiUrl") if prop in ("region", "apiUrl") else (prop,):
        left.pop(name, None)
        variables.pop(VARIABLES.get(name, ""), None)
    if prop == "secretKey":
        left["secretKey"] = _NO_KEY


@check("settings.read", "every setting can be used")
def usable(case: Context) -> list[Finding]:
    """Say which settings cannot be used; those that have checks of their own are told there."""
    found = [error(one) for one in case.refused if one.prop not in _ELSEWHERE]
    return found or [ok("every other setting can be used" if case.refused else "every setting can be used")]


EXAMINATIONS = (usable,)
