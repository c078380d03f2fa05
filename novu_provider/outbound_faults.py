"""What Novu says when it cannot call a bridge: one sentence without a code, and what it means.

The sentences are those of Novu 3.19.0: a sync answers 400 with one, `/v1/bridge/validate` gives it as ``error``, and a
step's preview swallows it. Novu calls from its own network, so it can fail where a request from here does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "private",
    "localhost",
    "credentials",
    "policy",
    "unreachable",
    "method",
    "key",
    "signature",
    "large",
    "slow",
    "other",
]


@dataclass(frozen=True)
class Meaning:
    """Why Novu could not call the bridge, and what to do. ``address`` is the refused one, where it was for that."""

    kind: Kind
    why: str
    cure: str
    address: str = ""


_ALLOW = "NOVU_SAFE_OUTBOUND_ALLOW"


def meaning(said: str, host: str, *, is_production: bool) -> Meaning | None:
    """Say what Novu's sentence means; None for one that is not about calling a bridge.

    :param said: Novu's own words.
    :param host: the bridge's host.
    :param is_production: whether the environment's name is Production: only there does Novu verify certificates.
    """
    private = re.search(r"private or reserved IP addresses are not allowed \(resolved: ([^)]+)\)", said)
    if private:
        return Meaning(
            "private",
            f"{host} has the address {private[1]}, which is private or of the machine itself, and Novu calls no such "
            "address unless it is told to.",
            "Set the public URL of the deployed application. On a self-hosted Novu permit the address by the variable "
            f"{_ALLOW}={private[1]} (addresses, CIDR blocks, host names or *.suffix) of its API and worker.",
            private[1],
        )
    for pattern, found in _MEANINGS:
        if re.search(pattern, said):
            return found
    if "Unknown bridge request error" in said:
        return Meaning(
            "other",
            _UNKNOWN + (" In Production an untrusted certificate is such a reason too." if is_production else ""),
            "Look at the application's log, and at what stands in front of it for requests from elsewhere"
            + (", and use a certificate of a public authority." if is_production else "."),
        )
    return None


_UNKNOWN = (
    "Novu says this of 403, 500, 503 and 429 alike: the application fails for Novu, or a firewall lets only some "
    "requests through."
)

_MEANINGS: tuple[tuple[str, Meaning], ...] = (
    (
        r"Requests to \"",
        Meaning(
            "localhost",
            "Novu never calls this name, whatever its allow list says.",
            f"Set the public URL of the deployed application. For a self-hosted Novu on the same machine write the "
            f"address (127.0.0.1) and permit it with the variable {_ALLOW}.",
        ),
    ),
    (
        r"embedded credentials",
        Meaning(
            "credentials", "The URL carries user:password@.", "Leave them out: each request to a bridge is signed."
        ),
    ),
    (
        r"outbound SSRF policy",
        Meaning(
            "policy",
            "For Novu the name does not resolve, or the URL redirects more than three times or to another host.",
            "Set the URL at which the application answers itself, under a name that Novu's network knows.",
        ),
    ),
    (
        r"Unable to reach Bridge Endpoint",
        Meaning(
            "unreachable",
            "For Novu nothing answers there, or with 404: the URL is known in another network alone, a firewall stands "
            "between, or the deployment is gone.",
            "Make the URL reachable from Novu's network (Novu Cloud has no fixed addresses), or set the right one.",
        ),
    ),
    (
        r"Could not connect to Bridge Endpoint",
        Meaning("unreachable", "A gateway in front of the application answers 502.", "Look at the application's log."),
    ),
    (
        r"not correctly configured",
        Meaning("method", "The route takes no GET (405).", "Export all three methods that `serve(…)` gives."),
    ),
    (
        r"Bridge authentication failed",
        Meaning(
            "key",
            "The bridge's URL answers 401 to Novu: the application's middleware, a deployment protection or an access "
            "proxy asks for a login.",
            "Exempt the bridge's path, or set the bypass token of Vercel's deployment protection.",
        ),
    ),
    (
        r"^Signature|Signature (not found|expired|key|does)",
        Meaning(
            "signature",
            "The application's NOVU_SECRET_KEY is not the key of this environment, or its clock is off.",
            "Give the application the key of this environment, and set its clock by a time server.",
        ),
    ),
    (
        r"Payload too large",
        Meaning("large", "The application or a proxy takes no body of this size (413).", "Raise its limit."),
    ),
    (
        r"Bridge request timeout",
        Meaning(
            "slow",
            "The application did not answer within the five seconds that Novu gives it.",
            "Look at the application's log; keep discovery free of database and network calls.",
        ),
    ),
)
