"""One side of a promotion: an environment with its stack."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_provider.model.canonical_json import canonical_json
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.pulumi_json import ENCRYPTED
from novu_provider.model.workflow_args import WorkflowArgs
from novu_provider.promotion.model import Kind
from novu_provider.sync.rename_carryover import DashboardSettings


@dataclass(frozen=True)
class Side:
    """One environment with its stack. Workflow ids lead to what Novu holds and to what the configuration declares.

    ``held`` are the workflows of which all was read. ``steps`` are the control values in the stack's state, by
    workflow and step, with :data:`ENCRYPTED` for what is encrypted there. ``left`` are the steps, and the workflows
    with their overrides, that its program leaves to the dashboard by ``ignore_changes``. ``secret`` says that the
    configuration of workflows has encrypted values in it, which are decrypted in ``configured``.
    """

    name: str
    stored: Mapping[str, StoredWorkflow]
    held: Mapping[str, DashboardSettings] = field(default_factory=dict)
    configured: Mapping[str, WorkflowArgs] = field(default_factory=dict)
    steps: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    left: Collection[tuple[str, ...]] = frozenset()
    secret: bool = False

    def declared(self, workflow_id: str) -> WorkflowArgs:
        """Give what the configuration says of a workflow, also under the id that it had before."""
        found = self.configured.get(workflow_id, WorkflowArgs())
        former = self.configured.get(found.renamed_from or "")
        return found.overriding(former) if former else found

    def is_left(self, kind: Kind, workflow_id: str, *step_id: str) -> bool:
        """Say whether the stack leaves these to the dashboard; what its configuration says holds from the next `up`."""
        said = self.declared(workflow_id)
        if "ignore_changes" in said.model_fields_set:
            return kind in said.ignore_changes
        return (workflow_id, *step_id) in self.left

    def is_secret(self, workflow_id: str, step_id: str, key: str) -> bool:
        """Say whether the stack's program passes a control value as a secret."""
        values = self.steps.get((workflow_id, step_id))
        return values == ENCRYPTED or (isinstance(values, Mapping) and ENCRYPTED in canonical_json(values.get(key)))

    def pending(self) -> int:
        """Count the control values that the configuration says and that the environment does not hold."""
        return sum(
            canonical_json(held.controls.get(step_id, {}).get(key)) != canonical_json(value)
            for workflow_id, held in self.held.items()
            for step_id, values in self.declared(workflow_id).controls.items()
            for key, value in values.items()
        )
