"""Causes and fixes for the messages with which Novu reports that it could not call a bridge.

The messages are those of Novu 3.19.0. They have no code. A sync returns one with 400, `/v1/bridge/validate` returns one
as ``error``, and the preview of a step hides it. Novu calls from its own network, so it can fail where a request from
this machine succeeds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The variable that permits private addresses on a self-hosted Novu.
ALLOW_LIST = "NOVU_SAFE_OUTBOUND_ALLOW"


@dataclass(frozen=True)
class Explanation:
    """Why Novu could not call the bridge, and the fix."""

    why: str
    fix: str


PRIVATE = Explanation(
    "The bridge's address is private or a loopback address. Novu does not call such an address unless its allow list "
    "permits it.",
    "Set the public URL of the deployed application. For a self-hosted Novu, set NOVU_SAFE_OUTBOUND_ALLOW for its API "
    "and worker: addresses, CIDR blocks, host names or *.suffix.",
)
LOCALHOST = Explanation(
    "Novu never calls a host with this name, even if its allow list contains it.",
    "Set the public URL of the deployed application. For a self-hosted Novu on the same machine, use the address "
    "127.0.0.1 and permit it with NOVU_SAFE_OUTBOUND_ALLOW.",
)
CREDENTIALS = Explanation("The URL contains user:password@.", "Remove them. Every request to a bridge is signed.")
POLICY = Explanation(
    "The name does not resolve in Novu's network, or the URL redirects more than three times or to another host.",
    "Set the URL at which the application itself answers, with a name that resolves in Novu's network.",
)
UNREACHABLE = Explanation(
    "Novu got no response or 404 there. The URL exists only in another network, a firewall blocks Novu, or the "
    "deployment was deleted.",
    "Make the URL reachable from Novu's network (Novu Cloud has no fixed addresses), or set the right URL.",
)
GATEWAY = Explanation("A gateway in front of the application returned 502.", "Check the application's log.")
METHOD = Explanation(
    "The route does not accept GET (405).", "Export all three methods that `serve(…)` returns: GET, POST, OPTIONS."
)
LOGIN = Explanation(
    "The bridge's URL returned 401 to Novu. The application's middleware, a deployment protection or an access proxy "
    "requires a login.",
    "Exempt the bridge's path from the login, or set the bypass token of Vercel's deployment protection.",
)
SIGNATURE = Explanation(
    "The application's NOVU_SECRET_KEY is not the key of this environment, or its clock is wrong.",
    "Set NOVU_SECRET_KEY of the application to the key of this environment, and synchronize its clock (NTP).",
)
LARGE = Explanation(
    "The application or a proxy rejects a request body of this size (413).", "Raise the limit of the body size."
)
SLOW = Explanation(
    "The application did not respond within Novu's limit of five seconds.",
    "Check the application's log. Do not call databases or other services during discover.",
)
OTHER = Explanation(
    "Novu sends this message for 403, 500, 503 and 429. The application fails for Novu, or a firewall blocks some "
    "requests.",
    "Check the application's log, and the firewall or proxy in front of it for requests from other networks.",
)
#: In an environment with the name Production, Novu verifies certificates, with the same message for an invalid one.
OTHER_IN_PRODUCTION = Explanation(
    "Novu sends this message for 403, 500, 503, 429 and for a certificate that it does not trust.",
    "Use a certificate of a public authority. Check the application's log, and the firewall or proxy in front of it "
    "for requests from other networks.",
)

_EXPLANATIONS = (
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


def explain(message: str, *, is_production: bool) -> Explanation | None:
    """Return the explanation of Novu's message. None if the message is not about a call of a bridge.

    :param is_production: whether the environment's name is Production.
    """
    if "Unknown bridge request error" in message:
        return OTHER_IN_PRODUCTION if is_production else OTHER
    return next((explanation for words, explanation in _EXPLANATIONS if words in message), None)


def refused_address(message: str) -> str | None:
    """Return the address that Novu's message names as not permitted."""
    match = re.search(r"\(resolved: ([^)]+)\)", message)
    return match[1] if match else None
