"""Errors for a bridge that does not respond: host name, certificate, port, or timeout."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from novu_provider.bridge.response_errors import Fault
from novu_provider.errors import BridgeError, BridgeFault, BridgeUnreachable


def unreachable(url: str, error: httpx.HTTPError, detail: str) -> BridgeError:
    """Return the error for a request without a response.

    :param detail: the message of ``error``, without secrets.
    """
    message = detail.rstrip(".") or "the connection was closed"
    if "SSL" in message or "CERTIFICATE" in message:
        return _tls_failed(url, message)
    fault, cause = _diagnose(urlsplit(url).netloc, error, message)
    return BridgeUnreachable(
        f"the bridge {url} is not reachable: {message}.",
        why=cause,
        fix="Check the URL and that the application is deployed. To plan without the bridge, set `novu:manifest`. "
        "During a rollout, also set `novu:waitForBridge` (seconds).",
        fault=fault,
    )


def _tls_failed(url: str, message: str) -> BridgeError:
    host = urlsplit(url).netloc
    problem = next((problem for words, problem in _CERTIFICATE_PROBLEMS if words in message), None)
    cause = f"The certificate of {host} {problem}." if problem else f"The server at {host} does not use TLS."
    return BridgeUnreachable(
        f"the bridge {url} is not reachable: {message}.",
        why=cause,
        fix="Use a valid certificate of a public authority for this host name. To trust a private authority, set "
        "`novu:caBundle` (or NOVU_CA_BUNDLE).",
        fault="certificate",
    )


#: Words in OpenSSL's message, and the problem of the certificate.
_CERTIFICATE_PROBLEMS = (
    ("has expired", "has expired"),
    ("not yet valid", "is not valid yet, or the clock of this machine is wrong"),
    ("Hostname mismatch", "is for another host name"),
    ("IP address mismatch", "is for another host name"),
    ("CERTIFICATE", "is self-signed, issued by a private authority, or sent without its intermediate certificates"),
)


def timed_out(url: str, seconds: float) -> BridgeError:
    """Return the error for a bridge that did not respond in time."""
    return BridgeFault(
        f"the bridge {url} did not respond within {seconds:g} seconds.",
        why="The application is starting, is overloaded, or waits for another service. Novu's limit is 5 seconds.",
        fix="Check the application's log. Do not call databases or other services during discover.",
        fault="timeout",
    )


def _diagnose(host: str, error: httpx.HTTPError, message: str) -> tuple[Fault, str]:
    """Return the fault and its likely cause."""
    if not isinstance(error, httpx.ConnectError):
        return (
            "closed",
            f"{host} accepted the request and closed the connection. The application or a proxy crashed or restarts.",
        )
    if "refused" in message:
        return "refused", f"Nothing listens at {host}. The application is not running, or uses another port."
    if "getaddrinfo" in message or "name" in message.lower():
        return "name", f"The name {host} does not resolve. It is mistyped, or exists only in another network."
    return "unreachable", f"A firewall blocks the connection, or {host} is down."
