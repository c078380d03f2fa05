"""Products that require a login in front of an application, recognized by their responses.

A product is recognized by the target of its redirect, by its headers and cookies, or by its HTML page. Such a page can
have the status 200. A page counts only if its purpose is a login: a manual may name the same products and link to them.
A JSON response is never a login, whatever text it contains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from novu_provider.http.bodies import read_text

#: The characters of a page that are searched.
_SEARCHED = 65536


@dataclass(frozen=True)
class LoginProtection:
    """A product that protects an application, and how to let Novu through.

    :param hosts: hosts of its login pages. A host that starts with a dot stands for its subdomains.
    :param paths: a pattern for paths of its login pages.
    :param headers: headers that only its refusals have.
    :param cookies: prefixes of cookies that it sets before a login.
    :param page: a pattern for its HTML page.
    """

    product: str
    bypass: str
    hosts: tuple[str, ...] = ()
    paths: re.Pattern[str] | None = None
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    page: re.Pattern[str] | None = None


VERCEL = LoginProtection(
    "Vercel's deployment protection",
    "Create a secret in the Vercel project (Deployment Protection, Protection Bypass for Automation), and run "
    "`pulumi config set --secret novu:bypassToken`. Or leave production domains unprotected.",
    cookies=("_vercel_sso_nonce",),
    page=re.compile(r"vercel\.com/sso-api|<title>[^<]*\bLog ?in\b[^<]*\bVercel</title>", re.IGNORECASE),
)
CLOUDFLARE = LoginProtection(
    "Cloudflare Access",
    "In Zero Trust, add an application for the bridge's path with a Bypass policy for everyone. Every request to the "
    "bridge is signed. Service tokens do not work, because Novu sends no additional headers.",
    hosts=(".cloudflareaccess.com",),
    paths=re.compile(r"/cdn-cgi/access/"),
    page=re.compile(r"<title>[^<]*Cloudflare Access</title>", re.IGNORECASE),
)
BASIC = LoginProtection(
    "basic authentication",
    "Exempt the bridge's path from it. Every request to the bridge is signed. Credentials in the URL do not work, "
    "because Novu refuses such a URL.",
)
OKTA = LoginProtection(
    "Okta",
    "Exempt the bridge's path from the login with Okta, in the application's middleware or in the access gateway. "
    "Every request to the bridge is signed.",
    hosts=(".okta.com", ".oktapreview.com", ".okta-emea.com"),
    page=re.compile(r"okta-sign-?in|okta-login-container|<title>[^<]*\bOkta\b", re.IGNORECASE),
)
AUTH0 = LoginProtection(
    "Auth0",
    "Exempt the bridge's path from the login with Auth0, in the matcher of the application's middleware. Every request "
    "to the bridge is signed.",
    hosts=(".auth0.com",),
    page=re.compile(r"cdn\.auth0\.com|auth0-lock|\bulp-box\b", re.IGNORECASE),
)
ENTRA = LoginProtection(
    "Microsoft Entra ID",
    "Exempt the bridge's path: `excludedPaths` of App Service Authentication, or the rule of the application proxy. "
    "Every request to the bridge is signed.",
    hosts=(
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.microsoft.com",
        "login.windows.net",
        ".b2clogin.com",
        ".ciamlogin.com",
    ),
    paths=re.compile(r"^/\.auth/login/"),
    page=re.compile(
        r"aadcdn\.ms(?:ft)?auth(?:images)?\.net|<title>[^<]*Sign in to your account</title>", re.IGNORECASE
    ),
)
GOOGLE_IAP = LoginProtection(
    "Google's Identity-Aware Proxy",
    "Serve the bridge's path from a backend service without IAP. Every request to the bridge is signed.",
    hosts=("accounts.google.com",),
    headers=("x-goog-iap-generated-response",),
    cookies=("GCP_IAP_", "GCP_IAAP_"),
    page=re.compile(r"<title>[^<]*Sign in [-–] Google Accounts</title>", re.IGNORECASE),
)
KEYCLOAK = LoginProtection(
    "Keycloak",
    "Exempt the bridge's path from the login with Keycloak, in the application's middleware or in the gatekeeper. "
    "Every request to the bridge is signed.",
    paths=re.compile(r"/realms/[^/]+/(?:protocol/(?:openid-connect/auth|saml)|login-actions/)"),
    page=re.compile(r"kc-form-login|\bkc-page-title\b|/realms/[^/\"']+/login-actions/", re.IGNORECASE),
)
OAUTH2_PROXY = LoginProtection(
    "oauth2-proxy",
    "Add the bridge's path to `--skip-auth-route`. Every request to the bridge is signed.",
    paths=re.compile(r"^/oauth2/(?:start|sign_in)\b"),
    cookies=("_oauth2_proxy",),
    page=re.compile(r"oauth2-proxy/oauth2-proxy|action\s*=\s*[\"']?/oauth2/(?:start|sign_in)\b", re.IGNORECASE),
)

#: The products with marks of their own, in the order in which they are looked for.
PRODUCTS = (VERCEL, CLOUDFLARE, OAUTH2_PROXY, GOOGLE_IAP, KEYCLOAK, AUTH0, OKTA, ENTRA)


def recognize(response: httpx.Response) -> LoginProtection | None:
    """Return the product that sent a response. None if no product is recognized."""
    is_refused = response.status_code in (401, 403)
    page = _page(response)
    if not (is_refused or is_login_page(response) or _is_bare(page)):
        page = ""
    if not (is_refused or response.is_redirect or page):
        return None
    redirect = _location(response.headers.get("location", "") if response.is_redirect else "")
    if _is_vercel_refusal(response, *redirect, is_refused):
        return VERCEL
    challenge = response.headers.get("www-authenticate", "").lower()
    if "cloudflare-access" in challenge or (response.status_code == 403 and "cloudflareaccess.com" in page):
        return CLOUDFLARE
    targets = [redirect, *map(_location, _automatic_targets(page))]
    product = next((product for product in PRODUCTS if _has_marks(product, response, targets, page)), None)
    if product is not None:
        return product
    return BASIC if challenge.startswith("basic") else None


def is_login_page(response: httpx.Response) -> bool:
    """Whether a response is an HTML page whose purpose is a login, of any product or of the application itself."""
    page = _page(response)
    return bool(_PASSWORD_FIELD.search(page)) or _has_login_title(page)


#: A field of a login form.
_PASSWORD_FIELD = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)</title>", re.IGNORECASE)
#: A title such as "Sign in", "Acme | Log in" or "Log in to Acme". Not "How to sign in", and not "Sign in with Acme",
#: which is a page of a manual as well.
_LOGIN_TITLE = re.compile(
    r"(?:please )?(?:sign|log)[ -]?[io]n(?: (?:to|at) .+)?|(?:authentication|login|sign[ -]?in) required"
    r"|single sign[ -]on|access denied: please log in",
    re.IGNORECASE,
)
_TITLE_SEPARATORS = re.compile(r"\s+[-–—|·・•:]\s+|\s*[|·・•]\s*")
#: A page with less visible text than this only leads somewhere else.
_BARE = 200
#: Scripts, styles, the title and tags.
_INVISIBLE = re.compile(r"<(script|style|title|noscript)\b.*?</\1\s*>|<[^>]*>|\s+", re.IGNORECASE | re.DOTALL)
#: Targets to which a page leads without a click on a link: a form, a refresh, and a redirect by a script.
_AUTOMATIC_TARGET = re.compile(
    r"(?:<form\b[^>]*\baction\s*=\s*[\"']?|http-equiv\s*=\s*[\"']?refresh[^>]*\burl\s*=\s*[\"']?"
    r"|\blocation(?:\.href)?\s*=\s*[\"']|\blocation\.(?:replace|assign)\(\s*[\"'])([^\"'\s<>]+)",
    re.IGNORECASE,
)


def _page(response: httpx.Response) -> str:
    """Return the HTML page of a response, cut to the searched length. Empty for any other response."""
    text = read_text(response)[:_SEARCHED]
    is_html = "html" in response.headers.get("content-type", "") or text.lstrip()[:1] == "<"
    return text if is_html else ""


def _is_bare(page: str) -> bool:
    """Whether a page shows next to no text, as a page that only leads to a login."""
    return bool(page) and len(_INVISIBLE.sub("", page).strip()) < _BARE


def _has_login_title(page: str) -> bool:
    match = _TITLE.search(page)
    parts = _TITLE_SEPARATORS.split(match[1].strip()) if match else []
    return any(_LOGIN_TITLE.fullmatch(part.strip()) for part in parts)


def _automatic_targets(page: str) -> list[str]:
    return [match[1] for match in _AUTOMATIC_TARGET.finditer(page)]


def _has_marks(product: LoginProtection, response: httpx.Response, targets: list[tuple[str, str]], page: str) -> bool:
    cookies = response.headers.get_list("set-cookie")
    return (
        any(_is_host_of(product, host) for host, _ in targets)
        or any(product.paths is not None and product.paths.search(path) for _, path in targets)
        or any(name in response.headers for name in product.headers)
        or any(cookie.startswith(prefix) for cookie in cookies for prefix in product.cookies)
        or (product.page is not None and bool(page) and product.page.search(page) is not None)
    )


def _is_host_of(product: LoginProtection, host: str) -> bool:
    return any(host.endswith(name) if name.startswith(".") else host == name for name in product.hosts)


def _location(url: str) -> tuple[str, str]:
    """Return the host and the path of a URL. Both are empty for an invalid one."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", ""


def _is_vercel_refusal(response: httpx.Response, host: str, path: str, is_refused: bool) -> bool:
    if host == "vercel.com" and path.startswith(("/sso", "/login")):
        return True
    return is_refused and response.headers.get("x-vercel-error", "").upper() in ("UNAUTHORIZED", "FORBIDDEN")
