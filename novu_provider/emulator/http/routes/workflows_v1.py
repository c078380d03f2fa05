"""`/v1/workflows`: list, get, delete. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.ids import is_object_id
from novu_provider.emulator.data.responses import entity, v1_listed
from novu_provider.emulator.data.store import WorkflowQuery
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import bad_request, internal_error, unauthorized
from novu_provider.emulator.http.validation import whole_number


async def _list(call: Call) -> Any:
    """Return a page of workflows, newest first; all but those made in the dashboard, unless an old server is played."""
    query = call.request.query_params
    page = whole_number(query.get("page"), "page", default=0, least=0)
    size = whole_number(query.get("limit"), "limit", default=10, least=1, most=100)
    found, total = call.backend.store.find_workflows(
        call.environment.id,
        WorkflowQuery(
            limit=size,
            offset=page * size,
            text=query.get("query", ""),
            hide_dashboard=not call.backend.config.v1_lists_dashboard,
        ),
    )
    groups = call.backend.store.all("notification-group", call.environment.id)
    return {
        "page": page,
        "totalCount": total,
        "pageSize": size,
        "data": [v1_listed(workflow, call.environment, groups) for workflow in found],
    }


async def _get(call: Call) -> Any:
    return entity(call.backend.workflows.find(call.environment, call.path["workflow"]), call.environment)


async def _delete(call: Call) -> Any:
    """Delete a workflow, in Development only. By its identifier it is deleted too, and 500 answered."""
    if call.environment.type != "dev":
        raise unauthorized("This action is only allowed in Development environment")
    workflow = call.backend.workflows.find(call.environment, call.path["workflow"])
    call.backend.workflows.delete(call.environment, workflow)
    if not is_object_id(call.path["workflow"]):
        raise internal_error()
    return True


async def _status(call: Call) -> Any:
    """Switch a workflow on or off, in Development only. Read in Novu's code, not recorded."""
    if call.environment.type != "dev":
        raise unauthorized("This action is only allowed in Development environment")
    workflow = call.backend.workflows.find(call.environment, call.path["workflow"])
    active = bool(call.fields().get("active"))
    if active == workflow["active"]:
        raise bad_request("You must provide a different status from the current status")
    return entity(call.backend.workflows.patch(workflow, {"active": active}), call.environment)


ENDPOINTS = [
    Endpoint("GET", "/v1/workflows", _list),
    Endpoint("GET", "/v1/workflows/{workflow}", _get),
    Endpoint("DELETE", "/v1/workflows/{workflow}", _delete),
    Endpoint("PUT", "/v1/workflows/{workflow}/status", _status),
]
