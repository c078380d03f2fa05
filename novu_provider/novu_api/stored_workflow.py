"""Registrations, read from the documents that Novu stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.registration import Registration, Step, schema_in

#: The members of ``preferences`` in a PUT that are not declared in the code. The dashboard sends ``default`` unchanged.
_PUT_PREFERENCES = ("user", "workflow", "default")


def stored_registration(document: Mapping[str, Any], current: Mapping[str, Any] | None = None) -> Registration:
    """Read the full document that Novu stores: an entry of a sync response or of ``GET /v1/workflows``.

    Name, description, tags, severity, activation, payload schema and the steps with their types are the values that
    Novu uses. The document does not contain control schemas and preferences of the code. They are read from
    ``rawData``: the discover entry of the last sync, which a PUT of the workflow replaces (:func:`is_rewritten`).

    :param current: the response of ``GET /v2/workflows/{_id}``, which is read instead of ``rawData`` after a PUT. It
        lacks the output schemas of ``custom`` steps. They are read as empty, and show as drift until the next sync.
    """
    raw = _as_discovered(current) if current else document.get("rawData") or {}
    raw_steps = {step["stepId"]: step for step in raw.get("steps") or () if _has_control_schema(step)}
    return Registration(
        workflow_id=stored_id(document),
        name=document.get("name") or "",
        description=document.get("description") or "",
        tags=tuple(document.get("tags") or ()),
        severity=document.get("severity") or "none",
        active=document.get("active", True) is not False,
        preferences=_declared_preferences(raw.get("preferences") or {}),
        payload_schema=document.get("payloadSchema") or {},
        control_schema=schema_in(raw.get("controls")),
        steps=tuple(_stored_step(step, raw_steps) for step in document.get("steps") or ()),
    )


def stored_id(document: Mapping[str, Any]) -> str:
    """Return the workflow id of a stored document: the identifier of its trigger."""
    identifier = document["triggers"][0]["identifier"]
    if not isinstance(identifier, str):
        raise TypeError(f"trigger identifier {identifier!r} is not text")
    return identifier


def is_rewritten(document: Mapping[str, Any]) -> bool:
    """Whether ``rawData`` of a stored document is the body of a PUT, for example the dashboard's, and not of a sync.

    The dashboard sends a workflow as it read it: ``controls`` of each step contain ``dataSchema`` and values.
    """
    raw = document.get("rawData")
    if not isinstance(raw, Mapping):
        return False
    steps = raw.get("steps") or ()
    return not all(map(_has_control_schema, steps)) if steps else "payload" not in raw


def _has_control_schema(raw_step: Mapping[str, Any]) -> bool:
    """Whether a step of ``rawData`` has its control schema in the place of a discover document."""
    controls = raw_step.get("controls")
    return isinstance(controls, Mapping) and isinstance(controls.get("schema"), Mapping)


def _declared_preferences(preferences: Mapping[str, Any]) -> JsonObject:
    """Return the preferences of the code. The body of a PUT also contains the override, as ``user``."""
    return {
        key: value for key, value in preferences.items() if key not in _PUT_PREFERENCES or "user" not in preferences
    }


def _as_discovered(current: Mapping[str, Any]) -> JsonObject:
    """Return the response of ``GET /v2/workflows/{_id}`` in the form of a discover document."""
    steps = current.get("steps") or ()
    return {
        "preferences": (current.get("preferences") or {}).get("default") or {},
        "steps": [
            {"stepId": step["stepId"], "controls": {"schema": (step.get("controls") or {}).get("dataSchema")}}
            for step in steps
        ],
    }


def _stored_step(document: Mapping[str, Any], raw_steps: Mapping[str, Mapping[str, Any]]) -> Step:
    step_id = document.get("stepId") or document.get("uuid") or document.get("name") or ""
    step_type = (document.get("template") or {}).get("type") or ""
    return Step.discovered({**raw_steps.get(step_id, {}), "stepId": step_id, "type": step_type})
