"""What stands in front of an application and asks for a login, recognised by its answer.

The marks are those of the products themselves: Vercel answers 401 with ``x-vercel-error`` or sends to its SSO page, and
sets the cookie ``_vercel_sso_nonce``; Cloudflare Access sends to ``<team>.cloudflareaccess.com`` and the path
``/cdn-cgi/access/``; basic authentication is RFC 7617.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

_BODY = 65536


@dataclass(frozen=True)
class LoginProtection:
    """A product that guards an application, and how Novu gets past it."""

    product: str
    bypass: str


VERCEL = LoginProtection(
    "Vercel's deployment protection",
    "In the Vercel project's settings, under Deployment Protection, make a secret of Protection Bypass for Automation "
    "and set it as `novu:bypassToken` or VERCEL_AUTOMATION_BYPASS_SECRET. Production domains can be left unprotected.",
)
CLOUDFLARE = LoginProtection(
    "Cloudflare Access",
    "In Zero Trust add an application for the bridge's path with a policy of the action Bypass for everyone. A service "
    "token is of no use, since Novu sends no headers of its own. Each request to the bridge is signed.",
)
BASIC = LoginProtection(
    "basic authentication",
    "Exempt the bridge's path from it: each request to it is signed. Credentials in the URL are of no use, since Novu "
    "refuses such a URL.",
)


def recognize(response: httpx.Response) -> LoginProtection | None:
    """Say which product an answer comes from; None where it shows no mark of one."""
    host, path = _target(response)
    if _vercel(response, host, path):
        return VERCEL
    challenge = response.headers.get("www-authenticate", "").lower()
    if host.endswith(".cloudflareaccess.com") or "/cdn-cgi/access/" in path or "cloudflare-access" in challenge:
        return CLOUDFLARE
    if response.status_code == 403 and b"cloudflareaccess.com" in response.content[:_BODY]:
        return CLOUDFLARE
    return BASIC if challenge.startswith("basic") else None


def _target(response: httpx.Response) -> tuple[str, str]:
    """Give the host and the path that a redirect leads to, empty without one."""
    try:
        place = urlsplit(response.headers.get("location", ""))
        return (place.hostname or "").lower(), place.path
    except ValueError:
        return "", ""


def _vercel(response: httpx.Response, host: str, path: str) -> bool:
    if host == "vercel.com" and path.startswith(("/sso", "/login")):
        return True
    if "_vercel_sso_nonce" in response.headers.get("set-cookie", ""):
        return True
    refused = response.status_code in (401, 403)
    return refused and (
        response.headers.get("x-vercel-error", "").upper() in ("UNAUTHORIZED", "FORBIDDEN")
        or b"vercel.com/sso-api" in response.content[:_BODY]
    )
