"""Read a registration from the documents that Novu stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.registration import Registration, Step, schema_in

#: What a PUT has in ``preferences`` beside what the code says there; the dashboard sends ``default`` as it read it.
_PUT_PREFERENCES = ("user", "workflow", "default")


def stored_registration(document: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> Registration:
    """Read the full document that Novu stores (a sync's answer, or an entry of ``GET /v1/workflows``).

    Name, description, tags, severity, activity, payload schema and the steps' order and types are
    what Novu uses. Control schemas and the preferences of the code are not in that document; they
    are read from ``rawData``, the discover entry of the last sync, which a PUT of the workflow replaces
    (:func:`is_rewritten`).

    :param whole: the answer of ``GET /v2/workflows/{_id}``, to read them from after a PUT. Output schemas of
        ``custom`` steps are not in it: these then read as empty, which shows as drift until the next sync.
    """
    raw = _as_raw(whole) if whole else document.get("rawData") or {}
    raw_steps = {step["stepId"]: step for step in raw.get("steps") or () if _has_schema(step)}
    return Registration(
        workflow_id=stored_id(document),
        name=document.get("name") or "",
        description=document.get("description") or "",
        tags=tuple(document.get("tags") or ()),
        severity=document.get("severity") or "none",
        active=document.get("active", True) is not False,
        preferences=_of_the_code(raw.get("preferences") or {}),
        payload_schema=document.get("payloadSchema") or {},
        control_schema=schema_in(raw.get("controls")),
        steps=tuple(_stored_step(step, raw_steps) for step in document.get("steps") or ()),
    )


def stored_id(document: Mapping[str, Any]) -> str:
    """Give the workflow id of a stored document: its trigger's identifier."""
    identifier = document["triggers"][0]["identifier"]
    if not isinstance(identifier, str):
        raise TypeError(f"trigger identifier {identifier!r} is no text")
    return identifier


def is_rewritten(document: Mapping[str, Any]) -> bool:
    """Say whether a stored document's ``rawData`` is the body of a PUT, the dashboard's say, and not of a sync.

    The dashboard sends a workflow as it read it: with ``controls`` in each step that have a ``dataSchema`` and values.
    """
    raw = document.get("rawData")
    if not isinstance(raw, Mapping):
        return False
    steps = raw.get("steps") or ()
    return not all(map(_has_schema, steps)) if steps else "payload" not in raw


def _has_schema(raw_step: Mapping[str, Any]) -> bool:
    """Say whether a step of ``rawData`` has its control schema where a discover document has it."""
    controls = raw_step.get("controls")
    return isinstance(controls, Mapping) and isinstance(controls.get("schema"), Mapping)


def _of_the_code(said: Mapping[str, Any]) -> JsonObject:
    """Give the code's part of a raw document's preferences; a PUT always says the override too, as ``user``."""
    return {key: value for key, value in said.items() if key not in _PUT_PREFERENCES or "user" not in said}


def _as_raw(whole: Mapping[str, Any]) -> JsonObject:
    """Write what ``GET /v2/workflows/{_id}`` says as a discover document would."""
    steps = whole.get("steps") or ()
    return {
        "preferences": (whole.get("preferences") or {}).get("default") or {},
        "steps": [
            {"stepId": step["stepId"], "controls": {"schema": (step.get("controls") or {}).get("dataSchema")}}
            for step in steps
        ],
    }


def _stored_step(document: Mapping[str, Any], raw_steps: Mapping[str, Mapping[str, Any]]) -> Step:
    step_id = document.get("stepId") or document.get("uuid") or document.get("name") or ""
    kind = (document.get("template") or {}).get("type") or ""
    return Step.discovered({**raw_steps.get(step_id, {}), "stepId": step_id, "type": kind})
