"""The start page: environments with their settings, workflows, syncs and the live log."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from novu_provider.emulator.bridge.client import BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.responses import workflow_id
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.workflows import EXTERNAL
from novu_provider.emulator.http.errors import NovuError
from novu_provider.emulator.http.validation import require_url
from novu_provider.emulator.page.guard import form_of
from novu_provider.emulator.page.secrets import RequestedText
from novu_provider.emulator.page.site import Site, see_other


@dataclass(frozen=True, kw_only=True)
class _Card:
    """One environment as the start page shows it."""

    environment: Environment
    is_shown: bool
    key: str
    has_secret_url: bool
    config: list[str]
    exports: list[str]
    workflows: list[dict[str, Any]]
    integrations: list[Document]


async def overview(site: Site, request: Request) -> Response:
    """Show all environments."""
    return _page(site, request)


async def show_key(site: Site, request: Request) -> Response:
    """Show all environments, and the secrets of one."""
    return _page(site, request, shown=site.environment(request.path_params["environment"]).name)


async def sync(site: Site, request: Request) -> Response:
    """Sync an environment, or only store or clear its bridge URL, depending on the button of the form."""
    environment = site.environment(request.path_params["environment"])
    form = form_of(request)
    # The form does not contain a URL with a secret. An empty field therefore means the stored URL.
    url = form.get("url", "").strip() or environment.bridge_url
    try:
        if form.get("do") == "clear":
            site.editor.set_bridge_url(environment, "")
        elif form.get("do") == "store":
            site.editor.set_bridge_url(environment, require_url(url, "bridgeUrl"))
        else:
            await site.backend.synchronizer.sync(environment, require_url(url, "bridgeUrl"))
    except NovuError as error:
        return _page(site, request, status=error.status, error=_message(environment, error))
    return see_other(f"/#{environment.name}")


async def bridge_status(site: Site, request: Request) -> Response:
    """Ask the stored bridge for its health, and return a fragment of HTML."""
    environment = site.environment(request.path_params["environment"])
    problem, health = await _health(site, environment)
    discovered = health.get("discovered")
    count = discovered.get("workflows") if isinstance(discovered, dict) else None
    return site.renderer.page("_bridge.html", problem=problem, count=count, version=health.get("frameworkVersion"))


async def events(site: Site, request: Request) -> Response:
    """Send new entries of the log as server-sent events. Each contains the HTML of its entries."""
    try:
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
    except ValueError:
        after = 0

    async def stream() -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for entries in site.backend.activity.follow(after):
            if not entries:
                yield ": still here\n\n"
                continue
            lines = site.renderer.html("_entries.html", entries=entries).splitlines()
            data = "".join(f"data: {line}\n" for line in lines)
            yield f"id: {entries[-1].number}\n{data}\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


async def _health(site: Site, environment: Environment) -> tuple[str, Document]:
    """Return a problem or an empty text, and the bridge's response."""
    if not environment.bridge_url:
        return "No bridge URL is stored.", {}
    try:
        response = await site.backend.bridge.call(environment, environment.bridge_url, "health-check")
    except (BridgeError, OutboundBlocked) as error:
        return str(error), {}
    if not isinstance(response, dict) or response.get("status") != "ok":
        return "The response is not that of a bridge.", {}
    return "", response


def _message(environment: Environment, error: NovuError) -> str:
    details = [text for entry in (error.errors or {}).values() for text in entry.get("messages", ())]
    return f"{environment.name}: {error.message}" + (f" ({', '.join(details)})" if details else "")


def _page(site: Site, request: Request, *, shown: str = "", status: int = 200, error: str = "") -> Response:
    api_url = f"http://{request.headers['host']}"
    environments = site.backend.environments.all()
    return site.renderer.page(
        "overview.html",
        status,
        cards=[_card(site, environment, api_url, is_shown=environment.name == shown) for environment in environments],
        entries=site.backend.activity.entries(),
        carried=site.comparer.compare(environments[0], environments[1]).carried,
        error=error,
    )


def _card(site: Site, environment: Environment, api_url: str, *, is_shown: bool) -> _Card:
    settings = {"apiUrl": api_url, "bridgeUrl": environment.bridge_url, "environment": environment.name}
    variables = {"apiUrl": "NOVU_API_URL", "bridgeUrl": "NOVU_BRIDGE_URL", "secretKey": "NOVU_SECRET_KEY"}
    settings["secretKey"] = environment.key
    # Lines with a secret are left out until the secrets are shown, so that every line can be copied.
    visible_settings = {
        name: value for name, value in settings.items() if value and (is_shown or not site.secrets.has_secret(value))
    }
    secret_names = {name for name, value in visible_settings.items() if site.secrets.has_secret(value)}
    return _Card(
        environment=environment,
        is_shown=is_shown,
        key=RequestedText(environment.key) if is_shown else environment.key,
        has_secret_url=site.secrets.has_secret(environment.bridge_url),
        config=[
            RequestedText(
                f"pulumi config set {'--secret ' if name in secret_names else ''}novu:{name} {shlex.quote(value)}"
            )
            for name, value in visible_settings.items()
        ],
        exports=[
            RequestedText(f"export {variables[name]}={shlex.quote(value)}")
            for name, value in visible_settings.items()
            if name in variables
        ],
        workflows=[
            _row(site, environment, workflow)
            for workflow in sorted(site.backend.store.all_workflows(environment.id), key=workflow_id)
        ],
        # Without credentials: the page never shows them.
        integrations=[
            {key: value for key, value in integration.items() if key != "credentials"}
            for integration in site.backend.integrations.all(environment)
        ],
    )


def _row(site: Site, environment: Environment, workflow: Document) -> dict[str, Any]:
    values = site.backend.workflows.controls(environment, workflow)
    edited = any(values.values()) or workflow["userPreferences"] is not None
    return {
        "_id": workflow["_id"],
        "id": workflow_id(workflow),
        "name": workflow["name"],
        "status": workflow["status"],
        "steps": [step["template"]["type"] for step in workflow["steps"]],
        "is_code_first": workflow["origin"] == EXTERNAL,
        "is_edited": edited,
    }
