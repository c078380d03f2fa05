"""The resource ``Workflow``: one code-first workflow registration in one environment.

The binding's sync registers it. The resource records what Novu holds after that, sets the switches that no sync
touches, carries over what people set under a former id, and on delete removes what the sync left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotHeld, SettingsError
from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import FORMAT
from novu_provider.model.environment import StoredWorkflow
from novu_provider.model.registration import Registration
from novu_provider.resources.error_reporting import report_once, user_errors
from novu_provider.resources.provider import NovuProvider, check_format, diff_result
from novu_provider.resources.rename import Rename
from novu_provider.resources.resource import NovuResource
from novu_provider.sync import workflow_flags
from novu_provider.sync.progress import report_progress
from novu_provider.sync.rename_carryover import DashboardSettings, apply_settings
from novu_provider.sync.session import Session

Props = dict[str, Any]

#: Options that promise what a sync, which replaces the whole environment, cannot keep.
_UNKEPT = ("retain_on_delete", "ignore_changes")


class WorkflowProvider(NovuProvider):
    """Create, read, update and delete for :class:`Workflow`."""

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse what is no registration."""
        try:
            _declared(news)
        except ValueError as error:
            reason = f"this is no workflow registration: {str(error).splitlines()[0]}"
            return CheckResult(news, [CheckFailure("workflowId", reason)])
        return CheckResult(news, [])

    def diff(self, id_: str, olds: Props, news: Props) -> DiffResult:
        """Compare registrations; another id is another workflow."""
        check_format(olds)
        declared = _declared(news)
        self.declare(("workflow", declared.workflow_id))
        switched = any(news.get(key) != olds.get(key) for key in workflow_flags.KEYS)
        changes = switched or declared.digest != olds.get("digest")
        return diff_result({"workflowId": id_}, news, ("workflowId",), changes=changes)

    def create(self, props: Props) -> CreateResult:
        """Record the registration that the binding's sync, or an earlier one, made."""
        outputs, held = self._record(props)
        if "carried" in props:
            self._carry(props, held)
        return CreateResult(props["workflowId"], outputs)

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Record the registration that the binding's sync changed."""
        return UpdateResult(self._record(news)[0])

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the registration as Novu holds it; without one the resource is gone."""
        session = self.session_for_state(props)
        held = session.stored(id_)
        if held is None:
            return ReadResult(None, {})
        declared = {key: value for key, value in workflow_flags.read_flags(held).items() if key in props}
        outputs = _outputs(held, props["environmentId"]) | declared
        if outputs.items() <= props.items():
            # As recorded, by its digest: the engine keeps the inputs that it has, which need not travel again.
            return ReadResult(id_, outputs)
        return ReadResult(id_, outputs, pulumi_json.encode(held.registration.properties()) | declared)

    @report_once
    def delete(self, id_: str, props: Props) -> None:
        """Delete what Novu still holds under the id. The sync has usually deleted it."""
        session = self.session_for_state(props)
        session.delete(id_, props.get("internalId"))

    def _carry(self, props: Props, held: StoredWorkflow) -> None:
        """Set what people set under the former id: as it was right before the sync, or as the state has it."""
        session = self.session()
        found = session.renamed_settings(held.workflow_id)
        carried = (
            found.properties(without=props.get("carriedWithout") or ())
            if found
            else pulumi_json.decode(props["carried"] or {})
        )
        results = apply_settings(session.api, session.overrides, DashboardSettings.declared(carried), held)
        if results:
            report_progress(f"{held.workflow_id!r} keeps from its former id {'; '.join(map(str, results))}")

    def _record(self, props: Props) -> tuple[Props, StoredWorkflow]:
        declared = _declared(props)
        session = self.session()
        environment = session.environment()
        held = _await(session, declared)
        self.declare(("workflow", declared.workflow_id))
        given = {key: props[key] for key in workflow_flags.KEYS if props.get(key) is not None}
        return _outputs(held, environment.id) | given, workflow_flags.apply_flags(session.api, held, given)


PROVIDER = WorkflowProvider("novu_provider.workflow")


class Workflow(NovuResource):
    """One code-first workflow registration in one environment.

    Declare it beside an :class:`EnvironmentBinding` of the same manifest, with ``depends_on`` set to it;
    :class:`novu_provider.Bridge` does both. Without the binding's sync it fails to record what Novu does not hold.

    The options ``retain_on_delete`` and ``ignore_changes`` are dropped with a warning: a sync makes the whole
    environment equal to the bridge, so the plan could not keep what they promise.

    :param name: the resource's name in Pulumi.
    :param registration: what the bridge declares.
    :param validate_payload: whether Novu refuses triggers whose payload does not fit the payload schema; None leaves
        it as it is, as taking the argument away does.
    :param translations: whether the workflow's translations are used, where the server offers them; None likewise.
    :param rename: where the workflow had another id before; what people set there is carried over.
    """

    registration: Registration
    """What the program declares."""

    internal_id: pulumi.Output[str]
    """The workflow's ``_id`` in Novu. It changes when the workflow is deleted and registered anew."""
    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""
    digest: pulumi.Output[str]
    """Digest of the registration that Novu holds."""

    output_names: ClassVar[Mapping[str, str]] = {**NovuResource.output_names, "internalId": "internal_id"}

    def __init__(
        self,
        name: str,
        registration: Registration,
        opts: pulumi.ResourceOptions | None = None,
        *,
        validate_payload: bool | None = None,
        translations: bool | None = None,
        rename: Rename | None = None,
    ) -> None:
        self.registration = registration
        self._declared_by: dict[str, str] = {}
        unkept = [option for option in _UNKEPT if getattr(opts, option, None)]
        if opts is not None and unkept:
            opts = pulumi.ResourceOptions.merge(opts, None)
            for option in unkept:
                setattr(opts, option, None)
        beside = {
            "validatePayload": validate_payload,
            "translations": translations,
            "carried": rename.carried if rename else None,
            "carriedWithout": rename.declared if rename else None,
        }
        props = {
            **pulumi_json.encode(registration.properties()),
            **{key: value for key, value in beside.items() if value is not None},
            # Computed by the provider; named here so that they become outputs.
            "internal_id": None,
            "environment_id": None,
            "digest": None,
        }
        super().__init__("Workflow", PROVIDER, name, props, opts)
        for option in unkept:
            pulumi.warn(
                f"{option} on the workflow {registration.workflow_id!r} is dropped: a sync makes the whole "
                "environment equal to the bridge, so it changes and deletes this workflow all the same.",
                self,
            )

    def declare_once(self, what: str, name: str) -> None:
        """Note which resource declares something of this workflow, such as ``the control values of the step 'mail'``.

        :raises pulumi.RunError: another one declares the same: each would set what the other one had not.
        """
        with user_errors():
            if what in self._declared_by:
                raise SettingsError(
                    f"two resources of this program declare {what} of {self.registration.workflow_id!r}: "
                    f"{self._declared_by[what]!r} and {name!r}.",
                    why="`novu:workflows` or `Bridge(…, workflows=…)` declares it as well as the program itself, or "
                    "the program does twice.",
                    fix="Keep one of them.",
                )
        self._declared_by[what] = name

    @property
    def workflow_id(self) -> pulumi.Output[str]:
        """The workflow's id in the code, by which it is triggered; known in a preview too, unlike the resource's id."""
        return self.urn.apply(lambda _: self.registration.workflow_id)


