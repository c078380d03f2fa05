"""Flags of a workflow that no sync changes: payload validation and translations. Each environment sets its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from novu_provider.errors import NotStored
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi

#: Each flag as a property of a ``Workflow``, with its name in Novu.
_FIELDS = {"validatePayload": "validatePayload", "translations": "isTranslationEnabled"}

KEYS = tuple(_FIELDS)


def read_flags(workflow: StoredWorkflow) -> dict[str, bool]:
    """Return all flags of a stored workflow."""
    return {"validatePayload": workflow.validate_payload, "translations": workflow.translations}


def apply_flags(api: NovuApi, workflow: StoredWorkflow, declared: Mapping[str, bool]) -> StoredWorkflow:
    """Set the declared flags that differ, in one request.

    :returns: the stored workflow with its new flags.
    :raises NotStored: Novu ignored a flag.
    """
    changes = {key: value for key, value in declared.items() if value != read_flags(workflow)[key]}
    if not changes:
        return workflow
    document = api.patch_workflow(workflow.id, {_FIELDS[key]: value for key, value in changes.items()})
    ignored = [_FIELDS[key] for key, value in changes.items() if bool(document.get(_FIELDS[key])) != value]
    if ignored:
        raise NotStored(
            f"Novu ignored {', '.join(ignored)} for the workflow {workflow.workflow_id!r}.",
            why="This Novu version or the organization's plan does not have this feature.",
            fix="Remove the argument (`validate_payload`, `translations`).",
            prop="workflowId",
        )
    flags = {**read_flags(workflow), **changes}
    return replace(workflow, validate_payload=flags["validatePayload"], translations=flags["translations"])
