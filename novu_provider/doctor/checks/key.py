"""Checks of the secret key: its form, its environment and its permissions."""

from __future__ import annotations

import re
from dataclasses import replace

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped, warning
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import AccessDenied, EndpointClosed, KeyRejected, NovuError, NovuUnreachable
from novu_provider.model import bridge_urls

#: The usual form of Novu's keys. Novu may accept a key of another form.
_USUAL_FORM = re.compile(r"[0-9a-f]{32}")


@check("key.form", "the secret key has the usual form")
def form(context: Context) -> Finding:
    """Check the characters of the key, without a request."""
    error = context.setting_error("secretKey")
    if error is not None:
        return failed_with(error)
    key = context.settings.secret_key.get_secret_value()
    if _USUAL_FORM.fullmatch(key):
        return ok("32 hexadecimal characters")
    similar_to = (
        "a session token"
        if key.startswith("ey")
        else "a key of Novu's keyless mode"
        if key.startswith("pk_")
        else "an application identifier"
        if re.fullmatch(r"[A-Za-z0-9_-]{12}", key)
        else "a truncated key, or another secret"
    )
    return warning(
        f"the secret key has {len(key)} characters. Novu's keys have 32 characters, all of 0-9 and a-f.",
        cause=f"The configured value looks like {similar_to}.",
        fix="Set the secret key that the dashboard shows under API Keys.",
    )


@check("key.known", "Novu knows the key", "key.form", "novu.reachable")
def known(context: Context) -> Finding:
    """Read the environment of the key. For Novu Cloud, also try the other region."""
    try:
        environment = context.environment
    except KeyRejected as rejected:
        return _try_other_region(context, rejected)
    except NovuUnreachable as unreachable:
        if unreachable.status != 429:
            raise
        return skipped("Novu refuses more requests; see `novu.rate`")
    return ok(f"the key opens the environment {environment.name!r} ({environment.id})")


@check("key.environment", "the key opens the intended environment", "key.known")
def environment(context: Context) -> Finding:
    """Compare the environment's name with `novu:environment`."""
    actual, expected = context.environment, context.settings.environment
    if expected is None:
        return ok(f"{actual.name!r}; `novu:environment` is not set, so no name was compared")
    if actual.name == expected:
        return ok(f"{actual.name!r}, as configured")
    return failed(
        f"the key opens the environment {actual.name!r}, but {expected!r} is configured.",
        cause="The configured key belongs to a different environment. Each environment has its own key.",
        evidence=[f"the environment's id is {actual.id}"],
        fix=f"Set the key of {expected!r} here and in the application (dashboard, API Keys of that environment).",
    )


@check("key.permission", "the key has permission to read the environment", "key.known")
def permission(context: Context) -> Finding:
    """Send the requests that a plan needs."""
    for read in (lambda: context.stored_workflows, lambda: context.workflow_summaries):
        result = attempt(read)
        if isinstance(result, AccessDenied) and not isinstance(result, EndpointClosed):
            return failed_with(result)
        if isinstance(result, NovuError):
            raise result
    return ok("the key has permission to list the environment's workflows")


def _try_other_region(context: Context, rejected: KeyRejected) -> Finding:
    """Try the key in Novu Cloud's other region. The key of a self-hosted Novu is sent nowhere else."""
    api_url = context.settings.api_url
    other = next((name for name, url in bridge_urls.REGIONS.items() if url != api_url), None)
    if api_url not in bridge_urls.REGIONS.values() or other is None:
        return failed_with(rejected)
    context.report_progress(f"Novu Cloud does not know the key at {api_url}; trying its other region, {other}")
    url = bridge_urls.REGIONS[other]
    environment = attempt(context.connect_api(replace(context.settings, api_url=url)).environment)
    if isinstance(environment, NovuError):
        return failed_with(rejected, f"the same key was tried at {url}: {environment.what}")
    return failed(
        f"the key belongs to Novu Cloud's region {other}, but the API URL is {api_url}.",
        cause="The organization is in the other region. Each region has its own keys.",
        evidence=[f"at {url} the key opens the environment {environment.name!r}"],
        fix=f"Set `novu:region` to {other} (or NOVU_API_URL to {url}).",
    )


CHECKS = (form, known, environment, permission)
