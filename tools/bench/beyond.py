"""What the benchmark declares beyond code: control values of one step and a preference override for each workflow."""

from __future__ import annotations

from typing import Any

from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration, Step

#: Reads what is declared by workflow id.
PROGRAM = """\
import json
import pathlib

import novu_provider as novu

declared = json.loads(pathlib.Path("declared.json").read_text())
bridge = novu.Bridge("app", settings=novu.Settings.from_config(), workflows=declared)
"""

#: Resources for each workflow beside its own.
RESOURCES = 2

_OVERRIDE = {"all": {"enabled": True, "readOnly": True}, "channels": {"push": {"enabled": False}}}

Declared = dict[str, dict[str, Any]]
#: Kind, name, inputs, and the name of the workflow that it depends on.
Inert = list[tuple[str, str, dict[str, Any], str]]


def declared(manifest: Manifest) -> Declared:
    """Declare it by workflow id, as ``Bridge`` takes it."""
    return {
        one.workflow_id: {"controls": {_step(one).step_id: _values(one)}, "preferences": _OVERRIDE}
        for one in manifest.workflows
    }


def floor_inputs(manifest: Manifest) -> Inert:
    """Give the same resources for the inert program, with the inputs that ``Bridge`` declares of them."""
    found: Inert = []
    for one in manifest.workflows:
        step = _step(one)
        of_workflow = {"workflowId": one.workflow_id, "internalId": "0" * 24}
        controls = {
            "stepId": step.step_id,
            "values": pulumi_json.encode(_values(one)),
            "controlSchema": pulumi_json.encode(step.control_schema),
        }
        name = f"{one.workflow_id}/{step.step_id}"
        found.append(("StepControls", name, of_workflow | controls, one.workflow_id))
        found.append(
            ("WorkflowPreferences", one.workflow_id, of_workflow | {"preferences": _OVERRIDE}, one.workflow_id)
        )
    return found


def _step(one: Registration) -> Step:
    """Give the last step: each workflow's has a body."""
    return one.steps[-1]


def _values(one: Registration) -> dict[str, Any]:
    return {"body": f"{one.name}, as this environment says it"}