def _declared(props: Props) -> Registration:
    return Registration.declared(pulumi_json.decode(props))


def _outputs(held: StoredWorkflow, environment_id: str) -> Props:
    return {
        # The workflow's id is the resource's own.
        "internalId": held.id,
        "environmentId": environment_id,
        "digest": held.registration.digest,
        "format": FORMAT,
    }


def _await(session: Session, declared: Registration) -> StoredWorkflow:
    """Find the declared registration in the shared listing, or in a fresh one.

    :raises NotHeld: Novu holds none, or another one, under the id.
    """
    held = session.stored(declared.workflow_id)
    if held is None or held.registration != declared:
        held = session.all_stored(fresh=True).get(declared.workflow_id)
    if held is None:
        raise NotHeld(
            f"Novu does not hold the workflow {declared.workflow_id!r}.",
            why="Only a sync registers workflows, and the environment's binding made none: it was left out by "
            "`--target`, the workflow is not in its manifest, or somebody deleted it in Novu since the last refresh.",
            fix="Run `pulumi up --refresh`, without `--target` or with the EnvironmentBinding as a target as well.",
        )
    if held.registration.digest != declared.digest:
        raise NotHeld(
            f"Novu holds another registration of {declared.workflow_id!r}: it differs in "
            f"{', '.join(held.registration.differing_properties(declared))}.",
            why="Only a sync changes a registration, and the environment's binding made none: it was left out by "
            "`--target`, or somebody changed the workflow in Novu since the last refresh.",
            fix="Run `pulumi up --refresh`, without `--target` or with the EnvironmentBinding as a target as well.",
        )
    return held
