"""A stack with its environment opened by its key: what Novu holds there, and what the stack declares."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from novu_provider.cli import manifest_sources
from novu_provider.cli import stack as stacks
from novu_provider.cli.stack import Configuration, StackName
from novu_provider.errors import SettingsError
from novu_provider.model import workflow_args
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.model.pulumi_json import to_plain_json
from novu_provider.model.workflow_args import WorkflowArgs
from novu_provider.novu_api.client import NovuApi
from novu_provider.novu_api.overrides import Overrides
from novu_provider.promotion.model import Place, Promotion
from novu_provider.promotion.side import Side
from novu_provider.settings import NAMESPACE, Settings, expect_known_settings
from novu_provider.sync.progress import report_progress
from novu_provider.sync.rename_carryover import DashboardSettings
from novu_provider.sync.sync_errors import expect_name

#: The setting that says of workflows what code does not.
SETTING = "workflows"

#: The settings and variables by which Novu is reached; the bridge is not.
_REACHED_BY = ("apiUrl", "region", "caBundle", "timeout", "retries", "environment")
_VARIABLES = ("NOVU_API_URL", "NOVU_CA_BUNDLE")

#: Resources in a state, and the inputs that say what each is for.
_STEPS = ("StepControls", "workflowId", "stepId")
_OVERRIDES = ("WorkflowPreferences", "workflowId")


@dataclass(frozen=True)
class OpenStack:
    """A stack whose environment is open."""

    name: StackName
    configuration: Configuration
    api: NovuApi
    environment: Environment
    stored: Mapping[str, StoredWorkflow]

    @property
    def place(self) -> Place:
        """Name it in a promotion."""
        return Place(stack=self.name.name or "", environment_id=self.environment.id, environment=self.environment.name)

    def side(self, workflow_ids: Collection[str]) -> Side:
        """Read what is set on these workflows, one request each, and what the stack declares."""
        overrides = Overrides(self.api)
        state = stacks.resources(self.name)
        return Side(
            name=self.environment.name,
            stored=self.stored,
            dashboard={one: DashboardSettings.read(overrides, self.stored[one]) for one in workflow_ids},
            configured=declared(self.name, self.configuration),
            steps={key: to_plain_json(one.get("values")) for key, one in _inputs(state, *_STEPS)},
            dashboard_edited={
                key for kind in (_STEPS, _OVERRIDES) for key, one in _inputs(state, *kind) if one.get("left")
            },
            has_secrets=SETTING in self.configuration.secret,
        )

    def write(self, promotion: Promotion) -> None:
        """Write what is promoted into the stack's configuration."""
        if isinstance(self.configuration.values.get(SETTING), str):
            raise SettingsError(
                f"`novu:{SETTING}` in the configuration of {self.name} is a text: no single value can be set in it.",
                why="It was set as JSON; an object is set key by key.",
                fix="Write it as an object into the stack's file, and run the command again.",
                prop=SETTING,
            )
        values = {
            (SETTING, one.workflow_id, *value.path): value.after for one in promotion.workflows for value in one.values
        }
        stacks.write(self.name, values)


@contextmanager
def open_stack(name: StackName, configuration: Configuration, key: str) -> Iterator[OpenStack]:
    """Open the environment of a stack.

    :raises NovuError: it cannot be read, or is another one than the stack's configuration names.
    """
    given = {one: configuration.values.get(one) for one in _REACHED_BY} | {"secretKey": key}
    variables = {one: os.environ[one] for one in _VARIABLES if one in os.environ}
    expect_known_settings((f"{NAMESPACE}{key}" for key in configuration.values), name.name)
    settings = Settings.read(given.get, variables)
    api = NovuApi(settings, report=report_progress)
    try:
        environment = api.environment()
        expect_name(environment, settings.environment)
        yield OpenStack(name, configuration, api, environment, {one.workflow_id: one for one in api.stored_workflows()})
    finally:
        api.close()


def keys(
    stacked: Sequence[StackName], configured: Sequence[Configuration], variables: Sequence[str | None]
) -> list[str]:
    """Find both keys: of the variable that is named, else of the stack, else one of them of NOVU_SECRET_KEY.

    :raises SettingsError: there is none, or one for both.
    """
    found = [
        manifest_sources.key(variable) if variable else one.values.get("secretKey")
        for one, variable in zip(configured, variables, strict=True)
    ]
    if not any(found):
        raise SettingsError(
            f"neither {stacked[0]} nor {stacked[1]} has the key of its environment in its configuration.",
            why=f"The keys are given as variables, and {manifest_sources.KEY} can be that of one environment alone.",
            fix="Name a variable for each: --from-key NOVU_DEV_SECRET_KEY --to-key NOVU_PROD_SECRET_KEY.",
            prop="secretKey",
        )
    return [one or manifest_sources.key(manifest_sources.KEY) for one in found]


def declared(name: StackName, configuration: Configuration) -> dict[str, WorkflowArgs]:
    """Read what a stack's configuration says of workflows.

    :raises SettingsError: it has another form.
    """
    where = f"`novu:{SETTING}` in the configuration of {name}"
    return workflow_args.read_workflow_args(configuration.values.get(SETTING), where)


def _inputs(state: Iterable[dict[str, Any]], kind: str, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give the inputs of a stack's resources of one kind by what they are for, such as a workflow and its step."""
    for one in state:
        if one["type"].endswith(f"/novu:{kind}"):
            inputs = one.get("inputs") or {}
            yield tuple(inputs[name] for name in names), inputs
