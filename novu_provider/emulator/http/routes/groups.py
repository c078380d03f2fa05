"""`/v1/notification-groups`: list and create. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.ids import object_id, timestamp
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.validation import require_string


async def _list(call: Call) -> Any:
    return call.backend.store.all("notification-group", call.environment.id)


async def _create(call: Call) -> Any:
    name, now = require_string(call.fields(), "name"), timestamp()
    general = call.backend.store.get("notification-group", call.environment.id, "General") or {}
    group = {
        "name": name,
        "_organizationId": call.environment.organization_id,
        "_environmentId": call.environment.id,
        # The parent is the group `General`, even in Development, where groups have no parent environment.
        "_parentId": general.get("_id"),
        "_id": object_id(),
        "createdAt": now,
        "updatedAt": now,
        "__v": 0,
    }
    call.backend.store.save("notification-group", call.environment.id, name, group)
    return {**group, "id": group["_id"]}


ENDPOINTS = [
    Endpoint("GET", "/v1/notification-groups", _list),
    Endpoint("POST", "/v1/notification-groups", _create, 201),
]
