"""Errors for Novu's error responses, each with its cause and its fix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from novu_provider.errors import (
    AccessDenied,
    EndpointClosed,
    KeyRejected,
    NovuApiError,
    NovuUnreachable,
    RequestRefused,
)
from novu_provider.http.bodies import NO_JSON, read_json
from novu_provider.http.redaction import Redactor
from novu_provider.text.untrusted import make_visible

#: The most characters of a message of Novu.
_MAX_LENGTH = 1000


@dataclass(frozen=True)
class _ErrorResponse:
    """An error response and the request that it answers."""

    method: str
    base: str
    path: str
    status: int
    #: Novu's own message, visible and without secrets.
    message: str

    @property
    def request(self) -> str:
        """The request, as messages show it."""
        return f"{self.method} {self.base}{self.path}"


def unreachable(method: str, base: str, path: str, detail: str) -> NovuApiError:
    """Return the error for a request without a response."""
    return NovuUnreachable(
        f"{method} {base}{path} got no response: {detail or 'the connection was closed'}.",
        why="Novu is down or not reachable from here, its name does not resolve, or its certificate is not trusted.",
        fix="Check `novu:apiUrl`. For a private certificate authority set `novu:caBundle`. Then run the command again.",
    )


def not_novu(base: str, path: str, problem: str) -> NovuApiError:
    """Return the error for a response that does not come from Novu."""
    return NovuUnreachable(
        f"{base}{path} {problem}.",
        why="The API URL points to another server, or a proxy answers instead of Novu.",
        fix="Run `pulumi config set novu:apiUrl https://api.novu.co` with the URL of Novu's API, not of the dashboard.",
    )


def invalid_redirect(base: str, path: str, location: str) -> NovuApiError:
    """Return the error for a redirect to something that is not a URL.

    :param location: the header ``Location``, without secrets.
    """
    return NovuUnreachable(
        f"{base}{path} redirects to {make_visible(location)!r}, which is not a valid URL.",
        why="The API URL points to another server, or a proxy answers instead of Novu.",
        fix="Run `pulumi config set novu:apiUrl https://api.novu.co` with the URL of Novu's API, not of the dashboard.",
    )


@contextmanager
def expect_response_shape(base: str, path: str) -> Iterator[None]:
    """Turn a failure to read the fields of a response into an error that names the request."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        field = f" {error}" if isinstance(error, KeyError) else "s"
        raise not_novu(base, path, f"returned JSON without the expected field{field}") from None


def error_for_response(response: httpx.Response, base: str, path: str, redactor: Redactor) -> NovuApiError:
    """Return the error for a response with an error status. A proxy's HTML page is accepted too."""
    error_response = _ErrorResponse(
        response.request.method,
        base,
        path,
        response.status_code,
        make_visible(redactor.clean(message(response)), _MAX_LENGTH),
    )
    return next(make_error(error_response) for applies, make_error in _RULES if applies(error_response))


def endpoint_closed(request: str, status: int, message: str) -> EndpointClosed:
    """Return the error for an endpoint that is closed to API keys."""
    return EndpointClosed(
        f"this Novu does not open {request} to API keys (it returned {status}: {message}).",
        why="It is older than 2025-06, when Novu opened `/v2/workflows` and the environments to API keys. Or a proxy "
        "in front of it lets only some paths through.",
        fix="Update the self-hosted Novu, or let the path through the proxy.",
        status=status,
        message=message,
    )


def _is_closed(response: _ErrorResponse) -> bool:
    # The community guard sends this message before it looks at the key.
    if response.status == 401 and "not accessible" in response.message:
        return True
    # A server without /v2 does not know the route.
    unknown_route = response.message.startswith(f"Cannot {response.method} /")
    return response.status == 404 and response.path.startswith("/v2/") and unknown_route


def _closed(response: _ErrorResponse) -> NovuApiError:
    return endpoint_closed(response.request, response.status, response.message)


