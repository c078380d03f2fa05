"""The routes of the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from novu_provider.emulator.backend import Backend
from novu_provider.emulator.page import integration_forms, overview, workflow_pages
from novu_provider.emulator.page.site import PREFIX, Site

_Handler: TypeAlias = Callable[[Site, Request], Awaitable[Response]]

_WORKFLOW = "/{environment}/workflows/{workflow}"
_STEP = f"{_WORKFLOW}/steps/{{step}}"
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


async def _comparison(site: Site, request: Request) -> Response:
    """Compare two environments. The first one of the store is the source unless the URL names it as target."""
    first, second = (environment.name for environment in site.backend.environments.all())
    target = site.environment(request.query_params.get("to", second))
    source = site.environment(first if target.name == second else second)
    comparison = site.comparer.compare(source, target)
    return site.renderer.page("comparison.html", source=source, target=target, comparison=comparison)


async def _asset(_: Site, request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    content = (files("novu_provider.emulator.page") / "static" / name).read_bytes()
    return Response(content, media_type=_ASSETS[name])


async def _preview(site: Site, request: Request) -> Response:
    response = site.previews.response(request.path_params["id"])
    if response is None:
        raise HTTPException(404)
    return response


_READS: dict[str, _Handler] = {
    "/": overview.overview,
    f"{PREFIX}/comparison": _comparison,
    f"{PREFIX}/events": overview.events,
    f"{PREFIX}/static/{{name}}": _asset,
    f"{PREFIX}/previews/{{id}}": _preview,
    f"{PREFIX}/{{environment}}/bridge": overview.bridge_status,
    f"{PREFIX}{_WORKFLOW}": workflow_pages.show_workflow,
    f"{PREFIX}{_STEP}": workflow_pages.show_step,
}

_WRITES: dict[str, _Handler] = {
    f"{PREFIX}/{{environment}}/key": overview.show_key,
    f"{PREFIX}/{{environment}}/sync": overview.sync,
    f"{PREFIX}/{{environment}}/integrations/{{integration}}": integration_forms.change_integration,
    f"{PREFIX}{_WORKFLOW}/settings": workflow_pages.change_settings,
    f"{PREFIX}{_WORKFLOW}/preferences": workflow_pages.change_preferences,
    f"{PREFIX}{_WORKFLOW}/delete": workflow_pages.delete_workflow,
    f"{PREFIX}{_STEP}": workflow_pages.change_step,
}


def page_routes(backend: Backend) -> list[Route]:
    """Return the routes of the page for one embedded Novu."""
    site = Site(backend)
    return [
        Route(path, site.guard.protect(partial(handler, site)), methods=[method])
        for method, handlers in (("GET", _READS), ("POST", _WRITES))
        for path, handler in handlers.items()
    ]
