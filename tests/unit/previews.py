"""Builds output of `pulumi preview --json` with only the fields that the package reads (engine 3.259.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from novu_provider.model import pulumi_json

Json = dict[str, Any]

_TYPES = {
    "Workflow": "novu:index:Bridge$pulumi-python:dynamic/novu:Workflow",
    "EnvironmentBinding": "novu:index:Bridge$pulumi-python:dynamic/novu:EnvironmentBinding",
    "StepControls": "novu:index:Bridge$pulumi-python:dynamic/novu:StepControls",
    "WorkflowPreferences": "novu:index:Bridge$pulumi-python:dynamic/novu:WorkflowPreferences",
    "AgentBinding": "novu:index:Bridge$pulumi-python:dynamic/novu:AgentBinding",
    "Integration": "pulumi-python:dynamic/novu:Integration",
    "Rename": "novu:index:Bridge$pulumi-python:dynamic/novu:Rename",
    "Bridge": "novu:index:Bridge",
    "Bucket": "aws:s3/bucket:Bucket",
    "Stack": "pulumi:pulumi:Stack",
}


def registration(workflow_id: str, **changes: Any) -> Json:
    """Return the inputs of a workflow."""
    return {
        "workflowId": workflow_id,
        "name": f"The {workflow_id}",
        "description": "",
        "tags": ["shop"],
        "severity": "none",
        "active": True,
        "preferences": {},
        "payloadSchema": {"type": "object", "properties": {"total": {"type": "number", "default": None}}},
        "steps": [step("mail", body="Hello")],
        **changes,
    }


def step(step_id: str, type_: str = "email", **defaults: Any) -> Json:
    """Return a step with these defaults in its control schema."""
    controls = {name: {"type": "string", "default": default} for name, default in defaults.items()}
    return {"stepId": step_id, "type": type_, "controlSchema": {"type": "object", "properties": controls}}


def workflow(op: str, old: Json | None = None, new: Json | None = None, name: str | None = None) -> Json:
    """Return the plan of a workflow. By default, the resource has the name of the workflow id."""
    inputs = new or old or {}
    return _step(op, "Workflow", name or inputs["workflowId"], old, new)


def binding(op: str, old: Json | None = None, new: Json | None = None, **outputs: Any) -> Json:
    """Return the plan of the binding. The engine prints outputs only for the old state."""
    plan = _step(op, "EnvironmentBinding", "app", old, new)
    if old is not None:
        plan["oldState"]["outputs"] = {**old, "environmentName": "Development", **outputs}
    return plan


def binding_inputs(url: str = "https://old.example/api/novu", **inputs: Any) -> Json:
    """Return the inputs of a binding."""
    return {"bridgeUrl": url, "bypassToken": "", "environmentId": "env1", "workflows": {}, **inputs}


def controls(
    op: str,
    old: Json | None = None,
    new: Json | None = None,
    step: tuple[str, str] = ("a", "mail"),
    name: str | None = None,
) -> Json:
    """Return the plan of a step's control values. The schema has defaults for `subject` and `links`."""
    schema = {"type": "object", "properties": {"subject": {"default": "Hello"}, "links": {"default": []}}}
    target = {"workflowId": step[0], "stepId": step[1], "internalId": "1", "controlSchema": schema}
    before, after = (None if side is None else {**target, "values": side} for side in (old, new))
    return _step(op, "StepControls", name or "/".join(step), before, after)


def preference_override(op: str, old: Json | None = None, new: Json | None = None, workflow_id: str = "a") -> Json:
    """Return the plan of a workflow's preference override."""
    before, after = (
        None if side is None else {"workflowId": workflow_id, "internalId": "1", "preferences": side}
        for side in (old, new)
    )
    return _step(op, "WorkflowPreferences", workflow_id, before, after)


def agent(op: str, old: str | None = None, new: str | None = None, agent_id: str = "helper", token: str = "") -> Json:
    """Return the plan of an agent's bridge URL."""
    before, after = (
        None if url is None else {"agentId": agent_id, "bridgeUrl": url, "bypassToken": "", "environmentId": "env1"}
        for url in (old, new)
    )
    if after is not None:
        after["bypassToken"] = token
    return _step(op, "AgentBinding", agent_id, before, after)


def rename(op: str, before: str, after: str, **carryover: Any) -> Json:
    """Return the plan of a rename with its carryover."""
    props = {"from": before, "to": after, "declared": [], "carried": carryover}
    return _step(op, "Rename", after, props if op == "delete" else None, None if op == "delete" else props)


def other_resource(op: str, resource_type: str = "Bucket", name: str = "files") -> Json:
    """Return the plan of a resource of another type."""
    plan = _step(op, resource_type, name, {} if op != "create" else None, {} if op != "delete" else None)
    if resource_type in ("Bridge", "Stack"):
        for side in ("oldState", "newState"):
            if side in plan:
                plan[side]["custom"] = False
    return plan


def diagnostic(message: str, severity: str = "error") -> Json:
    """Return a diagnostic message of the engine."""
    return {"message": message, "severity": severity}


def preview(*steps: Json, diagnostics: Any = ()) -> str:
    """Return the output of the command."""
    document: Json = {"steps": list(steps), "duration": 1, "changeSummary": {"same": 1}}
    return json.dumps(document | ({"diagnostics": list(diagnostics)} if diagnostics else {}))


def _step(op: str, resource_type: str, name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Json:
    plan: Json = {"op": op, "urn": f"urn:pulumi:prod::shop::{_TYPES[resource_type]}::{name}", "detailedDiff": None}
    for side, inputs in (("oldState", old), ("newState", new)):
        if inputs is not None:
            plan[side] = {"custom": True, "type": _TYPES[resource_type], "inputs": _inputs(inputs)}
    return plan


def _inputs(inputs: Mapping[str, Any]) -> Json:
    provider = "gASVZAAAAAAAAACMD2Nsb3VkcGlja2xlLmNsb3VkcGlja2xl"
    return {"__provider": provider, **pulumi_json.encode(dict(inputs))}


def integration(op: str, old: Mapping[str, Any] | None = None, new: Mapping[str, Any] | None = None) -> Json:
    """Return the plan of an integration. The engine hides its credentials."""
    fixed = {"identifier": "mail", "providerId": "ses", "channel": "email", "active": True, "credentials": "[secret]"}
    before, after = (None if side is None else {**fixed, **side} for side in (old, new))
    return _step(op, "Integration", "mail", before, after)
