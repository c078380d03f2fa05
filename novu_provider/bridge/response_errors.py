"""The JSON of a bridge's response, or the error that names its cause."""

from __future__ import annotations

import re
from typing import Any, Literal

import httpx

from novu_provider.bridge.login_protection import VERCEL, is_login_page, recognize
from novu_provider.errors import BridgeError, BridgeFault, BridgeLocked, NotABridge, SignatureRefused
from novu_provider.http.bodies import NO_JSON, read_json, read_text
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.text.untrusted import make_visible

#: The most characters of a message or a redirect of a bridge.
_MAX_LENGTH = 1000

#: The values of :attr:`novu_provider.errors.BridgeError.fault`. In this order: no response, a response of a product in
#: front of the application, a response that is not a bridge's, a failing application, a refused signature.
Fault = Literal[
    "url",
    "name",
    "certificate",
    "refused",
    "unreachable",
    "closed",
    "timeout",
    "redirect",
    "login",
    "bypass-missing",
    "bypass-wrong",
    "not-found",
    "method",
    "page",
    "empty",
    "not-json",
    "unavailable",
    "status",
    "too-large",
    "key-missing",
    "key-differs",
    "unsigned",
    "expired",
]

#: The most bytes of a response that Novu reads (its safe outbound client, 25 MiB).
LARGEST = 25 * 1024 * 1024

_SIGNATURE_CODES = (
    "SignatureNotFoundError",
    "SignatureMismatchError",
    "SignatureInvalidError",
    "SignatureVersionInvalidError",
    "SignatureExpiredError",
    "SigningKeyNotFoundError",
)


def read_document(response: httpx.Response, url: str, redactor: Redactor) -> Any:
    """Return the JSON of a bridge's response.

    :param url: the bridge URL for messages. The URL of the request contains the bypass token.
    :raises BridgeError: the response is an error, a redirect to another host, a page, or not JSON.
    """
    body = read_json(response)
    code = body.get("code") if isinstance(body, dict) else None
    if code in _SIGNATURE_CODES:
        raise _signature_refused(str(code), url, _visible(redactor, body.get("message", "")))
    login_required = _login_required(response, url, redactor)
    if login_required is not None:
        raise login_required
    if response.is_redirect:
        raise _redirected(url, _visible(redactor, response.headers.get("location", "")))
    if response.status_code >= 400:
        raise _failed(response, url, body, redactor)
    if body is NO_JSON:
        raise _not_json(response, url)
    return body


def too_large(url: str, max_bytes: int) -> BridgeError:
    """Return the error for a response that was longer than Novu reads. Its rest was not read."""
    return BridgeFault(
        f"the bridge {url} returned more than {max_bytes:,} bytes, the most that Novu reads.",
        why="The schemas or the code of its steps are very large, or a file is bundled into a step.",
        fix="Move large data out of the steps' functions, or serve fewer workflows at one bridge.",
        fault="too-large",
    )


def _signature_refused(code: str, url: str, message: str) -> BridgeError:
    if code == "SignatureExpiredError":
        return SignatureRefused(
            f"the bridge {url} refused two signatures as expired.",
            why="The clocks of this machine and of the application differ by more than five minutes (clock skew).",
            fix="Synchronize both clocks with a time server (NTP).",
            prop="bridgeUrl",
            fault="expired",
        )
    if code == "SigningKeyNotFoundError":
        return _no_key(url)
    if code == "SignatureNotFoundError":
        return SignatureRefused(
            f"the bridge {url} got a request without a signature.",
            why="A proxy or a redirect in front of the application removes the header `novu-signature`.",
            fix="Let the header through, and set the URL at which the application itself answers.",
            prop="bridgeUrl",
            fault="unsigned",
        )
    # The framework's further sentences are advice for authors of a bridge client.
    first_sentence = message.split(". ", maxsplit=1)[0].rstrip(".")
    return SignatureRefused(
        f"the bridge {url} rejected the signature made with this stack's key: {first_sentence}.",
        why="The application's NOVU_SECRET_KEY is the key of another environment, or this stack's key is wrong.",
        fix="Set NOVU_SECRET_KEY of the application and `novu:secretKey` of this stack to the key of the same "
        "environment. The dashboard shows it under API Keys.",
        fault="key-differs",
    )


def _no_key(url: str) -> BridgeError:
    return SignatureRefused(
        f"the application behind {url} has no secret key, so it cannot check signatures.",
        why="NOVU_SECRET_KEY is not set for the application.",
        fix="Set NOVU_SECRET_KEY of the application to the key of this stack's environment, and deploy it again.",
        prop="bridgeUrl",
        fault="key-missing",
    )


def _login_required(response: httpx.Response, url: str, redactor: Redactor) -> BridgeError | None:
    """Return the error for a response that requires a login. It names the product, if one is recognized."""
    product = recognize(response)
    is_refused = response.status_code in (401, 403)
    location = response.headers.get("location", "")
    leads_to_login = response.is_redirect and _LOGIN_PATH.search(location.partition("?")[0])
    if not is_refused and not leads_to_login and product is None:
        return None
    target = _without_query(_visible(redactor, location))
    action = f"redirects to {target}" if response.is_redirect else f"returned {response.status_code}"
    if product is None:
        return BridgeLocked(
            f"the bridge {url} {action}: it requires a login.",
            why="A deployment protection (Vercel), an access proxy or the application's middleware protects it.",
            fix="Exempt the bridge's path from the login. Every request to the bridge is signed. For Vercel previews, "
            "run `pulumi config set --secret novu:bypassToken`.",
            fault="login",
        )
    _, token = bridge_urls.split_bypass(str(response.request.url))
    if product is VERCEL and token:
        return BridgeLocked(
            f"the bridge {url} {action}: {product.product} rejected the bypass token.",
            why="The token was rotated, belongs to another Vercel project, or is newer than the deployment.",
            fix="Copy the project's current secret (Deployment Protection, Protection Bypass for Automation) and run "
            "`pulumi config set --secret novu:bypassToken`.",
            prop="bypassToken",
            fault="bypass-wrong",
        )
    return BridgeLocked(
        f"the bridge {url} {action}: {product.product} requires a login.",
        why="It also protects the bridge's path, and Novu cannot log in.",
        fix=product.bypass,
        prop="bypassToken" if product is VERCEL else None,
        fault="bypass-missing" if product is VERCEL else "login",
    )


