"""What Novu's error answers mean, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from novu_provider.errors import (
    AccessDenied,
    EndpointClosed,
    KeyRejected,
    NovuApiError,
    NovuUnreachable,
    RequestRefused,
)
from novu_provider.http.redaction import Redactor


def unreachable(method: str, base: str, path: str, detail: str) -> NovuApiError:
    """Give the error for a request that got no answer."""
    return NovuUnreachable(
        f"{method} {base}{path} got no answer: {detail or 'the connection was closed'}.",
        why="Novu is down or not reachable from here, its name does not resolve, or its certificate is not trusted.",
        fix="Check `novu:apiUrl`; for a private certificate authority set `novu:caBundle`. Then run it again.",
    )


def not_novu(base: str, path: str, what: str) -> NovuApiError:
    """Give the error for an answer that is not Novu's."""
    return NovuUnreachable(
        f"{base}{path} {what}.",
        why="The API URL leads to another server, or a proxy answers in Novu's place.",
        fix="Set `novu:apiUrl` to Novu's API (not the dashboard), such as https://api.novu.co.",
    )


@contextmanager
def expect_response_shape(base: str, path: str) -> Iterator[None]:
    """Turn the failure to read an answer's members into an error that says whose answer it was."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        member = f" ({error})" if isinstance(error, KeyError) else ""
        raise not_novu(base, path, f"answers with JSON that lacks what Novu's has{member}") from None


def error_for_response(response: httpx.Response, base: str, path: str, redactor: Redactor) -> NovuApiError:
    """Give the error for an answer with an error status. Tolerant: a proxy may answer HTML."""
    status = response.status_code
    said = redactor.clean(message(response))
    place = f"{response.request.method} {base}{path}"
    # The community guard's words, which it says before it looks at the key; and those of a server without /v2.
    if (status == 401 and "not accessible" in said) or (
        status == 404 and path.startswith("/v2/") and said.startswith(f"Cannot {response.request.method} /")
    ):
        return endpoint_closed(place, status, said)
    if status == 401 and "only allowed in Development" in said:
        return AccessDenied(
            "this Novu lets an API key delete workflows, and switch them on and off, in Development alone (it answers "
            f"401: {said}).",
            why="Before 2025-06 nothing but a sync did so in an environment that has a parent, such as Production.",
            fix="To delete, let a sync do it: serve no workflows (`serve({ workflows: [] })`), set `novu:allowEmpty` "
            "to true and run `pulumi up`; `pulumi destroy` then finds nothing to delete. Or update the self-hosted "
            "Novu.",
            status=status,
            message=said,
        )
    if status == 401:
        return KeyRejected(
            f"Novu does not accept the secret key ({place} answers 401: {said}).",
            why=f"The key is mistyped or was regenerated, or it belongs to another region or installation than {base}.",
            fix="Set `novu:secretKey` (or NOVU_SECRET_KEY) to the key that the dashboard shows under API Keys, and "
            "`novu:region: eu` for Novu Cloud in the EU.",
            status=status,
            message=said,
        )
    if status == 403:
        return AccessDenied(
            f"the secret key may not do this ({place} answers 403: {said}).",
            why="The key opens another environment, or a firewall or proxy before Novu answers in its place.",
            fix="Use the key of this stack's environment; if Novu is not at fault, let the request through the proxy.",
            status=status,
            message=said,
        )
    if status in (408, 429) or status >= 500 or 300 <= status < 400:
        return NovuUnreachable(
            f"{place} answers {status}: {said}",
            why=_WHY.get(status, "Novu or a proxy before it has a fault."),
            fix="Wait a minute and run it again; what was done already is found and kept.",
            status=status,
            message=said,
        )
    return RequestRefused(
        f"Novu refuses {place} with {status}: {said}",
        why="Novu's message says it.",
        fix="Correct what it names and run it again.",
        status=status,
        message=said,
    )


def endpoint_closed(place: str, status: int, said: str) -> EndpointClosed:
    """Give the error for an endpoint that no API key opens."""
    return EndpointClosed(
        f"this Novu does not open {place} to API keys (it answers {status}: {said}).",
        why="It is older than 2025-06, when Novu opened `/v2/workflows` and the environments to API keys, or a proxy "
        "in front of it lets some paths through alone.",
        fix="Update the self-hosted Novu, or let the path through the proxy.",
        status=status,
        message=said,
    )


_WHY = {
    429: "The environment's rate limit is used up; other clients share it.",
    502: "A gateway before Novu got no answer from it.",
    503: "Novu is overloaded or being updated.",
    504: "A gateway before Novu gave up waiting.",
}


def message(response: httpx.Response) -> str:
    """Read Novu's own words: ``message`` may be text, a list or an object, and 422 adds a list of reasons."""
    try:
        body = response.json()
    except ValueError:
        return "no JSON" if response.content else "no text"
    if not isinstance(body, dict):
        return "no message"
    reasons = (
        [
            str(reason)
            for field in (body.get("errors") or {}).values()
            if isinstance(field, dict)
            for reason in field.get("messages") or ()
        ]
        if isinstance(body.get("errors"), dict)
        else []
    )
    return "; ".join([str(body.get("message", "no message")), *reasons])
