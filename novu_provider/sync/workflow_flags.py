"""The switches of a workflow that no sync touches: what an environment sets stays until it sets something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from novu_provider.errors import NotHeld
from novu_provider.model.environment import StoredWorkflow
from novu_provider.novu_api.client import NovuApi

#: Each switch as the property of a ``Workflow`` has it, with Novu's name of it.
_FIELDS = {"validatePayload": "validatePayload", "translations": "isTranslationEnabled"}

KEYS = tuple(_FIELDS)


def read_flags(held: StoredWorkflow) -> dict[str, bool]:
    """Give all switches of a workflow that Novu holds."""
    return {"validatePayload": held.validate_payload, "translations": held.translations}


def apply_flags(api: NovuApi, held: StoredWorkflow, declared: Mapping[str, bool]) -> StoredWorkflow:
    """Set what differs of the declared switches, in one request.

    :returns: the workflow as Novu holds it then.
    :raises NotHeld: Novu does not keep one.
    """
    differing = {key: value for key, value in declared.items() if value != read_flags(held)[key]}
    if not differing:
        return held
    found = api.patch_workflow(held.id, {_FIELDS[key]: value for key, value in differing.items()})
    ignored = [_FIELDS[key] for key, value in differing.items() if bool(found.get(_FIELDS[key])) != value]
    if ignored:
        raise NotHeld(
            f"Novu does not set {', '.join(ignored)} of the workflow {held.workflow_id!r}.",
            why="The server, or the organisation's plan, does not offer it.",
            fix="Take the argument away (`validate_payload`, `translations`).",
            prop="workflowId",
        )
    now = {**read_flags(held), **differing}
    return replace(held, validate_payload=now["validatePayload"], translations=now["translations"])