#: Paths of login pages.
_LOGIN_PATH = re.compile(r"log-?in|sign-?in|/auth\b|/sso|/oauth|/saml", re.IGNORECASE)


def _redirected(url: str, location: str) -> BridgeError:
    target = _without_query(location)
    return BridgeLocked(
        f"the bridge {url} redirects to {target or 'another address'}.",
        why="That is a login page or the application's new address. Novu does not send the signature there.",
        fix="Set the URL at which the application itself answers, and exempt that path from the login.",
        fault="redirect",
    )


def invalid_redirect(url: str, location: str) -> BridgeError:
    """Return the error for a redirect to something that is not a URL.

    :param location: the header ``Location``, without secrets.
    """
    return BridgeFault(
        f"the bridge {url} redirects to {make_visible(_without_query(location))!r}, which is not a valid URL.",
        why="The application or a proxy in front of it builds the header `Location` from a wrong setting.",
        fix=f"Run `curl -i '{_health_check_url(url)}'`, and correct the redirect. Or set the URL at which the "
        "application itself answers.",
        fault="redirect",
    )


def _visible(redactor: Redactor, text: object) -> str:
    """Return a text of the bridge without secrets and control characters."""
    return make_visible(redactor.clean(text), _MAX_LENGTH)


def _without_query(location: str) -> str:
    """Return a redirect's target without its query, which can contain tokens."""
    return location.split("?", maxsplit=1)[0]


def _failed(response: httpx.Response, url: str, body: Any, redactor: Redactor) -> BridgeError:
    status = response.status_code
    message = (
        _visible(redactor, body["message"]) if isinstance(body, dict) and isinstance(body.get("message"), str) else ""
    )
    if status == 404:
        return BridgeFault(
            f"the bridge {url} returned 404: there is no bridge at this path.",
            why="The path is wrong (it is often /api/novu), or the application is not deployed yet.",
            fix=f"Run `curl '{_health_check_url(url)}'`. A bridge returns JSON with `status: ok`.",
            fault="not-found",
        )
    if status == 405:
        return BridgeFault(
            f"the bridge {url} returned 405: it does not accept GET.",
            why="The route only serves POST. @novu/framework needs GET, POST and OPTIONS.",
            fix="Export all three methods that `serve(…)` returns: GET, POST, OPTIONS.",
            fault="method",
        )
    if b"Missing secret key" in response.content:
        # @novu/framework 2.13 throws this error for a route without a key, and the error page contains it.
        return _no_key(url)
    what = f"the bridge {url} returned {status}{f': {message}' if message else ''}."
    if status >= 500 or status in _PASSING:
        return BridgeFault(
            what,
            why="The application fails while it lists its workflows, or a gateway in front of it fails.",
            fix="Check the application's log. To wait for a rollout, set `novu:manifest` and `novu:waitForBridge`.",
            fault="unavailable",
        )
    return BridgeFault(
        what,
        why="The application or a gateway in front of it refuses the request.",
        fix="Check the log of the application and of the gateway.",
        fault="status",
    )


#: Statuses below 500 that pass by themselves: request timeout, too early, too many requests.
_PASSING = (408, 425, 429)


def _not_json(response: httpx.Response, url: str) -> BridgeError:
    content_type = make_visible(response.headers.get("content-type", "no content type").split(";")[0])
    page = read_text(response)
    if "html" in content_type or page.lstrip()[:1] == "<":
        if is_login_page(response):
            return BridgeLocked(
                f"the bridge {url} returned a login page.",
                why="The application's middleware or a proxy requires a login. Novu would read this page as a bridge "
                "without workflows, and delete all workflows of the environment.",
                fix="Exempt the bridge's path from the login. Every request to the bridge is signed.",
                fault="login",
            )
        return NotABridge(
            f"the bridge {url} returned a web page.",
            why="The path is wrong, or a login page answers instead of the bridge. Novu would read this page as a "
            "bridge without workflows, and delete all workflows of the environment.",
            fix="Set the URL at which the application serves @novu/framework, and exempt it from the login.",
            fault="page",
        )
    if not response.content.strip():
        return NotABridge(
            f"the bridge {url} returned {response.status_code} without a body.",
            why="A function returned too early, or another application answers.",
            fix="Check the application's log. The route must return the response of the handler from `serve(…)`.",
            fault="empty",
        )
    return NotABridge(
        f"the bridge {url} returned {content_type} that is not JSON ({len(response.content)} bytes).",
        why="The response was truncated, or another application answers.",
        fix=f"Run `curl -i '{_health_check_url(url)}'` and look at the response.",
        fault="not-json",
    )


def _health_check_url(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}action=health-check"