def _is_limited_to_development(response: _ErrorResponse) -> bool:
    return response.status == 401 and "only allowed in Development" in response.message


def _limited_to_development(response: _ErrorResponse) -> NovuApiError:
    return AccessDenied(
        "this Novu allows API keys to delete, activate and deactivate workflows only in Development (it returned "
        f"401: {response.message}).",
        why="Before 2025-06, only a sync could do so in an environment that has a parent, such as Production.",
        fix="To delete, let a sync do it: serve no workflows (`serve({ workflows: [] })`), run "
        "`pulumi config set novu:allowEmpty true` and `pulumi up`. Then `pulumi destroy` finds nothing to delete. Or "
        "update the self-hosted Novu.",
        status=response.status,
        message=response.message,
    )


def _key_rejected(response: _ErrorResponse) -> NovuApiError:
    return KeyRejected(
        f"Novu rejected the secret key ({response.request} returned 401: {response.message}).",
        why="The key is mistyped or was regenerated, or it belongs to another region or installation than "
        f"{response.base}.",
        fix="Copy the key from the dashboard (API Keys) and run `pulumi config set --secret novu:secretKey`, or set "
        "NOVU_SECRET_KEY. For Novu Cloud in the EU, run `pulumi config set novu:region eu`.",
        status=response.status,
        message=response.message,
    )


def _access_denied(response: _ErrorResponse) -> NovuApiError:
    return AccessDenied(
        f"Novu denied the request ({response.request} returned 403: {response.message}).",
        why="The key opens another environment, or a firewall or proxy in front of Novu blocks the request.",
        fix="Use the key of this stack's environment. If a proxy blocks the request, let it through.",
        status=response.status,
        message=response.message,
    )


#: Causes of single statuses.
_OUTAGES = {
    429: "The environment's rate limit is used up. Other clients share it.",
    502: "A gateway in front of Novu got no response from it.",
    503: "Novu is overloaded or being updated.",
    504: "A gateway in front of Novu timed out.",
}


def _is_outage(response: _ErrorResponse) -> bool:
    return response.status in (408, 429) or response.status >= 500 or 300 <= response.status < 400


def _outage(response: _ErrorResponse) -> NovuApiError:
    return NovuUnreachable(
        f"{response.request} returned {response.status}: {response.message}",
        why=_OUTAGES.get(response.status, "Novu or a proxy in front of it failed."),
        fix="Wait a minute and run the command again. Completed changes are detected and not repeated.",
        status=response.status,
        message=response.message,
    )


def _refused(response: _ErrorResponse) -> NovuApiError:
    return RequestRefused(
        f"Novu refused {response.request} with {response.status}: {response.message}",
        why="A value is invalid for Novu, or somebody changed or deleted the object at the same time.",
        fix="Fix the problem described in Novu's message, then run the command again.",
        status=response.status,
        message=response.message,
    )


#: The first rule that applies makes the error.
_RULES: tuple[tuple[Callable[[_ErrorResponse], bool], Callable[[_ErrorResponse], NovuApiError]], ...] = (
    (_is_closed, _closed),
    (_is_limited_to_development, _limited_to_development),
    (lambda response: response.status == 401, _key_rejected),
    (lambda response: response.status == 403, _access_denied),
    (_is_outage, _outage),
    (lambda _: True, _refused),
)


def message(response: httpx.Response) -> str:
    """Return Novu's message. Its ``message`` may be text, a list or an object, and 422 adds a list of reasons."""
    body = read_json(response)
    if body is NO_JSON:
        return "no JSON" if response.content else "no text"
    if not isinstance(body, dict):
        return "no message"
    return "; ".join([str(body.get("message", "no message")), *_reasons(body.get("errors"))])


def _reasons(errors: object) -> list[str]:
    """Return the reasons of a 422, for fields with a known form."""
    if not isinstance(errors, dict):
        return []
    fields = [field for field in errors.values() if isinstance(field, dict)]
    return [str(reason) for field in fields for reason in field.get("messages") or ()]
