"""`/v1/workflows`: list, get, delete. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.ids import is_object_id
from novu_provider.emulator.data.responses import v1_list_entry, workflow_entity
from novu_provider.emulator.data.store import WorkflowQuery
from novu_provider.emulator.http.endpoint import Call, Endpoint
from novu_provider.emulator.http.errors import bad_request, internal_error, unauthorized
from novu_provider.emulator.http.validation import parse_integer


async def _list(call: Call) -> Any:
    """Return a page of workflows, newest first. Only old releases list dashboard workflows here."""
    query = call.request.query_params
    page = parse_integer(query.get("page"), "page", default=0, minimum=0)
    size = parse_integer(query.get("limit"), "limit", default=10, minimum=1, maximum=100)
    workflows, total = call.backend.store.find_workflows(
        call.environment.id,
        WorkflowQuery(
            limit=size,
            offset=page * size,
            text=query.get("query", ""),
            hide_dashboard=not call.backend.config.v1_lists_dashboard_workflows,
        ),
    )
    groups = call.backend.store.all("notification-group", call.environment.id)
    return {
        "page": page,
        "totalCount": total,
        "pageSize": size,
        "data": [v1_list_entry(workflow, call.environment, groups) for workflow in workflows],
    }


async def _get(call: Call) -> Any:
    return workflow_entity(call.backend.workflows.find(call.environment, call.path["workflow"]), call.environment)


async def _delete(call: Call) -> Any:
    """Delete a workflow, in Development only. With an identifier instead of an id, Novu deletes it and returns 500."""
    if call.environment.type != "dev":
        raise unauthorized("This action is only allowed in Development environment")
    workflow = call.backend.workflows.find(call.environment, call.path["workflow"])
    call.backend.workflows.delete(call.environment, workflow)
    if not is_object_id(call.path["workflow"]):
        raise internal_error()
    return True


async def _status(call: Call) -> Any:
    """Activate or deactivate a workflow, in Development only. Taken from Novu's code, not recorded."""
    if call.environment.type != "dev":
        raise unauthorized("This action is only allowed in Development environment")
    workflow = call.backend.workflows.find(call.environment, call.path["workflow"])
    active = bool(call.fields().get("active"))
    if active == workflow["active"]:
        raise bad_request("You must provide a different status from the current status")
    return workflow_entity(call.backend.workflows.patch(workflow, {"active": active}), call.environment)


ENDPOINTS = [
    Endpoint("GET", "/v1/workflows", _list),
    Endpoint("GET", "/v1/workflows/{workflow}", _get),
    Endpoint("DELETE", "/v1/workflows/{workflow}", _delete),
    Endpoint("PUT", "/v1/workflows/{workflow}/status", _status),
]
