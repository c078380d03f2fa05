"""The body of ``PUT /v2/workflows/{_id}``: a workflow as it was read, with one property changed.

Observed on Novu 3.19.0: the PUT keeps the ids of the steps, and the control values and preference override that the
body repeats. The body becomes the workflow's ``rawData``, from which the control schemas and preferences of the code
are read. If no sync follows, the body therefore contains them in the places of a discover document. Reading them then
needs no further request, and custom steps keep their output schema, which no other response of Novu contains.
"""

from __future__ import annotations

from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.registration import Registration

#: Marks an override that stays as it was read. None is a value: it clears the override.
_UNCHANGED: Any = object()


def build_update_body(
    document: JsonObject,
    *,
    severity: str | None = None,
    override: Any = _UNCHANGED,
    carrying: Registration | None = None,
) -> JsonObject:
    """Return the body of a PUT that changes one property.

    :param document: the response of ``GET /v2/workflows/{_id}``.
    :param severity: the new severity.
    :param override: the new preference override. None clears it.
    :param carrying: the stored registration. Its schemas and preferences are added, because ``rawData`` is lost.
    """
    preferences = document.get("preferences") or {}
    declared_steps = {step.step_id: step for step in carrying.steps} if carrying else {}
    return {
        "workflowId": document["workflowId"],
        "name": document["name"],
        "description": document.get("description") or "",
        "tags": document.get("tags") or [],
        "active": document.get("active", True),
        # With any other origin, Novu would process the control values as those of a dashboard workflow.
        "origin": "external",
        "severity": severity or document.get("severity") or "none",
        # Only if they are on: a server without translations rejects the field.
        **{key: True for key in ("validatePayload", "isTranslationEnabled") if document.get(key)},
        "payloadSchema": document.get("payloadSchema") or {},
        "preferences": {
            **(carrying.preferences if carrying else {}),
            "user": preferences.get("user") if override is _UNCHANGED else override,
            "workflow": preferences.get("default"),
        },
        "steps": [_step(step, declared_steps) for step in document.get("steps") or ()],
        **({"controls": {"schema": carrying.control_schema}} if carrying and carrying.control_schema else {}),
        # For a body without steps, `is_rewritten` looks for this member.
        **({"payload": {"schema": carrying.payload_schema}} if carrying and not carrying.steps else {}),
    }


def control_values(step: JsonObject) -> JsonObject:
    """Return the control values that Novu stores for a step, without the defaults of the schema."""
    return (step.get("controls") or {}).get("values") or step.get("controlValues") or {}


def _step(step: JsonObject, declared_steps: dict[str, Any]) -> JsonObject:
    declared, values = declared_steps.get(step["stepId"]), control_values(step)
    return {
        "_id": step["_id"],
        "stepId": step["stepId"],
        "name": step.get("name") or step["stepId"],
        "type": step["type"],
        # Only stored values, without defaults. Without values the member is omitted: `null` would also remove the
        # step's provider overrides (upsert-workflow.usecase.ts).
        **({"controlValues": values} if values else {}),
        **({"controls": {"schema": declared.control_schema}} if declared else {}),
        **({"outputs": {"schema": declared.output_schema}} if declared and declared.output_schema is not None else {}),
    }
