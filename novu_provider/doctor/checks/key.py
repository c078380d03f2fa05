"""The key: its form, whether Novu knows it, which environment it opens, and what it may do there."""

from __future__ import annotations

import re
from dataclasses import replace

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped, warning
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import check
from novu_provider.errors import AccessDenied, EndpointClosed, KeyRejected, NovuError, NovuUnreachable
from novu_provider.model import bridge_urls

#: What Novu gives out. It is no rule: a key that Novu accepts is one.
_FORM = re.compile(r"[0-9a-f]{32}")


@check("key.form", "the secret key has the form of one")
def form(case: Context) -> Finding:
    """Look at the key's characters alone."""
    refused = case.refusal("secretKey")
    if refused is not None:
        return error(refused)
    key = case.settings.secret_key.get_secret_value()
    if _FORM.fullmatch(key):
        return ok("32 hexadecimal characters")
    looks = (
        "a token of a session"
        if key.startswith("ey")
        else "a key of Novu's keyless mode"
        if key.startswith("pk_")
        else "an application identifier"
        if re.fullmatch(r"[A-Za-z0-9_-]{12}", key)
        else "a key that was cut, or another secret"
    )
    return warning(
        f"the secret key has {len(key)} characters; Novu's keys have 32, all of 0-9 and a-f.",
        cause=f"What is set looks like {looks}.",
        fix="Set the secret key that the dashboard shows under API Keys.",
    )


@check("key.known", "Novu knows the key", "key.form", "novu.reachable")
def known(case: Context) -> Finding:
    """Ask which environment the key opens; of Novu Cloud, in its other region too."""
    try:
        environment = case.environment
    except KeyRejected as rejected:
        return _elsewhere(case, rejected)
    except NovuUnreachable as unreachable:
        if unreachable.status != 429:
            raise
        return skipped("Novu refuses more requests; see `novu.rate`")
    return ok(f"it opens the environment {environment.name!r} ({environment.id})")


@check("key.environment", "the key opens the intended environment", "key.known")
def environment(case: Context) -> Finding:
    """Compare the environment's name with the one that was stated."""
    found, wanted = case.environment, case.settings.environment
    if wanted is None:
        return ok(f"{found.name!r}; none was stated to compare with")
    if found.name == wanted:
        return ok(f"{found.name!r}, as stated")
    return failed(
        f"the key opens the environment {found.name!r}, and {wanted!r} is meant.",
        cause="The key of another environment is set: each environment has its own.",
        evidence=[f"the environment's id is {found.id}"],
        fix=f"Set the key of {wanted!r} (dashboard, API Keys, with that environment chosen), here and in the "
        "application.",
    )


@check("key.permission", "the key may read the environment", "key.known")
def permission(case: Context) -> Finding:
    """Read what a plan reads."""
    for read in (lambda: case.stored, lambda: case.listed):
        found = attempt(read)
        if isinstance(found, AccessDenied) and not isinstance(found, EndpointClosed):
            return error(found)
        if isinstance(found, NovuError):
            raise found
    return ok("it may list the environment's workflows")


def _elsewhere(case: Context, rejected: KeyRejected) -> Finding:
    """Try the key in the other region, where both are Novu Cloud's own; a self-hosted key goes nowhere else."""
    other = next((name for name, url in bridge_urls.REGIONS.items() if url != case.settings.api_url), None)
    if case.settings.api_url not in bridge_urls.REGIONS.values() or other is None:
        return error(rejected)
    case.say(f"Novu Cloud does not know the key at {case.settings.api_url}; asking its other region, {other}")
    url = bridge_urls.REGIONS[other]
    found = attempt(case.connect(replace(case.settings, api_url=url)).environment)
    if isinstance(found, NovuError):
        return error(rejected, f"{url} was asked as well, with the same key: {found.what}")
    return failed(
        f"the key belongs to Novu Cloud's region {other}, and {case.settings.api_url} was asked.",
        cause="The organisation lives in the other region; each region has keys of its own.",
        evidence=[f"{url} was asked as well: there the key opens the environment {found.name!r}"],
        fix=f"Set `novu:region` to {other} (or NOVU_API_URL to {url}).",
    )


EXAMINATIONS = (form, known, environment, permission)
