"""What Novu says when it cannot call a bridge: one sentence without a code, and what it means.

The sentences are those of Novu 3.19.0: a sync answers 400 with one, `/v1/bridge/validate` gives it as ``error``, and a
step's preview swallows it. Novu calls from its own network, so it can fail where a request from here does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Permits private addresses on a self-hosted Novu.
ALLOW_LIST = "NOVU_SAFE_OUTBOUND_ALLOW"


@dataclass(frozen=True)
class Explanation:
    """Why Novu could not call the bridge, and what to do."""

    why: str
    fix: str


PRIVATE = Explanation(
    "The bridge's address is private or of the machine itself, and Novu calls no such address unless it is told to.",
    "Set the public URL of the deployed application. On a self-hosted Novu permit the address by the variable "
    "NOVU_SAFE_OUTBOUND_ALLOW of its API and worker (addresses, CIDR blocks, host names or *.suffix).",
)
LOCALHOST = Explanation(
    "Novu never calls a host of this name, whatever its allow list says.",
    "Set the public URL of the deployed application. For a self-hosted Novu on the same machine write the address "
    "(127.0.0.1) and permit it by the variable NOVU_SAFE_OUTBOUND_ALLOW.",
)
CREDENTIALS = Explanation("The URL carries user:password@.", "Leave them out: each request to a bridge is signed.")
POLICY = Explanation(
    "For Novu the name does not resolve, or the URL redirects more than three times or to another host.",
    "Set the URL at which the application answers itself, under a name that Novu's network knows.",
)
UNREACHABLE = Explanation(
    "For Novu nothing answers there, or 404: the URL is known in another network alone, a firewall stands between, or "
    "the deployment is gone.",
    "Make the URL reachable from Novu's network (Novu Cloud has no fixed addresses), or set the right one.",
)
GATEWAY = Explanation("A gateway in front of the application answers 502.", "Look at the application's log.")
METHOD = Explanation("The route takes no GET (405).", "Export all three methods that `serve(…)` gives.")
LOGIN = Explanation(
    "The bridge's URL answers 401 to Novu: the application's middleware, a deployment protection or an access proxy "
    "asks for a login.",
    "Exempt the bridge's path, or set the bypass token of Vercel's deployment protection.",
)
SIGNATURE = Explanation(
    "The application's NOVU_SECRET_KEY is not the key of this environment, or its clock is off.",
    "Give the application the key of this environment, and set its clock by a time server.",
)
LARGE = Explanation("The application or a proxy takes no body of this size (413).", "Raise its limit.")
SLOW = Explanation(
    "The application did not answer within the five seconds that Novu gives it.",
    "Look at the application's log; keep discovery free of database and network calls.",
)
OTHER = Explanation(
    "Novu says this of 403, 500, 503 and 429 alike: the application fails for Novu, or a firewall lets only some "
    "requests through.",
    "Look at the application's log, and at what stands in front of it for requests from elsewhere.",
)
#: Novu verifies certificates in an environment that is called Production, and says the same of one that it refuses.
OTHER_IN_PRODUCTION = Explanation(
    "Novu says this of 403, 500, 503, 429 and of a certificate that it does not trust alike.",
    "Use a certificate of a public authority; look at the application's log, and at what stands in front of it for "
    "requests from elsewhere.",
)

_SENTENCES = (
    ("private or reserved IP addresses", PRIVATE),
    ('Requests to "', LOCALHOST),
    ("embedded credentials", CREDENTIALS),
    ("outbound SSRF policy", POLICY),
    ("Unable to reach Bridge Endpoint", UNREACHABLE),
    ("Could not connect to Bridge Endpoint", GATEWAY),
    ("not correctly configured", METHOD),
    ("Bridge authentication failed", LOGIN),
    ("Signature not found", SIGNATURE),
    ("Signature expired", SIGNATURE),
    ("Signature key not found", SIGNATURE),
    ("Signature does not match", SIGNATURE),
    ("Payload too large", LARGE),
    ("Bridge request timeout", SLOW),
)


def explain(said: str, *, is_production: bool) -> Explanation | None:
    """Say what Novu's sentence means; None for one that is not about calling a bridge.

    :param said: Novu's own words.
    :param is_production: whether the environment's name is Production.
    """
    if "Unknown bridge request error" in said:
        return OTHER_IN_PRODUCTION if is_production else OTHER
    return next((found for words, found in _SENTENCES if words in said), None)


def refused_address(said: str) -> str | None:
    """Give the address that Novu names as one that it does not call."""
    found = re.search(r"\(resolved: ([^)]+)\)", said)
    return found[1] if found else None
