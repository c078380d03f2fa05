"""Why a bridge gives no answer: its name, its certificate, its port, or its time."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, BridgeFault, BridgeUnreachable


def unreachable(url: str, error: httpx.HTTPError, detail: str) -> BridgeError:
    """Give the error for a request that got no answer.

    :param detail: the error's own words, without secrets.
    """
    said = detail.rstrip(".") or "the connection was closed"
    if "SSL" in said or "CERTIFICATE" in said:
        return _no_tls(url, said)
    fault, why = _no_answer(urlsplit(url).netloc, error, said)
    return BridgeUnreachable(
        f"the bridge {url} cannot be reached: {said}.",
        why=why,
        fix="Check the URL and that the application is deployed. To plan without the bridge set `novu:manifest`; "
        "`novu:waitForBridge` is then the seconds that a rollout may take.",
        fault=fault,
    )


def _no_tls(url: str, said: str) -> BridgeError:
    host = urlsplit(url).netloc
    flaw = next((flaw for words, flaw in _FLAWS if words in said), None)
    return BridgeUnreachable(
        f"the bridge {url} cannot be reached: {said}.",
        why=f"The certificate of {host} {flaw}." if flaw else f"What answers at {host} does not speak TLS: plain HTTP?",
        fix="Use a certificate of a public authority for this very name, and renew it in time. That of a private "
        "authority is trusted with `novu:caBundle` (or NOVU_CA_BUNDLE).",
        fault="certificate",
    )


#: What OpenSSL says of a certificate, and what is wrong with it.
_FLAWS = (
    ("has expired", "has expired"),
    ("not yet valid", "is not valid yet, or this machine's clock is off"),
    ("Hostname mismatch", "is for another name"),
    ("IP address mismatch", "is for another name"),
    ("CERTIFICATE", "is self-signed, of a private authority, or sent without those above it"),
)


def slow(url: str, seconds: float) -> BridgeError:
    """Give the error for a bridge that did not answer in time."""
    return BridgeFault(
        f"the bridge {url} did not answer within {seconds:g} seconds.",
        why="The application is starting, overloaded, or waits for something itself. Novu gives it 5 seconds.",
        fix="Look at the application's log; keep discovery free of database and network calls.",
        fault="timeout",
    )


def _no_answer(host: str, error: httpx.HTTPError, said: str) -> tuple[Fault, str]:
    if not isinstance(error, httpx.ConnectError):
        return (
            "closed",
            f"{host} took the request and closed the connection: the application crashed or restarts, or a proxy did.",
        )
    if "refused" in said:
        return "refused", f"Nothing listens at {host}: the application is not started, or listens on another port."
    if "getaddrinfo" in said or "name" in said.lower():
        return "name", f"The name {host} does not resolve here: it is mistyped, or known in another network alone."
    return "unreachable", f"A firewall stands between, or {host} is down."
