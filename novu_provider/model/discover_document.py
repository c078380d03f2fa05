"""Entries of a discover document without source code and without internals of the validation library.

A gateway returns the document of all applications, so it must not reveal their source code. Novu needs none of the
members that are removed (read in its source, 3.19.0: it stores ``code`` only to show it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.registration import Registration, Step

#: The output of a bundler, and the internals of zod.
_UNSTABLE = ("code", "unknownSchema")

#: What the framework writes where the code declares no schema.
_ANY: JsonObject = {"schema": {}}


def drop_unstable_members(document: Mapping[str, Any]) -> JsonObject:
    """Return an entry of ``workflows`` without the members that change although the workflow stays the same."""
    workflow = _without_unstable(document)
    return {**workflow, "steps": [_stable_step(step) for step in document.get("steps") or ()]}


def rebuild_discover_entry(workflow: Registration) -> JsonObject:
    """Return the entry of ``workflows`` that :meth:`Registration.discovered` reads as this registration."""
    entry: JsonObject = {
        "workflowId": workflow.workflow_id,
        "name": workflow.name,
        "severity": workflow.severity,
        "steps": [_rebuilt_step(step) for step in workflow.steps],
        "payload": {"schema": workflow.payload_schema},
        "controls": {"schema": workflow.control_schema},
        "tags": list(workflow.tags),
        "preferences": workflow.preferences,
    }
    if workflow.description:
        entry["description"] = workflow.description
    if not workflow.active:
        entry["active"] = False
    return entry


def _rebuilt_step(step: Step) -> JsonObject:
    return {
        "stepId": step.step_id,
        "type": step.type,
        "controls": {"schema": step.control_schema},
        "outputs": _ANY if step.output_schema is None else {"schema": step.output_schema},
        "results": _ANY,
        "options": {},
        "providers": [],
    }


def _stable_step(step: Mapping[str, Any]) -> JsonObject:
    stable = _without_unstable(step)
    if isinstance(stable.get("options"), Mapping):
        stable["options"] = {key: value for key, value in stable["options"].items() if key != "controlSchema"}
    if isinstance(stable.get("providers"), list):
        stable["providers"] = [
            _without_unstable(provider) for provider in stable["providers"] if isinstance(provider, Mapping)
        ]
    return stable


def _without_unstable(document: Mapping[str, Any]) -> JsonObject:
    """Drop the unstable members of an object and of the holders of schemas in it, never those of a schema."""
    return {
        key: {name: member for name, member in value.items() if name not in _UNSTABLE}
        if isinstance(value, Mapping) and "schema" in value
        else value
        for key, value in document.items()
        if key not in _UNSTABLE
    }
