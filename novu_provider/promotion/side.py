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
    """One environment with its stack. The mappings have workflow ids as keys.

    :param name: the name of the environment.
    :param stored: the workflows that Novu stores.
    :param dashboard: the dashboard settings of the workflows that are compared.
    :param configured: the overrides in the configuration of the stack.
    :param steps: the control values in the state of the stack, by workflow and step. Encrypted values are
        :data:`ENCRYPTED`.
    :param dashboard_edited: the steps, and the workflows whose preferences, people edit by ``ignore_changes``.
    :param has_secrets: whether the configuration of workflows contains encrypted values. ``configured`` contains them
        decrypted.
    """

    name: str
    stored: Mapping[str, StoredWorkflow]
    dashboard: Mapping[str, DashboardSettings] = field(default_factory=dict)
    configured: Mapping[str, WorkflowArgs] = field(default_factory=dict)
    steps: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    dashboard_edited: Collection[tuple[str, ...]] = frozenset()
    has_secrets: bool = False

    def declared(self, workflow_id: str) -> WorkflowArgs:
        """Return the configured overrides of a workflow, including those under its former id."""
        args = self.configured.get(workflow_id, WorkflowArgs())
        former = self.configured.get(args.renamed_from or "")
        return args.overriding(former) if former else args

    def is_dashboard_edited(self, kind: Kind, workflow_id: str, *step_id: str) -> bool:
        """Whether people edit these overrides. The configuration, which applies from the next `up`, has precedence."""
        args = self.declared(workflow_id)
        if "ignore_changes" in args.model_fields_set:
            return kind in args.ignore_changes
        return (workflow_id, *step_id) in self.dashboard_edited

    def is_secret(self, workflow_id: str, step_id: str, key: str) -> bool:
        """Whether the program of the stack passes a control value as a secret."""
        values = self.steps.get((workflow_id, step_id))
        return values == ENCRYPTED or (isinstance(values, Mapping) and ENCRYPTED in canonical_json(values.get(key)))

    def count_pending(self) -> int:
        """Count the control values in the configuration that the environment does not store."""
        return sum(
            canonical_json(settings.controls.get(step_id, {}).get(key)) != canonical_json(value)
            for workflow_id, settings in self.dashboard.items()
            for step_id, values in self.declared(workflow_id).controls.items()
            for key, value in values.items()
        )
