"""Checks of the authentication in front of the bridge: a login, and the bypass token."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from novu_provider.bridge.response_errors import Fault
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, failed, failed_with, ok, skipped
from novu_provider.doctor.result import bridge_error_if
from novu_provider.doctor.runner import check
from novu_provider.model import bridge_urls

_BYPASS_FAULTS: tuple[Fault, ...] = ("bypass-missing", "bypass-wrong")


@check("authentication.login", "nothing asks for a login", "url.certificate")
def login(context: Context) -> Finding:
    """Find middleware, an access proxy or deployment protection that asks for a login."""
    if bridge_error_if(context.health_response, *_BYPASS_FAULTS) is not None:
        return skipped("Vercel's deployment protection answers; see `authentication.bypass`")
    error = bridge_error_if(context.health_response, "login")
    if error is not None:
        return failed_with(error)
    return ok("nothing in front of the bridge asks for a login")


@check("authentication.token", "there is at most one bypass token", "url.form")
def token(context: Context) -> Finding:
    """Find two of Vercel's bypass tokens: one in the URL and one in the settings, or both in the URL."""
    error = context.setting_error("bypassToken")
    if error is not None:
        return failed_with(error)
    url = context.configured_url or context.environment.bridge_url
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    count = sum(name == bridge_urls.BYPASS_PARAMETER for name, _ in query)
    if count > 1:
        return failed(
            f"the bridge URL's query contains {bridge_urls.BYPASS_PARAMETER} {count} times.",
            cause="The token was added to a URL that already had one. Vercel reads only one of them.",
            fix="Remove the token from the URL and set `novu:bypassToken`. The provider adds it to each request.",
        )
    return ok("there is one bypass token" if context.bypass_token else "there is no bypass token")


@check("authentication.bypass", "the bypass token is valid, if one is needed", "url.certificate")
def bypass(context: Context) -> Finding:
    """Find a missing or invalid bypass token."""
    error = bridge_error_if(context.health_response, *_BYPASS_FAULTS)
    if error is not None:
        return failed_with(error)
    return ok("nothing refuses the bypass token" if context.bypass_token else "no bypass token is needed")


CHECKS = (login, token, bypass)
