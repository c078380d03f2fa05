"""A stack and its environment: the overrides that Novu stores there, and those that the stack declares."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from novu_provider.cli import manifest_sources
from novu_provider.cli import stack as stacks
from novu_provider.cli.stack import Configuration, PulumiStack
from novu_provider.errors import NovuError, SettingsError
from novu_provider.model import workflow_args
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.model.integrations import StoredIntegration
from novu_provider.model.pulumi_json import to_plain_json
from novu_provider.model.workflow_args import WorkflowArgs
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides
from novu_provider.promotion.model import Place, Promotion
from novu_provider.promotion.side import Side
from novu_provider.settings import NAMESPACE, Settings, expect_known_settings
from novu_provider.sync.progress import report_progress
from novu_provider.sync.rename_carryover import DashboardSettings
from novu_provider.sync.sync_errors import expect_environment_name

#: The setting with the overrides of workflows.
SETTING = "workflows"

#: The settings and variables of the connection to Novu, without the bridge.
_CONNECTION_SETTINGS = ("apiUrl", "region", "caBundle", "timeout", "retries", "environment")
_CONNECTION_VARIABLES = ("NOVU_API_URL", "NOVU_CA_BUNDLE")

#: Kinds of resources in a state, and the inputs that identify each.
_STEPS = ("StepControls", "workflowId", "stepId")
_PREFERENCES = ("WorkflowPreferences", "workflowId")


@dataclass(frozen=True)
class ConnectedStack:
    """A stack with a connection to its environment."""

    name: PulumiStack
    configuration: Configuration
    api: NovuApi
    environment: Environment
    stored: Mapping[str, StoredWorkflow]

    @functools.cached_property
    def _state(self) -> list[dict[str, Any]]:
        return stacks.resources(self.name)

    @property
    def place(self) -> Place:
        """The stack and its environment in a promotion."""
        return Place(stack=self.name.name or "", environment_id=self.environment.id, environment=self.environment.name)

    def integrations(self) -> list[StoredIntegration]:
        """List the integrations of the environment. None are listed if Novu or a proxy refuses it."""
        try:
            return self.api.integrations.list(self.environment.id)
        except NovuError as error:
            report_progress(f"the integrations of {self.environment.name!r} are not compared: {error.what}")
            return []

    def declared_integrations(self) -> set[str]:
        """Return the declared identifiers and the ids in Novu of the integrations in the stack's state."""
        resources = [resource for resource in self._state if resource["type"].endswith("/novu:Integration")]
        return {key for resource in resources for key in (resource["inputs"]["identifier"], resource.get("id")) if key}

    def side(self, workflow_ids: Collection[str]) -> Side:
        """Read the overrides of these workflows, with one request each, and those that the stack declares."""
        overrides = Overrides(self.api)
        state = self._state
        return Side(
            name=self.environment.name,
            stored=self.stored,
            dashboard={
                workflow_id: DashboardSettings.read(overrides, self.stored[workflow_id]) for workflow_id in workflow_ids
            },
            configured=declared_workflows(self.name, self.configuration),
            steps={identity: to_plain_json(inputs.get("values")) for identity, inputs in _inputs(state, *_STEPS)},
            dashboard_edited={
                identity
                for kind in (_STEPS, _PREFERENCES)
                for identity, inputs in _inputs(state, *kind)
                if inputs.get("left")
            },
            has_secrets=SETTING in self.configuration.secret,
        )

    def write(self, promotion: Promotion) -> None:
        """Write the promoted values into the stack's configuration."""
        if isinstance(self.configuration.values.get(SETTING), str):
            raise SettingsError(
                f"`novu:{SETTING}` in the configuration of {self.name} is JSON text, so no single value can be set.",
                why="The setting was written as one JSON text.",
                fix="Write it as an object into the stack's file, and run the command again.",
                prop=SETTING,
            )
        values = {
            (SETTING, workflow.workflow_id, *value.path): value.after
            for workflow in promotion.workflows
            for value in workflow.values
        }
        stacks.write(self.name, values)


@contextmanager
def connect_stack(name: PulumiStack, configuration: Configuration, key: str) -> Iterator[ConnectedStack]:
    """Connect to the environment of a stack.

    :raises NovuError: the environment cannot be read, or it is not the one that the stack's configuration names.
    """
    values = {setting: configuration.values.get(setting) for setting in _CONNECTION_SETTINGS} | {"secretKey": key}
    variables = {variable: os.environ[variable] for variable in _CONNECTION_VARIABLES if variable in os.environ}
    expect_known_settings((f"{NAMESPACE}{setting}" for setting in configuration.values), name.name)
    settings = Settings.read(values.get, variables)
    api = NovuApi(settings, report=report_progress)
    try:
        environment = api.environment()
        expect_environment_name(environment, settings.environment)
        stored = {workflow.workflow_id: workflow for workflow in api.stored_workflows()}
        yield ConnectedStack(name, configuration, api, environment, stored)
    finally:
        api.close()


def find_keys(
    names: Sequence[PulumiStack], configurations: Sequence[Configuration], variables: Sequence[str | None]
) -> list[str]:
    """Return the key of each stack: from its variable, its configuration, or NOVU_SECRET_KEY.

    :raises SettingsError: a key is missing, or NOVU_SECRET_KEY would be used for both stacks.
    """
    keys = [
        manifest_sources.key(variable) if variable else configuration.values.get("secretKey")
        for configuration, variable in zip(configurations, variables, strict=True)
    ]
    if not any(keys):
        raise SettingsError(
            f"neither {names[0]} nor {names[1]} has the key of its environment in its configuration.",
            why=f"{manifest_sources.KEY} can contain the key of only one environment.",
            fix="Pass a variable for each: --from-key NOVU_DEV_SECRET_KEY --to-key NOVU_PROD_SECRET_KEY.",
            prop="secretKey",
        )
    return [key or manifest_sources.key(manifest_sources.KEY) for key in keys]


def declared_workflows(name: PulumiStack, configuration: Configuration) -> dict[str, WorkflowArgs]:
    """Return the overrides in a stack's configuration, by workflow id.

    :raises SettingsError: the setting is invalid.
    """
    source = f"`novu:{SETTING}` in the configuration of {name}"
    return workflow_args.read_workflow_args(configuration.values.get(SETTING), source)


def _inputs(state: Iterable[dict[str, Any]], kind: str, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return the inputs of a stack's resources of one kind, each with its identity such as a workflow and a step."""
    for resource in state:
        if resource["type"].endswith(f"/novu:{kind}"):
            inputs = resource.get("inputs") or {}
            yield tuple(inputs[name] for name in names), inputs
