"""The component ``Bridge``: all workflows of one application in one environment, as resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi.runtime.config import is_config_secret

from novu_provider.errors import SettingsError
from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from novu_provider.resources.agent_binding import AgentBinding
from novu_provider.resources.applications import Applications
from novu_provider.resources.environment_binding import EnvironmentBinding
from novu_provider.resources.error_reporting import user_errors
from novu_provider.resources.manifest_source import read_manifest, resolve_bridge_url
from novu_provider.resources.rename import Rename
from novu_provider.resources.resource_options import drop_options_last
from novu_provider.resources.step_controls import StepControls
from novu_provider.resources.workflow import Workflow
from novu_provider.resources.workflow_preferences import WorkflowPreferences
from novu_provider.settings import Settings

if TYPE_CHECKING:
    from novu_provider.bridge.applications import Source
    from novu_provider.model.workflow_args import WorkflowArgs
    from novu_provider.resources.integration import Integration


class Bridge(pulumi.ComponentResource):
    """All workflows of one application, or of several behind a gateway, in one Novu environment.

    Bridge reads the manifest of the application and declares one :class:`EnvironmentBinding` for the environment, one
    :class:`Workflow` for each registration, and one :class:`AgentBinding` for each agent. Example::

        import pulumi
        import novu_provider as novu

        bridge = novu.Bridge(
            "app",
            workflows={
                "order-confirmed": novu.WorkflowArgs(
                    controls={"email": {"subject": "Your order"}},
                    preferences=novu.Preferences(channels={"sms": False}),
                ),
            },
        )
        pulumi.export("workflows", bridge.workflow_names)

    :param name: The name of the component in the program.
    :param settings: Where Novu and the bridge are. By default, the settings in the stack configuration and in
        environment variables, see :class:`Settings`.
    :param bridge_url: The URL of the deployed bridge, if the program computes it. It overrides ``novu:bridgeUrl``. An
        output of another resource may be unknown in a preview; then ``manifest`` is required.
    :param manifest: The manifest or the path of a manifest file. It overrides ``novu:manifest``. By default, Bridge
        reads the manifest from the bridge.
    :param sources: The applications behind a gateway, in place of one application: :class:`novu_provider.Applications`,
        or application -> the URL of its bridge endpoint. The bridge URL is then that of the gateway.
    :param workflows: Workflow id -> the overrides of this environment, see :class:`WorkflowArgs`. ``novu:workflows``
        in the stack configuration overrides this argument.
    :param renamed_from: New workflow id -> old id, for workflows that got another id in the code. Bridge carries the
        dashboard settings over from the old id.
    :param integrations: The integrations through which Novu delivers, see :class:`Integration`. They exist before the
        first sync, and the preview reports a removed one that a workflow needs.
    :param require_integrations: Whether a workflow's channel without an integration is refused. By default the preview
        only reports it; False checks nothing.
    :param opts: Pulumi's resource options. ``protect`` also applies to every resource inside.
    :raises pulumi.RunError: A setting is invalid, or there is no valid manifest.
    """

    binding: EnvironmentBinding
    """The connection of the environment to the bridge."""
    workflows: dict[str, Workflow]
    """Workflow id -> the registration of the workflow."""
    agents: dict[str, AgentBinding]
    """Agent id -> the bridge URL of the agent."""
    workflow_names: pulumi.Output[dict[str, str]]
    """Workflow id -> the name of the workflow, for all workflows. Export it: each change is then one line of a plan."""
    workflow_ids: pulumi.Output[dict[str, str]]
    """The same as ``workflow_names``, for programs of earlier versions. It was a list."""
    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""
    bridge_url: pulumi.Output[str]
    """The bridge URL without the bypass token."""
    applications: Applications | None
    """The applications behind the gateway, with their routes and the gateway's configuration. None without sources."""

    def __init__(
        self,
        name: str,
        *,
        settings: Settings | None = None,
        bridge_url: pulumi.Input[str] | None = None,
        manifest: Manifest | str | Path | None = None,
        sources: Applications | Mapping[str, str | Source | Mapping[str, Any]] | None = None,
        workflows: Mapping[str, WorkflowArgs | Mapping[str, Any]] | None = None,
        renamed_from: Mapping[str, str] | None = None,
        integrations: Sequence[Integration] = (),
        require_integrations: bool | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with user_errors():
            settings = settings or Settings.from_config()
            self.applications = _resolve_applications(sources, settings, bridge_url, manifest)
            if self.applications is not None:
                manifest = self.applications.manifest
                bridge_url = bridge_url if bridge_url is not None else self.applications.bridge_url
            url = resolve_bridge_url(settings, bridge_url)
            read, source = read_manifest(settings, url, manifest)
            arguments = _resolve_arguments(read, workflows or {}, settings.workflows, renamed_from or {})
        inactive = [workflow_id for workflow_id, args in arguments.items() if args.active is False]
        drop_options_last(opts)
        super().__init__("novu:index:Bridge", name, None, opts)
        self._settings = settings
        self._manifest = read.with_inactive(inactive)
        self._arguments = arguments
        self._integrations = integrations
        self._require_integrations = require_integrations
        renames = self._declare_renames()
        self.binding = self._declare_binding(name, url, source, renames)
        self.workflows = self._declare_workflows(renames)
        self._declare_overrides()
        self.agents = self._declare_agents(url)
        # Depends on the URNs, because a preview does not know the ids of new resources.
        registered = pulumi.Output.all(*(workflow.urn for workflow in self.workflows.values()))
        names = {workflow_id: workflow.registration.name for workflow_id, workflow in self.workflows.items()}
        # Not a list: without one item, the engine would show all items behind it as changed.
        self.workflow_names = registered.apply(lambda _: names)
        self.workflow_ids = self.workflow_names
        self.environment_id = self.binding.environment_id
        self.bridge_url = pulumi.Output.from_input(url)
        self.register_outputs({})

    def gateway_config(self, format: str, **options: Any) -> dict[str, str]:
        """Return :meth:`novu_provider.Applications.gateway_config`, for a gateway that is deployed after this bridge.

        For a gateway that the same program deploys, pass :class:`novu_provider.Applications` as ``sources``.

        :raises pulumi.RunError: There are no sources, or the format or an option is invalid.
        """
        with user_errors():
            if self.applications is None:
                raise SettingsError(
                    "`gateway_config` needs the applications behind the gateway.",
                    why="The bridge has one application, so it needs no gateway.",
                    fix="Pass `sources` to the bridge, or remove the call.",
                    prop="sources",
                )
        return self.applications.gateway_config(format, **options)

    def _declare_renames(self) -> dict[str, Rename]:
        # Deleting a Rename deletes nothing in Novu, so it is never protected.
        opts = pulumi.ResourceOptions(parent=self, protect=False)
        return {
            new: Rename(new, old=args.renamed_from, new=new, declared=_declared_settings(args), opts=opts)
            for new, args in self._arguments.items()
            if args.renamed_from
        }

    def _declare_binding(
        self, name: str, url: pulumi.Input[str], source: Literal["bridge", "file"], renames: Mapping[str, Rename]
    ) -> EnvironmentBinding:
        settings = self._settings
        return EnvironmentBinding(
            name,
            bridge_url=url,
            manifest=self._manifest,
            manifest_source=source,
            environment=settings.environment,
            wait_for_bridge=settings.wait_for_bridge,
            replace_bridge_url=settings.replace_bridge_url,
            prune_unmanaged=settings.prune_unmanaged,
            protect=settings.protect,
            allow_empty=settings.allow_empty,
            max_deletions=settings.max_deletions,
            renamed_from={new: rename.old for new, rename in renames.items()},
            applications=self.applications.workflows_by_application if self.applications else None,
            integrations=self._integrations,
            require_integrations=self._require_integrations,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(renames.values())),
        )

    def _declare_workflows(self, renames: Mapping[str, Rename]) -> dict[str, Workflow]:
        return {
            registration.workflow_id: self._declare_workflow(registration, renames.get(registration.workflow_id))
            for registration in self._manifest.workflows
        }

    def _declare_workflow(self, registration: Registration, rename: Rename | None) -> Workflow:
        workflow_id = registration.workflow_id
        args = self._arguments.get(workflow_id)
        protect = self._settings.protect
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[self.binding],
            # With None, the workflow inherits the component's own `protect`. With False it would not.
            protect=True if protect is True or workflow_id in protect else None,
        )
        return Workflow(
            workflow_id,
            registration,
            opts,
            validate_payload=args.validate_payload if args else None,
            translations=args.translations if args else None,
            rename=rename,
            application=self.applications.workflows[workflow_id] if self.applications else None,
        )

    def _declare_overrides(self) -> None:
        for workflow_id, args in self._arguments.items():
            workflow = self.workflows[workflow_id]
            for step_id, values in args.controls.items():
                StepControls(
                    f"{workflow_id}/{step_id}",
                    workflow=workflow,
                    step_id=step_id,
                    values=self._with_secrets(values),
                    renamed=args.renamed_from is not None,
                    opts=self._override_options("values" if "controls" in args.ignore_changes else None),
                )
            if args.preferences is not None:
                WorkflowPreferences(
                    workflow_id,
                    workflow=workflow,
                    preferences=args.preferences,
                    renamed=args.renamed_from is not None,
                    opts=self._override_options("preferences" if "preferences" in args.ignore_changes else None),
                )

    def _with_secrets(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Mark all values as secret if the stack configuration contains a secret: the SDK does not tell which."""
        if not (self._settings.workflows and is_config_secret("novu:workflows")):
            return values
        return {key: pulumi.Output.secret(value) for key, value in pulumi_json.encode(values).items()}

    def _override_options(self, ignored: str | None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, ignore_changes=[ignored] if ignored else None)

    def _declare_agents(self, url: pulumi.Input[str]) -> dict[str, AgentBinding]:
        opts = pulumi.ResourceOptions(parent=self, depends_on=[self.binding])
        agents = self._manifest.agents if self._settings.agents else ()
        return {agent_id: AgentBinding(agent_id, agent_id=agent_id, bridge_url=url, opts=opts) for agent_id in agents}


def _resolve_applications(
    sources: Applications | Mapping[str, str | Source | Mapping[str, Any]] | None,
    settings: Settings,
    bridge_url: pulumi.Input[str] | None,
    manifest: Manifest | str | Path | None,
) -> Applications | None:
    if sources is None:
        return None
    if manifest is not None:
        raise SettingsError(
            "Bridge has both `sources` and `manifest`.",
            why="Each application of `sources` has its own manifest.",
            fix="Remove `manifest`, and name the file of an application in its source: "
            '`sources={"shop": {"url": …, "manifest": "shop.manifest.json"}}`.',
            prop="sources",
        )
    if not isinstance(sources, Mapping):
        return sources
    # An output is unknown in a preview. The settings then name the gateway.
    return Applications(sources, bridge_url=bridge_url if isinstance(bridge_url, str) else None, settings=settings)


def _resolve_arguments(
    manifest: Manifest,
    program: Mapping[str, WorkflowArgs | Mapping[str, Any]],
    configured: Mapping[str, Any],
    renamed_from: Mapping[str, str],
) -> dict[str, WorkflowArgs]:
    if not (program or configured or renamed_from or manifest.renamed_from):
        return {}
    # Imported here: most stacks have no overrides, and pydantic takes 50 ms to import.
    from novu_provider.planning.declarations import resolve_declarations  # noqa: PLC0415

    return resolve_declarations(manifest, program, configured, renamed_from)


def _declared_settings(args: WorkflowArgs) -> list[str]:
    """Return the settings that the program declares for a workflow, which a rename therefore does not carry over.

    Settings that people edit in the dashboard are carried over.
    """
    settings = {
        "active": args.active,
        "validatePayload": args.validate_payload,
        "translations": args.translations,
        "preferences": None if "preferences" in args.ignore_changes else args.preferences,
    }
    steps = () if "controls" in args.ignore_changes else args.controls
    return [
        *(key for key, value in settings.items() if value is not None),
        *(f"controls/{step_id}" for step_id in steps),
    ]
