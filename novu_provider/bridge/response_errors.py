"""What a bridge's answer means: the discover document, or the error that names what stands in its way."""

from __future__ import annotations

import re
from typing import Any, Literal

import httpx

from novu_provider.bridge.login_protection import VERCEL, recognize
from novu_provider.errors import BridgeError, BridgeFault, BridgeLocked, NotABridge, SignatureRefused
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls

#: What can be wrong with a bridge, as :attr:`novu_provider.errors.BridgeError.fault` says it: nothing answers; what is
#: in front of the application does; the application does, but not there; it fails; it does not accept the signature.
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
    "status",
    "too-large",
    "key-missing",
    "key-differs",
    "unsigned",
    "expired",
]

#: The most bytes that Novu reads of an answer (its safe outbound client, 25 MiB).
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
    """Give the JSON of a bridge's answer.

    :param url: the bridge URL as messages show it; the request's own has the bypass token.
    :raises BridgeError: the answer is an error, a redirect elsewhere, a page, or no JSON.
    """
    body, is_json = _json(response)
    code = body.get("code") if isinstance(body, dict) else None
    if code in _SIGNATURE_CODES:
        raise _signature(str(code), url, redactor.clean(body.get("message", "")))
    locked = _locked(response, url, redactor)
    if locked is not None:
        raise locked
    if response.is_redirect:
        raise _redirect(url, redactor.clean(response.headers.get("location", "")))
    if response.status_code >= 400:
        raise _status(response, url, body, redactor)
    if not is_json:
        raise _not_json(response, url)
    if len(response.content) > LARGEST:
        raise BridgeFault(
            f"the bridge {url} answers with {len(response.content):,} bytes; Novu reads {LARGEST:,} at most.",
            why="The schemas or the code of its steps are very large, or a file is bundled into a step.",
            fix="Move what is large out of the steps' functions, or serve fewer workflows at one bridge.",
            fault="too-large",
        )
    return body


def _json(response: httpx.Response) -> tuple[Any, bool]:
    """Give the answer's JSON and whether it is any: `null` is."""
    try:
        return response.json(), True
    except ValueError:
        return None, False


def _signature(code: str, url: str, message: str) -> BridgeError:
    if code == "SignatureExpiredError":
        return SignatureRefused(
            f"the bridge {url} says that the signature has expired, also for a fresh one.",
            why="The clock of this machine and the clock of the application differ by more than five minutes.",
            fix="Set both clocks by a time server.",
            prop="bridgeUrl",
            fault="expired",
        )
    if code == "SigningKeyNotFoundError":
        return _no_key(url)
    if code == "SignatureNotFoundError":
        return SignatureRefused(
            f"the bridge {url} says that the request has no signature.",
            why="A proxy or a redirect in front of the application drops the header `novu-signature`.",
            fix="Let the header through, and set the URL at which the application answers itself.",
            prop="bridgeUrl",
            fault="unsigned",
        )
    # What follows in the framework's message is advice for whoever writes a client of a bridge.
    said = message.split(". ", maxsplit=1)[0].rstrip(".")
    return SignatureRefused(
        f"the bridge {url} does not accept the signature made with this stack's key: {said}.",
        why="The application holds the key of another environment as NOVU_SECRET_KEY, or this stack's key is wrong.",
        fix="Give the application and this stack (`novu:secretKey` or NOVU_SECRET_KEY) the key of the same "
        "environment. The dashboard shows it under API Keys.",
        fault="key-differs",
    )


def _no_key(url: str) -> BridgeError:
    return SignatureRefused(
        f"the application behind {url} has no secret key: it cannot check a signature.",
        why="NOVU_SECRET_KEY is not set where the application runs.",
        fix="Set NOVU_SECRET_KEY there to the key of this stack's environment and deploy again.",
        prop="bridgeUrl",
        fault="key-missing",
    )


