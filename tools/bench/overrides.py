"""The overrides of the benchmark: control values of one step and preferences for each workflow."""

from __future__ import annotations

from typing import Any

from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration, Step

#: A program that reads the overrides by workflow id from a file.
PROGRAM = """\
import json
import pathlib

import novu_provider as novu

declared = json.loads(pathlib.Path("declared.json").read_text())
bridge = novu.Bridge("app", settings=novu.Settings.from_config(), workflows=declared)
"""

#: Number of override resources per workflow.
RESOURCES = 2

_OVERRIDE = {"all": {"enabled": True, "readOnly": True}, "channels": {"push": {"enabled": False}}}

Declared = dict[str, dict[str, Any]]
#: Kind, name and inputs of a resource, and the workflow that it depends on.
InertResources = list[tuple[str, str, dict[str, Any], str]]


def declared(manifest: Manifest) -> Declared:
    """Return the overrides by workflow id, as arguments of ``Bridge``."""
    return {
        workflow.workflow_id: {"controls": {_step(workflow).step_id: _values(workflow)}, "preferences": _OVERRIDE}
        for workflow in manifest.workflows
    }


def floor_inputs(manifest: Manifest) -> InertResources:
    """Return the same resources for the inert program, with the inputs of ``Bridge``."""
    resources: InertResources = []
    for workflow in manifest.workflows:
        step = _step(workflow)
        identity = {"workflowId": workflow.workflow_id, "internalId": "0" * 24}
        controls = {
            "stepId": step.step_id,
            "values": pulumi_json.encode(_values(workflow)),
            "controlSchema": pulumi_json.encode(step.control_schema),
        }
        name = f"{workflow.workflow_id}/{step.step_id}"
        resources.append(("StepControls", name, identity | controls, workflow.workflow_id))
        preferences = identity | {"preferences": _OVERRIDE}
        resources.append(("WorkflowPreferences", workflow.workflow_id, preferences, workflow.workflow_id))
    return resources


def _step(workflow: Registration) -> Step:
    """Return the last step, which has a body in every workflow."""
    return workflow.steps[-1]


def _values(workflow: Registration) -> dict[str, Any]:
    return {"body": f"{workflow.name} in this environment"}
