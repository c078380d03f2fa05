"""`/v2/workflows`: list, get, create, put, patch, delete, promote, preview a step. Observed on Novu 3.19.0."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.backend import Backend
from novu_provider.emulator.bridge.dashboard_writes import create_in_dashboard, put_workflow
from novu_provider.emulator.bridge.preview import preview_step
from novu_provider.emulator.data.ids import parse_slug
from novu_provider.emulator.data.responses import v2_list_entry, v2_workflow, workflow_id
from novu_provider.emulator.data.store import Document, WorkflowQuery
from novu_provider.emulator.http.endpoint import Call, Endpoint, Handler
from novu_provider.emulator.http.errors import (
    bad_request,
    forbidden,
    internal_error,
    validation_error,
    workflow_not_found,
)
from novu_provider.emulator.http.routes.environments import OTHER_ENVIRONMENT
from novu_provider.emulator.http.validation import parse_integer

_PATCHABLE = (
    "active",
    "name",
    "description",
    "tags",
    "payloadSchema",
    "validatePayload",
    "isTranslationEnabled",
)
"""Fields that PATCH changes. It accepts a severity and ignores it."""

_ORDERS = ("createdAt", "updatedAt", "name", "lastTriggeredAt")


def _find(call: Call) -> Document:
    return call.backend.workflows.find(call.environment, parse_slug(call.path["workflow"]))


def _workflow_response(call: Call, workflow: Document) -> Document:
    response = v2_workflow(workflow, call.environment, call.backend.workflows.controls(call.environment, workflow))
    hidden = () if call.backend.config.severities else ("severity",)
    return {name: value for name, value in response.items() if name not in hidden}


async def _list(call: Call) -> Any:
    query = call.request.query_params
    order, direction = query.get("orderBy", "createdAt"), query.get("orderDirection", "DESC")
    if order not in _ORDERS:
        raise validation_error(f"orderBy must be one of the following values: {', '.join(_ORDERS)}")
    if direction not in {"ASC", "DESC"}:
        raise validation_error("orderDirection must be one of the following values: ASC, DESC")
    workflows, total = call.backend.store.find_workflows(
        call.environment.id,
        WorkflowQuery(
            limit=parse_integer(query.get("limit"), "limit", default=50, minimum=1, maximum=100),
            offset=parse_integer(query.get("offset"), "offset", default=0, minimum=0),
            order_by=order,
            descending=direction == "DESC",
            text=query.get("query", ""),
            tags=tuple(query.getlist("tags")),
            statuses=tuple(query.getlist("status")),
        ),
    )
    return {"workflows": [v2_list_entry(workflow, call.environment) for workflow in workflows], "totalCount": total}


async def _get(call: Call) -> Any:
    environment_id = call.request.query_params.get("environmentId")
    if environment_id and environment_id != call.environment.id:
        raise forbidden(OTHER_ENVIRONMENT)
    return _workflow_response(call, _find(call))


async def _create(call: Call) -> Any:
    """Create a dashboard workflow. Only a sync creates code-first workflows."""
    return _workflow_response(call, create_in_dashboard(call.backend.workflows, call.environment, call.fields()))


async def _put(call: Call) -> Any:
    return _workflow_response(call, put_workflow(call.backend.workflows, call.environment, _find(call), call.fields()))


async def _patch(call: Call) -> Any:
    fields = call.fields()
    changes = {name: fields[name] for name in _PATCHABLE if fields.get(name) is not None}
    return _workflow_response(call, call.backend.workflows.patch(_find(call), changes))


async def _delete(call: Call) -> Any:
    if not call.backend.config.v2_api_keys:
        # Old releases do not authenticate this request, and then fail because it has no user.
        raise internal_error()
    call.backend.workflows.delete(call.environment, _find(call))


async def _promote(call: Call) -> Any:
    """Refuse to copy a workflow to another environment. Code-first workflows need a sync there instead."""
    workflow = _find(call)
    if workflow["origin"] != "external":
        # The emulator cannot copy dashboard workflows.
        raise workflow_not_found(call.path["workflow"])
    raise bad_request(
        f"Cannot sync workflow: origin '{workflow['origin']}' is not allowed (must be one of: novu-cloud)",
        workflowId=workflow_id(workflow),
        status=workflow["status"],
        origin=workflow["origin"],
        allowedOrigins=["novu-cloud"],
    )


async def _preview(call: Call) -> Any:
    return await preview_step(
        call.backend.workflows,
        call.backend.bridge,
        call.environment,
        call.fields(),
        workflow=parse_slug(call.path["workflow"]),
        step=parse_slug(call.path["step"]),
    )


def _endpoint(method: str, path: str, handler: Handler, status: int = 200) -> Endpoint:
    return Endpoint(method, f"/v2/workflows{path}", handler, status, "configuration", _accepts_api_keys)


def _accepts_api_keys(backend: Backend) -> bool:
    return backend.config.v2_api_keys


def _accepts_delete(backend: Backend) -> bool:
    return backend.config.v2_api_keys or not backend.config.v2_delete_checks_api_key


ENDPOINTS = [
    _endpoint("GET", "", _list),
    _endpoint("POST", "", _create, 201),
    _endpoint("GET", "/{workflow}", _get),
    _endpoint("PUT", "/{workflow}", _put),
    _endpoint("PATCH", "/{workflow}", _patch),
    Endpoint("DELETE", "/v2/workflows/{workflow}", _delete, 204, "configuration", _accepts_delete),
    _endpoint("PUT", "/{workflow}/sync", _promote),
    _endpoint("POST", "/{workflow}/step/{step}/preview", _preview, 201),
]
