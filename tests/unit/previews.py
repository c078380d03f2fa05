"""What `pulumi preview --json` prints for this provider's resources, cut to what is read (engine 3.259.0)."""

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
    "Rename": "novu:index:Bridge$pulumi-python:dynamic/novu:Rename",
    "Bridge": "novu:index:Bridge",
    "Bucket": "aws:s3/bucket:Bucket",
    "Stack": "pulumi:pulumi:Stack",
}


def registration(workflow_id: str, **changes: Any) -> Json:
    """A workflow's inputs."""
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
    """A step whose controls have these defaults."""
    controls = {name: {"type": "string", "default": default} for name, default in defaults.items()}
    return {"stepId": step_id, "type": type_, "controlSchema": {"type": "object", "properties": controls}}


def workflow(op: str, old: Json | None = None, new: Json | None = None, name: str | None = None) -> Json:
    """A step of a workflow; its resource has the workflow's id for a name."""
    found = new or old or {}
    return _step(op, "Workflow", name or found["workflowId"], old, new)


def binding(op: str, old: Json | None = None, new: Json | None = None, **outputs: Any) -> Json:
    """A step of the binding. The engine gives outputs of the old side alone."""
    made = _step(op, "EnvironmentBinding", "app", old, new)
    if old is not None:
        made["oldState"]["outputs"] = {**old, "environmentName": "Development", **outputs}
    return made


def bound(url: str = "https://old.example/api/novu", **inputs: Any) -> Json:
    """A binding's inputs."""
    return {"bridgeUrl": url, "bypassToken": "", "environmentId": "env1", "workflows": {}, **inputs}


def controls(
    op: str,
    old: Json | None = None,
    new: Json | None = None,
    step: tuple[str, str] = ("a", "mail"),
    name: str | None = None,
) -> Json:
    """A step of the control values of a workflow's step, with defaults for `subject` and `links`."""
    schema = {"type": "object", "properties": {"subject": {"default": "Hello"}, "links": {"default": []}}}
    place = {"workflowId": step[0], "stepId": step[1], "internalId": "1", "controlSchema": schema}
    before, after = (None if side is None else {**place, "values": side} for side in (old, new))
    return _step(op, "StepControls", name or "/".join(step), before, after)


def override(op: str, old: Json | None = None, new: Json | None = None, workflow_id: str = "a") -> Json:
    """A step of a workflow's preference override."""
    before, after = (
        None if side is None else {"workflowId": workflow_id, "internalId": "1", "preferences": side}
        for side in (old, new)
    )
    return _step(op, "WorkflowPreferences", workflow_id, before, after)


def agent(op: str, old: str | None = None, new: str | None = None, agent_id: str = "helper", token: str = "") -> Json:
    """A step of an agent's bridge URL."""
    before, after = (
        None if url is None else {"agentId": agent_id, "bridgeUrl": url, "bypassToken": "", "environmentId": "env1"}
        for url in (old, new)
    )
    if after is not None:
        after["bypassToken"] = token
    return _step(op, "AgentBinding", agent_id, before, after)


def rename(op: str, before: str, after: str, **carried: Any) -> Json:
    """A step of a rename with what it carries."""
    props = {"from": before, "to": after, "declared": [], "carried": carried}
    return _step(op, "Rename", after, props if op == "delete" else None, None if op == "delete" else props)


def other(op: str, kind: str = "Bucket", name: str = "files") -> Json:
    """A step of another resource."""
    made = _step(op, kind, name, {} if op != "create" else None, {} if op != "delete" else None)
    if kind in ("Bridge", "Stack"):
        for side in ("oldState", "newState"):
            if side in made:
                made[side]["custom"] = False
    return made


def diagnostic(message: str, severity: str = "error") -> Json:
    """A message as the engine passes it on."""
    return {"message": message, "severity": severity}


def preview(*steps: Json, diagnostics: Any = ()) -> str:
    """The command's output."""
    document: Json = {"steps": list(steps), "duration": 1, "changeSummary": {"same": 1}}
    return json.dumps(document | ({"diagnostics": list(diagnostics)} if diagnostics else {}))


def _step(op: str, kind: str, name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Json:
    made: Json = {"op": op, "urn": f"urn:pulumi:prod::shop::{_TYPES[kind]}::{name}", "detailedDiff": None}
    for side, inputs in (("oldState", old), ("newState", new)):
        if inputs is not None:
            made[side] = {"custom": True, "type": _TYPES[kind], "inputs": _inputs(inputs)}
    return made


def _inputs(inputs: Mapping[str, Any]) -> Json:
    provider = "gASVZAAAAAAAAACMD2Nsb3VkcGlja2xlLmNsb3VkcGlja2xl"
    return {"__provider": provider, **pulumi_json.encode(dict(inputs))}
