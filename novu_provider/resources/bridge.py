"""The component ``Bridge``: a manifest, and what a stack says beyond it, as resources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi.runtime.config import is_config_secret

from novu_provider.bridge.client import BridgeClient as BridgeEndpoint
from novu_provider.errors import SettingsError, SignatureRefused
from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from novu_provider.novu_api.client import NovuApi
from novu_provider.resources.agent_binding import AgentBinding
from novu_provider.resources.environment_binding import EnvironmentBinding
from novu_provider.resources.error_reporting import user_errors
from novu_provider.resources.rename import Rename
from novu_provider.resources.step_controls import StepControls
from novu_provider.resources.workflow import Workflow
from novu_provider.resources.workflow_preferences import WorkflowPreferences
from novu_provider.settings import Settings

if TYPE_CHECKING:
    from novu_provider.model.workflow_args import WorkflowArgs


class Bridge(pulumi.ComponentResource):
    """One application's workflows in one Novu environment: an :class:`EnvironmentBinding` and a
    :class:`Workflow` each.

    :param name: the component's name in Pulumi.
    :param settings: where Novu and the bridge are; by default the stack's configuration.
    :param bridge_url: the bridge URL where the program computes it, an output of another resource say. It may be
        unknown in a preview; then ``manifest`` is needed.
    :param manifest: the manifest or its file's path, in place of the one that the bridge serves now.
    :param workflows: workflow id -> what this environment says of it beyond the code. `novu:workflows` in the stack's
        configuration goes before it.
    :param renamed_from: new workflow id -> old one: what people set on the old one is carried over.
    :param opts: Pulumi's options. ``protect`` reaches every resource inside.
    :raises pulumi.RunError: a setting is wrong, or the bridge serves no usable manifest.
    """

    workflow_ids: pulumi.Output[list[str]]
    """The ids of the workflows, sorted, once they are registered."""
    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""
    bridge_url: pulumi.Output[str]
    """The bridge URL without the bypass token."""

    def __init__(
        self,
        name: str,
        *,
        settings: Settings | None = None,
        bridge_url: pulumi.Input[str] | None = None,
        manifest: Manifest | str | Path | None = None,
        workflows: Mapping[str, WorkflowArgs | Mapping[str, Any]] | None = None,
        renamed_from: Mapping[str, str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with user_errors():
            settings = settings or Settings.from_config()
            url = _url(settings, bridge_url)
            found, source = _manifest(settings, url, manifest)
            declared = _declarations(found, workflows or {}, settings.workflows, renamed_from or {})
        secret = bool(settings.workflows) and is_config_secret("novu:workflows")
        found = found.with_inactive([key for key, one in declared.items() if one.active is False])
        super().__init__("novu:index:Bridge", name, None, opts)
        within = pulumi.ResourceOptions(parent=self)
        passing = pulumi.ResourceOptions(parent=self, protect=False)  # Nothing in Novu goes with a rename.
        renames = {
            key: Rename(key, old=one.renamed_from, new=key, declared=_settled(one), opts=passing)
            for key, one in declared.items()
            if one.renamed_from
        }
        self.binding = EnvironmentBinding(
            name,
            bridge_url=url,
            manifest=found,
            manifest_source=source,
            environment=settings.environment,
            wait_for_bridge=settings.wait_for_bridge,
            prune_unmanaged=settings.prune_unmanaged,
            protect=settings.protect,
            allow_empty=settings.allow_empty,
            max_deletions=settings.max_deletions,
            renamed_from={key: one.old for key, one in renames.items()},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(renames.values())),
        )
        self.workflows = {
            one.workflow_id: _workflow(self, settings, one, declared.get(one.workflow_id), renames)
            for one in found.workflows
        }
        for key, one in declared.items():
            _overrides(self.workflows[key], one, within, secret=secret)
        self.agents = {
            key: AgentBinding(
                key, agent_id=key, bridge_url=url, opts=pulumi.ResourceOptions(parent=self, depends_on=[self.binding])
            )
            for key in (found.agents if settings.agents else ())
        }
        # Of the URNs and not of the ids, which a preview does not know.
        registered = pulumi.Output.all(*(one.urn for one in self.workflows.values()))
        self.workflow_ids = registered.apply(lambda _: list(self.workflows))
        self.environment_id = self.binding.environment_id
        self.bridge_url = pulumi.Output.from_input(url)
        self.register_outputs({})


def _declarations(
    manifest: Manifest,
    program: Mapping[str, WorkflowArgs | Mapping[str, Any]],
    configured: Mapping[str, Any],
    renamed_from: Mapping[str, str],
) -> dict[str, WorkflowArgs]:
    if not (program or configured or renamed_from or manifest.renamed_from):
        return {}
    # Most stacks say nothing beyond the code, and need not wait for pydantic, 50 ms.
    from novu_provider.planning.declarations import resolve_declarations  # noqa: PLC0415

    return resolve_declarations(manifest, program, configured, renamed_from)


def _workflow(
    bridge: Bridge,
    settings: Settings,
    registration: Registration,
    declared: WorkflowArgs | None,
    renames: Mapping[str, Rename],
) -> Workflow:
    workflow_id = registration.workflow_id
    opts = _options(bridge, settings, workflow_id)
    if declared is None:
        return Workflow(workflow_id, registration, opts)
    return Workflow(
        workflow_id,
        registration,
        opts,
        validate_payload=declared.validate_payload,
        translations=declared.translations,
        rename=renames.get(workflow_id),
    )


def _overrides(
    workflow: Workflow, declared: WorkflowArgs, within: pulumi.ResourceOptions, *, secret: bool = False
) -> None:
    workflow_id = workflow.registration.workflow_id
    for step_id, given in declared.controls.items():
        values: Mapping[str, Any] = given
        if secret:
            # Which of them is the configuration's secret the SDK does not tell.
            values = {key: pulumi.Output.secret(one) for key, one in pulumi_json.encode(given).items()}
        StepControls(
            f"{workflow_id}/{step_id}",
            workflow=workflow,
            step_id=step_id,
            values=values,
            renamed=declared.renamed_from is not None,
            opts=_left(within, "values" if "controls" in declared.ignore_changes else None),
        )
    if declared.preferences is not None:
        WorkflowPreferences(
            workflow_id,
            workflow=workflow,
            preferences=declared.preferences,
            renamed=declared.renamed_from is not None,
            opts=_left(within, "preferences" if "preferences" in declared.ignore_changes else None),
        )


def _left(within: pulumi.ResourceOptions, ignored: str | None) -> pulumi.ResourceOptions:
    """Give the options of a resource whose property is left to the people who edit it, where one is."""
    return pulumi.ResourceOptions.merge(within, pulumi.ResourceOptions(ignore_changes=[ignored] if ignored else None))


def _settled(declared: WorkflowArgs) -> list[str]:
    """Name what the program itself says of a workflow, so that a rename does not carry it.

    What is left to the people who edit it is carried all the same.
    """
    said = {
        "active": declared.active,
        "validatePayload": declared.validate_payload,
        "translations": declared.translations,
        "preferences": None if "preferences" in declared.ignore_changes else declared.preferences,
    }
    steps = () if "controls" in declared.ignore_changes else declared.controls
    return [*(key for key, value in said.items() if value is not None), *(f"controls/{step_id}" for step_id in steps)]


def _options(bridge: Bridge, settings: Settings, workflow_id: str) -> pulumi.ResourceOptions:
    protected = settings.protect is True or workflow_id in settings.protect
    # None rather than False: the component's own `protect` is inherited then.
    return pulumi.ResourceOptions(parent=bridge, depends_on=[bridge.binding], protect=True if protected else None)


def _url(settings: Settings, bridge_url: pulumi.Input[str] | None) -> pulumi.Input[str]:
    found = bridge_url if bridge_url is not None else settings.bridge_url
    if found is None:
        raise SettingsError(
            "there is no bridge URL.",
            why="Neither `novu:bridgeUrl` in the stack's configuration nor NOVU_BRIDGE_URL is set.",
            fix="Run `pulumi config set novu:bridgeUrl https://app.example.com/api/novu` with your application's "
            "bridge endpoint.",
        )
    return found


def _manifest(
    settings: Settings, url: pulumi.Input[str], manifest: Manifest | str | Path | None
) -> tuple[Manifest, Literal["bridge", "file"]]:
    given = manifest if manifest is not None else settings.manifest
    if isinstance(given, Manifest):
        return given, "file"
    if given is not None:
        return Manifest.load(given), "file"
    if not isinstance(url, str):
        raise SettingsError(
            "the bridge URL is an output of another resource, so the bridge cannot be asked for its workflows.",
            why="An output is unknown until that resource exists.",
            fix="Export the manifest when the application is built (`novu-provider manifest export`) and name the "
            "file: `Bridge(…, manifest='novu.manifest.json')` or `novu:manifest`.",
            prop="manifest",
        )
    return _ask(settings, url), "bridge"


def _ask(settings: Settings, url: str) -> Manifest:
    endpoint = BridgeEndpoint.from_settings(settings, url)
    try:
        return endpoint.manifest()
    except SignatureRefused:
        # If Novu does not know the key either, that is the better answer.
        api = NovuApi(settings)
        try:
            api.environment()
        finally:
            api.close()
        raise
    finally:
        endpoint.close()
