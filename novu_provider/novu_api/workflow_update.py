"""A workflow as Novu's dashboard writes it: the body of ``PUT /v2/workflows/{_id}`` with all but one fact as read.

Observed on Novu 3.19.0: such a PUT keeps the ids, and the control values and the preference override that it repeats.
Its body becomes the workflow's ``rawData``, which is where the code's control schemas and preferences are read from.
Where no sync follows that restores it, the body carries them along, in the places where a discover document has them:
reading them takes no request more then, and custom steps keep their output schema, which Novu shows nowhere else.
"""

from __future__ import annotations

from typing import Any

from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.registration import Registration

#: Stands for "as read": None is a value, it clears a preference override.
_AS_READ: Any = object()


def build_update_body(
    document: JsonObject, *, severity: str | None = None, override: Any = _AS_READ, carrying: Registration | None = None
) -> JsonObject:
    """Turn a workflow as read into the body of a PUT that changes one fact alone.

    :param document: the answer of ``GET /v2/workflows/{_id}``.
    :param severity: the new severity.
    :param override: the new preference override; None clears it.
    :param carrying: the registration that Novu holds, to carry along what only ``rawData`` has of it.
    """
    preferences = document.get("preferences") or {}
    schemas = {step.step_id: step for step in carrying.steps} if carrying else {}
    return {
        "workflowId": document["workflowId"],
        "name": document["name"],
        "description": document.get("description") or "",
        "tags": document.get("tags") or [],
        "active": document.get("active", True),
        # Any other origin would make Novu process the control values as the dashboard's own.
        "origin": "external",
        "severity": severity or document.get("severity") or "none",
        # Named only where they are on: a server without translations refuses to hear of them.
        **{key: True for key in ("validatePayload", "isTranslationEnabled") if document.get(key)},
        "payloadSchema": document.get("payloadSchema") or {},
        "preferences": {
            **(carrying.preferences if carrying else {}),
            "user": preferences.get("user") if override is _AS_READ else override,
            "workflow": preferences.get("default"),
        },
        "steps": [_step(step, schemas) for step in document.get("steps") or ()],
        **({"controls": {"schema": carrying.control_schema}} if carrying and carrying.control_schema else {}),
        # By its place a body without steps is known as one that carries.
        **({"payload": {"schema": carrying.payload_schema}} if carrying and not carrying.steps else {}),
    }


def control_values(step: JsonObject) -> JsonObject:
    """Give the control values that are stored for a step as read, without the schema's defaults."""
    return (step.get("controls") or {}).get("values") or step.get("controlValues") or {}


def _step(step: JsonObject, schemas: dict[str, Any]) -> JsonObject:
    declared, values = schemas.get(step["stepId"]), control_values(step)
    return {
        "_id": step["_id"],
        "stepId": step["stepId"],
        "name": step.get("name") or step["stepId"],
        "type": step["type"],
        # The stored values alone, without the schema's defaults. Where there are none nothing is said: `null` removes
        # the step's provider overrides too (upsert-workflow.usecase.ts).
        **({"controlValues": values} if values else {}),
        **({"controls": {"schema": declared.control_schema}} if declared else {}),
        **({"outputs": {"schema": declared.output_schema}} if declared and declared.output_schema is not None else {}),
    }
