"""`/v1/environments`: list both environments, get and update the key's own. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked, check_outbound
from novu_provider.emulator.data.environments import Environment, list_entry, me_response
from novu_provider.emulator.data.ids import parse_slug
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import bad_request, forbidden, unauthorized, unprocessable
from novu_provider.emulator.http.validation import require_string

# Only the middle of this message is recorded: `is scoped to a single environment`.
OTHER_ENVIRONMENT = "This API key is scoped to a single environment and cannot be used for another one."


async def _me(call: Call) -> Any:
    return _without_unsupported_fields(call, me_response(call.environment))


async def _list(call: Call) -> Any:
    environments = call.backend.environments.all()
    return [
        _without_unsupported_fields(call, list_entry(environment, call.environment)) for environment in environments
    ]


def _without_unsupported_fields(call: Call, document: Document) -> Document:
    hidden = () if call.backend.config.environment_types else ("type",)
    return {name: value for name, value in document.items() if name not in hidden}


async def _update(call: Call) -> Any:
    """Update an environment's color, identifier or bridge URL. It does not sync."""
    environment = _require_own_environment(call, parse_slug(call.path["environment"]))
    fields = call.fields()
    if "name" in fields and require_string(fields, "name") != environment.name:
        # The text is not recorded.
        raise unprocessable(f"Cannot update the name of the {environment.name} environment")
    changes: dict[str, Any] = {name: fields[name] for name in ("identifier", "color", "dns") if name in fields}
    if isinstance(fields.get("bridge"), dict):
        url = fields["bridge"].get("url") or ""
        await _check_bridge_url(call, url)
        changes.update({"echo": {"url": url}, "bridge": {"url": url}})
    call.backend.environments.update(environment, changes)
    return {"matched": 1, "modified": 1}


def _require_own_environment(call: Call, id_: str) -> Environment:
    if id_ == call.environment.id:
        return call.environment
    if any(environment.id == id_ for environment in call.backend.environments.all()):
        raise forbidden(OTHER_ENVIRONMENT)
    raise unauthorized("Environment not found")


async def _check_bridge_url(call: Call, url: str) -> None:
    if not url or call.backend.config.allow_private_bridges:
        return
    try:
        await check_outbound(url, call.backend.config)
    except OutboundBlocked as error:
        raise bad_request("bridge.url is blocked by the outbound SSRF policy.") from error


ENDPOINTS = [
    Endpoint("GET", "/v1/environments/me", _me),
    Endpoint("GET", "/v1/environments", _list),
    Endpoint(
        "PUT",
        "/v1/environments/{environment}",
        _update,
        accepts_api_keys=lambda backend: backend.config.put_environments,
    ),
]
