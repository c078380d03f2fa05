"""The ASGI application: its routes, the error for unknown routes, and a record of each API request."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novu_provider.emulator.activity import RequestRecord
from novu_provider.emulator.backend import Backend
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.http.endpoint import ENCODED_SLASH, envelope, render, render_error
from novu_provider.emulator.http.errors import not_found
from novu_provider.emulator.http.routes import ENDPOINTS
from novu_provider.emulator.page import SERVED_BY_PAGE, page_routes


def create_app(
    config: EmulatorConfig | None = None,
    *,
    backend: Backend | None = None,
    observe: Callable[[RequestRecord], None] | None = None,
) -> Starlette:
    """Return the embedded Novu as an ASGI application.

    `app.state.backend` holds its data. If nothing runs the lifespan (`httpx.ASGITransport`), call
    `app.state.backend.close()` at the end. `observe` is called for each request when its response starts.
    """
    backend = backend or Backend(config or EmulatorConfig())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await backend.synchronizer.wait_until_idle()
        backend.close()

    app = Starlette(
        routes=[
            Route("/v1/health-check", _health_check(backend.config.version), methods=["GET"]),
            *(endpoint.route(backend) for endpoint in ENDPOINTS),
            *page_routes(backend),
        ],
        exception_handlers={HTTPException: _unknown_route},
        lifespan=lifespan,
    )
    app.state.backend = backend
    app.add_middleware(_EncodedSlashes)

    def record(request: RequestRecord) -> None:
        backend.activity.add(request)
        if observe is not None:
            observe(request)

    app.add_middleware(_Observer, observe=record)
    return app


def _health_check(version: str) -> Callable[[Request], Awaitable[Response]]:
    components = {"db": {"status": "up"}, "apiVersion": {"version": version, "status": "up"}}

    async def serve(_: Request) -> Response:
        return render(envelope({"status": "ok", "info": components, "error": {}, "details": components}))

    return serve


async def _unknown_route(request: Request, _: Exception) -> Response:
    """Return 404 where Starlette would return 405: Novu treats an unknown method like an unknown path."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return render_error(not_found(f"Cannot {request.method} {target}"), request, {})


class _EncodedSlashes:
    """Middleware that keeps an encoded slash inside an id from splitting the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"%2f" in scope.get("raw_path", b"").lower():
            segments = re.split("%2f", scope["raw_path"].decode("latin-1"), flags=re.IGNORECASE)
            scope = {**scope, "path": ENCODED_SLASH.join(map(unquote, segments))}
        await self._app(scope, receive, send)


class _Observer:
    """Middleware that reports each request to the API when its response starts, and none of the page."""

    def __init__(self, app: ASGIApp, observe: Callable[[RequestRecord], None]) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def report_and_send(message: Message) -> None:
            if message["type"] == "http.response.start" and not state.get(SERVED_BY_PAGE):
                self._observe(
                    RequestRecord(
                        method=scope["method"],
                        path=scope["path"],
                        query=scope["query_string"].decode("latin-1"),
                        status=message["status"],
                        environment=state.get("environment"),
                    )
                )
            await send(message)

        await self._app(scope, receive, report_and_send)
