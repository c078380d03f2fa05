"""Authentication in front of the bridge: what asks for a login, and the token that gets past it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from novu_provider.bridge.response_errors import Fault
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Finding, error, failed, ok, skipped
from novu_provider.doctor.result import bridge_error_if
from novu_provider.doctor.runner import check
from novu_provider.model import bridge_urls

_BYPASS: tuple[Fault, ...] = ("bypass-missing", "bypass-wrong")


@check("authentication.login", "nothing asks for a login", "url.certificate")
def login(case: Context) -> Finding:
    """Look for middleware, an access proxy or a deployment protection."""
    if bridge_error_if(case.health, *_BYPASS) is not None:
        return skipped("it is Vercel's deployment protection that answers; see `authentication.bypass`")
    found = bridge_error_if(case.health, "login")
    if found is not None:
        return error(found)
    return ok("nothing in front of the bridge asks for a login")


@check("authentication.token", "there is one bypass token at most", "url.form")
def token(case: Context) -> Finding:
    """Look for two of Vercel's bypass tokens, in the URL and in the settings or both in the URL."""
    twice = case.refusal("bypassToken")
    if twice is not None:
        return error(twice)
    url = case.given_url or case.environment.bridge_url
    count = sum(
        key == bridge_urls.BYPASS_PARAMETER for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)
    )
    if count > 1:
        return failed(
            f"the bridge URL's query has {bridge_urls.BYPASS_PARAMETER} {count} times.",
            cause="The token was joined to a URL that had it already; Vercel reads one of them.",
            fix="Take the token out of the URL and set `novu:bypassToken`; it is joined when a request is made.",
        )
    return ok("there is one bypass token" if case.token else "there is no bypass token")


@check("authentication.bypass", "the bypass token is there where it is needed, and fits", "url.certificate")
def bypass(case: Context) -> Finding:
    """Look whether Vercel asks for a token, or refuses the one that it got."""
    found = bridge_error_if(case.health, *_BYPASS)
    if found is not None:
        return error(found)
    return ok("nothing refuses the bypass token" if case.token else "no bypass token is needed")


EXAMINATIONS = (login, token, bypass)
