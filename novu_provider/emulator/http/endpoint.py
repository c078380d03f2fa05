"""Connects HTTP requests with handlers: authentication, rate limits, JSON, the `data` envelope and errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from novu_provider.emulator.backend import Backend
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.http.errors import NovuError, bad_request, internal_error
from novu_provider.emulator.http.ratelimit import Category

_log = logging.getLogger(__name__)

ENCODED_SLASH = "\ue02f"
"""Replaces `%2F` while the route is matched, because Starlette decodes the path too early. A private-use character."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """An authenticated request with everything that its handler needs."""

    backend: Backend
    environment: Environment
    request: Request
    body: Any
    """The JSON body, or `{}` without a body."""

    @property
    def path(self) -> Mapping[str, str]:
        """Path parameters, decoded."""
        return {key: value.replace(ENCODED_SLASH, "/") for key, value in self.request.path_params.items()}

    def fields(self) -> dict[str, Any]:
        """Return the body if it is an object, otherwise an empty object."""
        return self.body if isinstance(self.body, dict) else {}


Handler: TypeAlias = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path.

    `accepts_api_keys` returns whether API keys open the endpoint. It may depend on the configuration.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    category: Category = "global"
    accepts_api_keys: Callable[[Backend], bool] = lambda _: True

    def route(self, backend: Backend) -> Route:
        """Return the Starlette route that serves this endpoint."""

        async def serve(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                is_open = self.accepts_api_keys(backend)
                environment = backend.authenticate(request.headers.get("authorization"), is_open=is_open)
                # The request record of the server contains the environment.
                request.state.environment = environment.name
                headers = backend.limiter.take(environment.id, self.category)
                body = await _read_json(request)
                value = await self.handler(Call(backend=backend, environment=environment, request=request, body=body))
            except NovuError as error:
                return render_error(error, request, headers)
            except Exception:
                # An unexpected document from a bridge crashes a real server too. It returns 500 then.
                _log.exception("%s %s", request.method, request.url.path)
                return render_error(internal_error(), request, headers)
            if self.status == 204:
                return Response(status_code=204, headers=headers)
            return render(envelope(value), self.status, headers)

        return Route(self.path, serve, methods=[self.method])


def envelope(value: Any) -> Any:
    """Return `{"data": value}`, or the value itself if it is a page that already has the field `data`."""
    if isinstance(value, dict) and value.get("data") is not None and not value.get("_id") and not value.get("id"):
        return value
    return {"data": value}


def render(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response with Novu's content type."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, dict(headers or {}), media_type="application/json; charset=utf-8")


def render_error(error: NovuError, request: Request, headers: Mapping[str, str]) -> Response:
    """Return the error response for a request."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return render(error.body(path), error.status, {**headers, **error.headers})


async def _read_json(request: Request) -> Any:
    content = await request.body()
    if not content or "json" not in request.headers.get("content-type", ""):
        return {}
    try:
        return json.loads(content)
    except ValueError as error:
        # The text is not recorded.
        raise bad_request(f"Unexpected token in JSON: {error}") from error
