"""`/v1/agents`: create, list, get, and set the bridge URL. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.ids import object_id, timestamp
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.http.endpoint import Call, Endpoint, Handler
from novu_provider.emulator.http.errors import bad_request, conflict, not_found
from novu_provider.emulator.http.validation import parse_integer, require_string, require_url

_UNLIMITED = 9999


async def _create(call: Call) -> Any:
    fields = call.fields()
    name, identifier = require_string(fields, "name"), require_string(fields, "identifier")
    if call.backend.store.get("agent", call.environment.id, identifier) is not None:
        # Status and text are not recorded.
        raise conflict(f'An agent with identifier "{identifier}" already exists in this environment.')
    now = timestamp()
    return _save(
        call,
        {
            "_id": object_id(),
            "name": name,
            "identifier": identifier,
            "active": True,
            "behavior": {"subscriberAccess": "restricted"},
            "devBridgeActive": False,
            "runtime": "self-hosted",
            "visibility": "public",
            "_environmentId": call.environment.id,
            "_organizationId": call.environment.organization_id,
            "createdBy": call.environment.user["_id"],
            "createdAt": now,
            "updatedAt": now,
        },
    )


async def _list(call: Call) -> Any:
    agents = call.backend.store.all("agent", call.environment.id)
    limit = parse_integer(call.request.query_params.get("limit"), "limit", default=10, minimum=1, maximum=100)
    return {
        "data": agents[:limit],
        "next": agents[limit - 1]["_id"] if len(agents) > limit else None,
        "previous": None,
        "totalCount": len(agents),
        "totalCountCapped": False,
        "planUsage": {
            "used": len(agents),
            "limit": _UNLIMITED,
            "totalCreated": len(agents),
            "creationLimit": _UNLIMITED,
            "limitSource": "system",
        },
    }


async def _get(call: Call) -> Any:
    return _find(call)


async def _put_bridge(call: Call) -> Any:
    """Set an agent's URLs. Null clears a URL, an empty string is a 422 error, a missing field keeps its value."""
    fields = call.fields()
    changes: Document = {}
    for name in ("bridgeUrl", "devBridgeUrl"):
        if name in fields:
            changes[name] = None if fields[name] is None else require_url(fields[name], name)
    if isinstance(fields.get("devBridgeActive"), bool):
        if fields["devBridgeActive"] and call.environment.type == "prod":
            # The text is not recorded.
            raise bad_request("The development bridge cannot be active in a production environment.")
        changes["devBridgeActive"] = fields["devBridgeActive"]
    return _save(call, {**_find(call), **changes, "updatedAt": timestamp()})


def _find(call: Call) -> Document:
    identifier = call.path["agent"]
    agent = call.backend.store.get("agent", call.environment.id, identifier)
    if agent is None:
        raise not_found(f'Agent with identifier "{identifier}" was not found.')
    return agent


def _save(call: Call, agent: Document) -> Document:
    call.backend.store.save("agent", call.environment.id, agent["identifier"], agent)
    return agent


def _endpoint(method: str, path: str, handler: Handler, status: int = 200) -> Endpoint:
    return Endpoint(method, f"/v1/agents{path}", handler, status, "configuration")


ENDPOINTS = [
    _endpoint("POST", "", _create, 201),
    _endpoint("GET", "", _list),
    _endpoint("GET", "/{agent}", _get),
    _endpoint("PUT", "/{agent}/bridge", _put_bridge),
]
