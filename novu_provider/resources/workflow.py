"""The resource ``Workflow``: the registration of one code-first workflow in one environment.

Only the sync of EnvironmentBinding writes registrations. This resource records the registration that Novu stores after
the sync, and sets the flags that no sync changes. After a rename it applies the carryover. On delete it removes the
workflow if the sync did not delete it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotStored, NovuError
from novu_provider.model import pulumi_json
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.registration import Registration
from novu_provider.model.state_format import FIRST_FORMAT_WITH_CURRENT_DIGESTS, FORMAT
from novu_provider.planning.effects import StoredBeforeUpdate
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import NovuProvider, diff_result, read_state_format
from novu_provider.resources.rename import Rename
from novu_provider.resources.resource import NovuResource
from novu_provider.sync import workflow_flags
from novu_provider.sync.progress import report_progress
from novu_provider.sync.rename_carryover import DashboardSettings, apply_settings
from novu_provider.sync.session import Session

Props = dict[str, Any]


class WorkflowProvider(NovuProvider):
    """Create, read, update and delete for :class:`Workflow`."""

    noun = "workflow"
    identity = ("workflowId",)

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Refuse properties that are not a registration. Of a new resource, add what Novu stores already."""
        try:
            declared = _declared_registration(news)
        except ValueError as error:
            reason = f"invalid workflow registration: {str(error).splitlines()[0]}"
            return CheckResult(news, [CheckFailure("workflowId", reason)])
        inputs = dict(news)
        # It stays in the state: the engine would print a property that disappears.
        before = olds.get(StoredBeforeUpdate.INPUT) if olds else self._before_update(declared, news)
        if before is not None:
            inputs[StoredBeforeUpdate.INPUT] = before
        return CheckResult(inputs, [])

    def diff(self, id_: str, olds: Props, news: Props) -> DiffResult:
        """Compare the registrations. Another id is another workflow."""
        comparable = read_state_format(olds) >= FIRST_FORMAT_WITH_CURRENT_DIGESTS
        declared = _declared_registration(news)
        self.declare(("workflow", declared.workflow_id))
        flags_changed = any(news.get(key) != olds.get(key) for key in workflow_flags.KEYS)
        moved = news.get("application") != olds.get("application")
        changes: bool | None = flags_changed or moved or declared.digest != olds.get("digest")
        if changes and comparable and not self.was_restored(news):
            # The engine compares the inputs again, to print only what changed. It would find no difference if only the
            # version of the digests differs.
            changes = None
        return diff_result({"workflowId": id_}, news, ("workflowId",), changes=changes)

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Record the registration that a sync made, and apply the carryover of a rename."""
        outputs, stored = self._record(props)
        if "carried" in props:
            self._apply_carryover(props, stored)
        return CreateResult(props["workflowId"], outputs)

    @report_once
    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Record the registration that the sync changed."""
        return UpdateResult(self._record(news)[0])

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored registration. Without one, the resource is gone."""
        session = self.session_for_state(props)
        stored = session.stored(id_)
        if stored is None:
            return ReadResult(None, {})
        declared_flags = {key: value for key, value in workflow_flags.read_flags(stored).items() if key in props}
        # Novu does not know the application.
        declared_flags |= _application(props)
        outputs = _outputs(stored, props["environmentId"]) | declared_flags
        unchanged = outputs | {"format": props.get("format", FORMAT)}
        if unchanged.items() <= props.items():
            # The digest is unchanged. The engine then keeps the inputs that it has, and need not receive them again.
            return ReadResult(id_, unchanged)
        return ReadResult(id_, outputs, pulumi_json.encode(stored.registration.properties()) | declared_flags)

    @report_once
    def delete(self, id_: str, props: Props) -> None:
        """Delete the workflow if Novu still stores it. Usually the sync has deleted it."""
        session = self.session_for_state(props)
        session.delete(id_, props.get("internalId"))

    def _before_update(self, declared: Registration, news: Props) -> Props | None:
        """Return what Novu stored before the sync of this process. None if that is unknown."""
        # Without an environment there is no plan either: the check of EnvironmentBinding reports why.
        with suppress(NovuError):
            listing = self.session().stored_before_sync()
            if listing is None:
                return None
            stored = listing.get(declared.workflow_id)
            if stored is None:
                return StoredBeforeUpdate(stored=False).document()
            properties = stored.registration.properties()
            differing = {name: properties.get(name) for name in stored.registration.differing_properties(declared)}
            flags = workflow_flags.read_flags(stored)
            differing |= {key: flags[key] for key in flags if news.get(key) not in (None, flags[key])}
            return StoredBeforeUpdate(stored=True, differing=pulumi_json.encode(differing)).document()
        return None

    def _apply_carryover(self, props: Props, stored: StoredWorkflow) -> None:
        """Apply the settings of the old id: those read right before the sync or, without a sync, those in the state."""
        session = self.session()
        read_before_sync = session.renamed_settings(stored.workflow_id)
        carried = (
            read_before_sync.to_carried(without=props.get("carriedWithout") or ())
            if read_before_sync
            else pulumi_json.decode(props["carried"] or {})
        )
        results = apply_settings(session.api, session.overrides, DashboardSettings.from_carried(carried), stored)
        if results:
            report_progress(f"{stored.workflow_id!r} keeps from its former id {'; '.join(map(str, results))}")

    def _record(self, props: Props) -> tuple[Props, StoredWorkflow]:
        declared = _declared_registration(props)
        session = self.session()
        environment = session.environment()
        stored = _find_stored_workflow(session, declared)
        self.declare(("workflow", declared.workflow_id))
        flags = {key: props[key] for key in workflow_flags.KEYS if props.get(key) is not None}
        outputs = _outputs(stored, environment.id) | flags | _application(props)
        return outputs, workflow_flags.apply_flags(session.api, stored, flags)


PROVIDER = WorkflowProvider("novu_provider.workflow")


class Workflow(NovuResource):
    """The registration of one code-first workflow in one environment.

    The workflow itself is defined in the application code. Most programs use :class:`novu_provider.Bridge`, which
    declares one Workflow for each registration of the manifest. Without Bridge, declare an
    :class:`novu_provider.EnvironmentBinding` of the same manifest, and pass it in ``depends_on``: only the binding
    writes registrations to Novu. Example::

        manifest = Manifest.load("novu.manifest.json")
        binding = EnvironmentBinding("app", bridge_url="https://app.example.com/api/novu", manifest=manifest)
        for registration in manifest.workflows:
            Workflow(
                registration.workflow_id,
                registration,
                pulumi.ResourceOptions(depends_on=[binding]),
            )

    The options ``retain_on_delete``, ``ignore_changes``, ``replace_on_changes`` and ``delete_before_replace`` have no
    effect, and print a warning. A sync always makes the whole environment equal to the bridge.

    :param name: The name of the resource in the program.
    :param registration: The registration from the manifest.
    :param opts: Pulumi's resource options.
    :param validate_payload: Whether Novu refuses triggers whose payload does not match the payload schema. None does
        not change the setting; removing the argument does not change it either.
    :param translations: Whether Novu uses the translations of the workflow, if the server supports them. None does not
        change the setting.
    :param rename: The :class:`novu_provider.Rename`, if the workflow had another id before. Its dashboard settings are
        carried over.
    :param application: The name of the application that declares the workflow, if several share the environment. The
        plan shows it. It changes nothing in Novu.
    """

    registration: Registration
    """The registration that the program declares."""

    internal_id: pulumi.Output[str]
    """The id of the workflow in Novu (its ``_id``). A workflow that is deleted and registered again gets a new one."""
    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""
    digest: pulumi.Output[str]
    """The digest of the registration that Novu stores."""

    output_names: ClassVar[Mapping[str, str]] = {**NovuResource.output_names, "internalId": "internal_id"}
    subject = Subject(
        "the workflow {workflowId!r}",
        why="A Bridge declares a Workflow for each registration of its manifest.",
        fix="Remove one of the two. `bridge.workflows` contains the resources of a Bridge.",
    )

    def __init__(
        self,
        name: str,
        registration: Registration,
        opts: pulumi.ResourceOptions | None = None,
        *,
        validate_payload: bool | None = None,
        translations: bool | None = None,
        rename: Rename | None = None,
        application: str | None = None,
    ) -> None:
        self.registration = registration
        optional = {
            "application": application,
            "validatePayload": validate_payload,
            "translations": translations,
            "carried": rename.carried if rename else None,
            "carriedWithout": rename.declared if rename else None,
        }
        props = {
            **pulumi_json.encode(registration.properties()),
            **{key: value for key, value in optional.items() if value is not None},
            # The provider computes these. They are named here so that they become outputs.
            "internal_id": None,
            "environment_id": None,
            "digest": None,
        }
        super().__init__("Workflow", PROVIDER, name, props, opts)

    @property
    def workflow_id(self) -> pulumi.Output[str]:
        """The id of the workflow in the application code, which triggers use. A preview knows it, unlike ``id``."""
        return self.urn.apply(lambda _: self.registration.workflow_id)


def _declared_registration(props: Props) -> Registration:
    return Registration.declared(pulumi_json.decode(props))


def _application(props: Props) -> Props:
    return {key: value for key, value in props.items() if key == "application" and value is not None}


def _outputs(stored: StoredWorkflow, environment_id: str) -> Props:
    return {
        # The workflow id is the id of the resource.
        "internalId": stored.id,
        "environmentId": environment_id,
        "digest": stored.registration.digest,
        "format": FORMAT,
    }


def _find_stored_workflow(session: Session, declared: Registration) -> StoredWorkflow:
    """Return the declared registration from the shared listing or, if it differs there, from a new one.

    :raises NotStored: Novu stores no workflow with this id, or another registration.
    """
    stored = session.stored(declared.workflow_id)
    if stored is None or stored.registration != declared:
        stored = session.all_stored_workflows(fresh=True).get(declared.workflow_id)
    if stored is None:
        raise NotStored(
            f"Novu does not store the workflow {declared.workflow_id!r}.",
            why="Only the sync of the environment's binding registers workflows, and it did not register this one. "
            "`--target` excluded the binding, the manifest does not contain the workflow, or somebody deleted it in "
            "Novu since the last refresh.",
            fix="Run `pulumi up --refresh`, without `--target` or with the EnvironmentBinding as a target as well.",
        )
    if stored.registration.digest != declared.digest:
        raise NotStored(
            f"Novu stores another registration of {declared.workflow_id!r}: it differs in "
            f"{', '.join(stored.registration.differing_properties(declared))}.",
            why="Only the sync of the environment's binding changes registrations, and it did not change this one. "
            "`--target` excluded the binding, or somebody changed the workflow in Novu since the last refresh.",
            fix="Run `pulumi up --refresh`, without `--target` or with the EnvironmentBinding as a target as well.",
        )
    return stored
