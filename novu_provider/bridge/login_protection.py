"""Products that require a login in front of an application, recognized by their responses.

Vercel returns 401 with ``x-vercel-error`` or redirects to its SSO page, and sets the cookie ``_vercel_sso_nonce``.
Cloudflare Access redirects to ``<team>.cloudflareaccess.com`` and the path ``/cdn-cgi/access/``. Basic authentication
is RFC 7617.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

#: The bytes of a body that are searched.
_SEARCHED = 65536


@dataclass(frozen=True)
class LoginProtection:
    """A product that protects an application, and how to let Novu through."""

    product: str
    bypass: str


VERCEL = LoginProtection(
    "Vercel's deployment protection",
    "Create a secret in the Vercel project (Deployment Protection, Protection Bypass for Automation), and run "
    "`pulumi config set --secret novu:bypassToken`. Or leave production domains unprotected.",
)
CLOUDFLARE = LoginProtection(
    "Cloudflare Access",
    "In Zero Trust, add an application for the bridge's path with a Bypass policy for everyone. Every request to the "
    "bridge is signed. Service tokens do not work, because Novu sends no additional headers.",
)
BASIC = LoginProtection(
    "basic authentication",
    "Exempt the bridge's path from it. Every request to the bridge is signed. Credentials in the URL do not work, "
    "because Novu refuses such a URL.",
)


def recognize(response: httpx.Response) -> LoginProtection | None:
    """Return the product that sent a response. None if no product is recognized."""
    host, path = _redirect_location(response)
    if _is_vercel(response, host, path):
        return VERCEL
    challenge = response.headers.get("www-authenticate", "").lower()
    if host.endswith(".cloudflareaccess.com") or "/cdn-cgi/access/" in path or "cloudflare-access" in challenge:
        return CLOUDFLARE
    if response.status_code == 403 and b"cloudflareaccess.com" in response.content[:_SEARCHED]:
        return CLOUDFLARE
    return BASIC if challenge.startswith("basic") else None


def _redirect_location(response: httpx.Response) -> tuple[str, str]:
    """Return the host and the path of a redirect. Both are empty without a redirect."""
    try:
        location = urlsplit(response.headers.get("location", ""))
        return (location.hostname or "").lower(), location.path
    except ValueError:
        return "", ""


def _is_vercel(response: httpx.Response, host: str, path: str) -> bool:
    if host == "vercel.com" and path.startswith(("/sso", "/login")):
        return True
    if "_vercel_sso_nonce" in response.headers.get("set-cookie", ""):
        return True
    return response.status_code in (401, 403) and (
        response.headers.get("x-vercel-error", "").upper() in ("UNAUTHORIZED", "FORBIDDEN")
        or b"vercel.com/sso-api" in response.content[:_SEARCHED]
    )