def _locked(response: httpx.Response, url: str, redactor: Redactor) -> BridgeError | None:
    """Give the error for an answer that asks for a login, and name the product that does where it shows."""
    product = recognize(response)
    refused = response.status_code in (401, 403)
    location = response.headers.get("location", "")
    login = response.is_redirect and _LOGIN.search(location.partition("?")[0])
    if not refused and not login and product is None:
        return None
    target = redactor.clean(location).split("?", maxsplit=1)[0]
    does = f"redirects to {target}" if response.is_redirect else f"answers {response.status_code}"
    if product is None:
        return BridgeLocked(
            f"the bridge {url} {does}: something in front of it asks for a login.",
            why="A deployment protection (Vercel), an access proxy or the application's own middleware guards it.",
            fix="Exempt the bridge's path: each request to it is signed. For Vercel previews set `novu:bypassToken` "
            "to the project's Protection Bypass for Automation.",
            fault="login",
        )
    _, token = bridge_urls.split_bypass(str(response.request.url))
    if product is VERCEL and token:
        return BridgeLocked(
            f"the bridge {url} {does}: {product.product} does not accept the bypass token.",
            why="The token was rotated, belongs to another Vercel project, or is newer than the deployment.",
            fix="Set `novu:bypassToken` (or VERCEL_AUTOMATION_BYPASS_SECRET) to the project's secret for Protection "
            "Bypass for Automation as it is now.",
            prop="bypassToken",
            fault="bypass-wrong",
        )
    return BridgeLocked(
        f"the bridge {url} {does}: {product.product} asks for a login.",
        why="It guards the bridge's path as well, and Novu cannot log in.",
        fix=product.bypass,
        prop="bypassToken" if product is VERCEL else None,
        fault="bypass-missing" if product is VERCEL else "login",
    )


#: Paths that login pages have.
_LOGIN = re.compile(r"log-?in|sign-?in|/auth\b|/sso|/oauth|/saml", re.IGNORECASE)


#: A field that only a login has.
_PASSWORD = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)


def _redirect(url: str, target: str) -> BridgeError:
    shown = target.split("?", maxsplit=1)[0]
    return BridgeLocked(
        f"the bridge {url} redirects to {shown or 'another address'}.",
        why="That is a login page, or the application has another address. Novu does not carry the signature there.",
        fix="Set the URL at which the application answers itself, and exempt that path from the login.",
        fault="redirect",
    )


def _status(response: httpx.Response, url: str, body: Any, redactor: Redactor) -> BridgeError:
    status = response.status_code
    said = redactor.clean(body["message"]) if isinstance(body, dict) and isinstance(body.get("message"), str) else ""
    if status == 404:
        return BridgeFault(
            f"the bridge {url} answers 404: nothing is served at that path.",
            why="The path is wrong (often it is /api/novu), or the deployment is not there yet.",
            fix="Open the URL with `?action=health-check`: a bridge answers with JSON that says `status: ok`.",
            fault="not-found",
        )
    if status == 405:
        return BridgeFault(
            f"the bridge {url} answers 405: it takes no GET there.",
            why="The route is served for POST alone; @novu/framework needs GET, POST and OPTIONS.",
            fix="Export all three methods that `serve(…)` gives.",
            fault="method",
        )
    if b"Missing secret key" in response.content:
        # What @novu/framework 2.13 throws where a route is made without a key; the page shows it.
        return _no_key(url)
    return BridgeFault(
        f"the bridge {url} answers {status}{f': {said}' if said else ''}.",
        why="The application fails while it lists its workflows, or a gateway in front of it does.",
        fix="Look at the application's log. A rollout that is under way is waited for with `novu:manifest` and "
        "`novu:waitForBridge`.",
        fault="status",
    )


def _not_json(response: httpx.Response, url: str) -> BridgeError:
    kind = response.headers.get("content-type", "no content type").split(";")[0]
    if "html" in kind or response.text.lstrip()[:1] == "<":
        if _PASSWORD.search(response.text):
            return BridgeLocked(
                f"the bridge {url} answers with a login page.",
                why="The application's own middleware leads there, or a proxy does. Novu would take this page for a "
                "bridge without workflows and delete every one of the environment.",
                fix="Exempt the bridge's path from the login: each request to it is signed.",
                fault="login",
            )
        return NotABridge(
            f"the bridge {url} answers with a web page.",
            why="The path is wrong, or a login page answers in the bridge's place. Novu would take this page for a "
            "bridge without workflows and delete every one of the environment.",
            fix="Set the URL at which the application serves @novu/framework, and exempt it from the login.",
            fault="page",
        )
    if not response.content.strip():
        return NotABridge(
            f"the bridge {url} answers {response.status_code} with nothing.",
            why="A function that returned too early, or another application, answers there.",
            fix="Look at the application's log; the route must return what the handler of `serve(…)` gives.",
            fault="empty",
        )
    return NotABridge(
        f"the bridge {url} answers with {kind} that is no JSON ({len(response.content)} bytes).",
        why="The answer was cut on its way, or another application answers.",
        fix="Open the bridge URL with `?action=discover` and look at the answer.",
        fault="not-json",
    )
