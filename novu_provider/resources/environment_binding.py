"""The resource ``EnvironmentBinding``: connects one Novu environment to one bridge. Only this resource syncs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NovuError
from novu_provider.model import bridge_urls
from novu_provider.model.bridge_urls import bypass_digest
from novu_provider.model.environment import Environment
from novu_provider.model.manifest import Manifest
from novu_provider.model.state_format import (
    APPLICATIONS,
    FIRST_FORMAT_WITH_CURRENT_DIGESTS,
    FORMAT,
    INACTIVE,
    inactive_ids,
    manifest_inputs,
    workflow_digests,
    workflows_by_application,
)
from novu_provider.planning.effects import count_effects
from novu_provider.planning.guards import ApplicationIds, Guards, foreign_bridge_refusal
from novu_provider.planning.plan import Plan, make_plan
from novu_provider.planning.renames import probable_renames
from novu_provider.planning.target import Target
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.integration_coverage import coverage_errors, coverage_inputs
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import NovuProvider, check_url, inputs_from_outputs, is_known, read_state_format
from novu_provider.resources.resource import NovuResource
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session
from novu_provider.sync.sync_errors import expect_environment_name, manifest_mismatch
from novu_provider.text.suggestions import nearest_name
from novu_provider.text.wording import quoted_list

if TYPE_CHECKING:
    from novu_provider.resources.integration import Integration

#: A change of one of these properties requires a sync, as does a change of the digests. The other inputs only control
#: how the sync runs.
_SYNCED_PROPERTIES = ("bridgeUrl", "bypassToken")

Props = dict[str, Any]


class BindingProvider(NovuProvider):
    """Create, read, update and delete for :class:`EnvironmentBinding`."""

    noun = "binding of the environment"

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Run the guards. They need one request if nothing changed, and otherwise also a listing of the workflows."""
        inputs = dict(news)
        failures: list[NovuError] = []
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            expect_environment_name(environment, news.get("environment"))
            check_url(session, news["bridgeUrl"])
            inputs["environmentId"] = environment.id
            inputs["bypassToken"] = bypass_digest(environment.id, session.bypass_token)
            failures.extend(coverage_errors(session, olds, inputs, syncs=_differs(olds, inputs)))
            if _differs(olds, inputs):
                failures.extend(_refusals(session, olds, inputs, environment))
            else:
                _report_other_bridge(environment, bridge_urls.with_bypass(inputs["bridgeUrl"], session.bypass_token))
        except NovuError as error:
            failures.append(error)
        return CheckResult(inputs, [CheckFailure(_failed_property(error), str(error)) for error in failures])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the properties that a sync writes. Changing a guard alone is no difference."""
        if read_state_format(olds) < FIRST_FORMAT_WITH_CURRENT_DIGESTS:
            report_progress(
                "this stack's state is of an earlier format: `up` converts it, and writes nothing to Novu for that "
                "reason"
            )
        self.declare(*(("workflow", workflow_id) for workflow_id in workflow_digests(news)))
        return DiffResult(changes=_differs(olds, news))

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Sync the environment. Nothing is written if it already equals the manifest."""
        outputs = self._apply(props, managed=())
        return CreateResult(outputs["environmentId"], outputs)

    @report_once
    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Sync the environment with the new manifest."""
        return UpdateResult(self._apply(news, managed=workflow_digests(olds)))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored URL and the managed workflows. Each difference is drift."""
        session = self.session_for_state(props)
        environment = session.environment()
        url, token = bridge_urls.split_bypass(environment.bridge_url)
        stored = session.all_stored_workflows()
        managed = workflow_digests(props)
        unmanaged = set(stored) - managed.keys()
        if unmanaged:
            report_progress(
                f"Novu also stores {quoted_list(unmanaged)}: another bridge registered them, or an update that failed"
            )
        digests = {key: stored[key].registration.digest for key in managed if key in stored}
        read = {"bridgeUrl": url, "bypassToken": bypass_digest(environment.id, token)}
        if digests == managed and (read | {"environmentName": environment.name}).items() <= props.items():
            # A state of an earlier format stays as it is: nothing in it differs.
            return ReadResult(id_, props, inputs_from_outputs(props, "environmentName"))
        inputs = _in_present_format(inputs_from_outputs(props, "environmentName")) | read | manifest_inputs(digests)
        return ReadResult(id_, _outputs(inputs, environment), inputs)

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Clear the stored URL, if it is still the URL that this stack set."""
        session = self.session_for_state(props)
        environment = session.environment()
        stored_url = bridge_urls.split_bypass(environment.bridge_url)[0]
        if stored_url and stored_url == props["bridgeUrl"] and not session.sync_started:
            session.clear_bridge_url(environment)

    def _apply(self, props: Props, managed: Sequence[str] | Mapping[str, str]) -> Props:
        session = self.session()
        environment = session.environment(props["environmentId"])
        session.sync_started = True
        self.declare(*(("workflow", workflow_id) for workflow_id in workflow_digests(props)))
        session.read_before_rename(props.get("renamedFrom") or {})
        snapshot = session.apply(
            Target(
                environment_id=environment.id,
                bridge_url=props["bridgeUrl"],
                declared=workflow_digests(props),
                managed=frozenset(managed),
                guards=_guards(props),
                wait_for_bridge=float(props.get("waitForBridge") or 0),
                bypass_token=session.bypass_token,
                inactive=frozenset(inactive_ids(props)),
            )
        )
        return _outputs(props, snapshot.environment)


PROVIDER = BindingProvider("novu_provider.binding")


class EnvironmentBinding(NovuResource):
    """The connection of one Novu environment to one bridge.

    Its update is one sync (``POST /v1/bridge/sync``), however many workflows changed. The guards run in the preview,
    and again right before the sync. Deleting the resource clears the bridge URL that Novu stores.

    Most programs use :class:`novu_provider.Bridge`, which declares it. Example without Bridge::

        binding = EnvironmentBinding(
            "app",
            bridge_url="https://app.example.com/api/novu",
            manifest=Manifest.load("novu.manifest.json"),
            protect=["password-reset"],
        )

    :param name: The name of the resource in the program.
    :param bridge_url: The URL of the deployed bridge, without Vercel's bypass token.
    :param manifest: The manifest of the bridge. Workflows that are inactive in it stay inactive.
    :param manifest_source: ``bridge`` if the manifest was just read from this bridge, otherwise ``file``.
    :param environment: The name of the environment that the secret key must open. None accepts every environment.
    :param wait_for_bridge: Seconds to wait until the bridge serves the manifest.
    :param replace_bridge_url: A bridge URL that the sync may replace, although another stack or `novu sync` set it.
    :param prune_unmanaged: Unmanaged workflows that the sync may delete, or True for all.
    :param protect: Workflows that no sync may delete, or True for all.
    :param allow_empty: Whether a manifest without workflows may delete all workflows.
    :param max_deletions: How many workflows one sync may delete. By default, half of the managed workflows.
    :param renamed_from: New workflow id -> old id. The settings of the old id are read again right before the sync.
    :param applications: Application -> its workflow ids, if several share the environment. One sync may then delete at
        most half of each application's workflows.
    :param integrations: The integrations of the program. They exist before the sync, and the preview reports if a
        channel of a workflow loses its integration.
    :param require_integrations: Whether a workflow's channel without an integration is refused. None reports it.
    :param opts: Pulumi's resource options.
    """

    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""
    environment_name: pulumi.Output[str]
    """The name of the environment in Novu."""

    output_names: ClassVar[Mapping[str, str]] = {**NovuResource.output_names, "environmentName": "environment_name"}
    subject = Subject(
        "the bridge of the environment",
        why="A stack manages the environment of its `novu:secretKey`. A sync makes this whole environment equal to one "
        "bridge, so each of the two would delete the workflows of the other.",
        fix="Keep one of them. Make one stack for each environment, and serve all workflows of an environment from one "
        "bridge.",
    )

    def __init__(
        self,
        name: str,
        *,
        bridge_url: pulumi.Input[str],
        manifest: Manifest,
        manifest_source: Literal["bridge", "file"] = "file",
        environment: str | None = None,
        wait_for_bridge: float = 0,
        replace_bridge_url: str | None = None,
        prune_unmanaged: Sequence[str] | Literal[True] = (),
        protect: Sequence[str] | Literal[True] = (),
        allow_empty: bool = False,
        max_deletions: int | None = None,
        renamed_from: Mapping[str, str] | None = None,
        applications: Mapping[str, Sequence[str]] | None = None,
        integrations: Sequence[Integration] = (),
        require_integrations: bool | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        sync_options = {
            "manifestSource": manifest_source,
            "environment": environment,
            "waitForBridge": wait_for_bridge or None,
            "replaceBridgeUrl": replace_bridge_url,
            "pruneUnmanaged": _ids_input(prune_unmanaged),
            "protect": _ids_input(protect),
            "allowEmpty": allow_empty or None,
            "maxDeletions": max_deletions,
            "renamedFrom": dict(renamed_from or {}) or None,
            APPLICATIONS: {name: list(ids) for name, ids in (applications or {}).items()} or None,
            INACTIVE: [workflow.workflow_id for workflow in manifest.workflows if not workflow.active] or None,
        }
        props = {
            "bridgeUrl": bridge_url,
            **manifest_inputs(manifest.digests),
            # The provider computes these. They are named here so that they become outputs.
            "environment_id": None,
            "environment_name": None,
            **{key: value for key, value in sync_options.items() if value is not None},
            **coverage_inputs(manifest.workflows, integrations, require_integrations),
        }
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(integrations)))
        super().__init__("EnvironmentBinding", PROVIDER, name, props, opts)


def _differs(olds: Props, news: Props) -> bool:
    """Whether a sync is required."""
    if any(not is_known(news[key]) or news[key] != olds.get(key) for key in _SYNCED_PROPERTIES):
        return True
    return workflow_digests(news) != workflow_digests(olds)


def _in_present_format(inputs: Props) -> Props:
    """Return inputs without the properties that only earlier formats have."""
    inactive = inactive_ids(inputs)
    others = {key: value for key, value in inputs.items() if key not in ("workflows", "inactive")}
    return others | ({INACTIVE: inactive} if inactive else {})


def _outputs(inputs: Props, environment: Environment) -> Props:
    return inputs_from_outputs(inputs, "environmentName") | {"environmentName": environment.name, "format": FORMAT}


def _ids_input(value: Sequence[str] | Literal[True]) -> list[str] | Literal[True] | None:
    return value if value is True else sorted(value) or None


def _guards(props: Props) -> Guards:
    max_deletions = props.get("maxDeletions")
    return Guards(
        prune_unmanaged=props.get("pruneUnmanaged") or (),
        protect=props.get("protect") or (),
        allow_empty=bool(props.get("allowEmpty")),
        replace_bridge_url=props.get("replaceBridgeUrl"),
        max_deletions=None if max_deletions is None else int(max_deletions),
        renamed_from=props.get("renamedFrom") or {},
    )


def _guards_of_change(olds: Props, news: Props) -> Guards:
    """Return the guards of a change, with the ids of each application before and after it.

    An application that was removed, or that may be empty and is, is not among them. Only `check` knows the ids before:
    it gets the inputs of the last update, and a workflow that moves to another application changes nothing else.
    """
    before, after = workflows_by_application(olds), workflows_by_application(news)
    ids = {name: ApplicationIds(before[name], after[name]) for name in before.keys() & after.keys()}
    return replace(_guards(news), applications=ids)


def _refusals(session: Session, olds: Props, inputs: Props, environment: Environment) -> list[NovuError]:
    """Return every reason to refuse the sync."""
    declared, managed = workflow_digests(inputs), workflow_digests(olds)
    plan = make_plan(declared, session.api.workflow_summaries(declared), managed, _guards_of_change(olds, inputs))
    for workflow_id in plan.protected_but_unknown:
        report_progress(f"`novu:protect` lists {workflow_id!r}, but no workflow has this id{_hint(workflow_id, plan)}")
    refusals: list[NovuError] = [*plan.refusals, *_foreign_bridge(olds, inputs, environment)]
    _report_probable_renames(session, inputs, plan)
    replaced = set(plan.replaced) - set(managed)
    pruned = set(plan.deleted) - set(managed) - replaced
    if replaced and not refusals:
        report_progress(f"`renamed_from` replaces {quoted_list(replaced)}: the sync will delete the old workflows")
    if pruned and not refusals:
        # This stack has no resources for them, so the engine does not show these deletions.
        report_progress(f"`novu:pruneUnmanaged` allows it: the sync will also delete {quoted_list(pruned)}")
    if inputs.get("manifestSource") == "bridge" and is_known(inputs["bridgeUrl"]):
        refusals.extend(_bridge_errors(session, inputs, environment))
    if not refusals:
        stored = {key: workflow.registration.digest for key, workflow in session.all_stored_workflows().items()}
        report_progress(count_effects(declared, stored, managed, plan.deleted).line)
    return refusals


def _foreign_bridge(olds: Props, inputs: Props, environment: Environment) -> Iterator[NovuError]:
    """Yield the refusal if another stack or `novu sync` set the bridge URL that the sync would replace."""
    if is_known(inputs["bridgeUrl"]):
        stored_url = bridge_urls.split_bypass(environment.bridge_url)[0]
        refusal = foreign_bridge_refusal(stored_url, inputs["bridgeUrl"], olds.get("bridgeUrl"), _guards(inputs))
        if refusal:
            yield refusal


def _report_probable_renames(session: Session, inputs: Props, plan: Plan) -> None:
    """Report renames that the program does not declare. They cost one listing, if the plan creates and deletes."""
    declared = inputs.get("renamedFrom") or {}
    created = set(plan.created) - declared.keys()
    deleted = set(plan.deleted) - set(declared.values())
    if not created or not deleted:
        return
    stored = session.all_stored_workflows()
    registrations = [stored[workflow_id].registration for workflow_id in sorted(deleted & stored.keys())]
    for new, old in probable_renames(workflow_digests(inputs), created, registrations).items():
        rename = json.dumps({new: old}, ensure_ascii=False)
        report_progress(
            f"{new!r} is probably the renamed {old!r}. Settings of {old!r} in Novu (control values, preferences) are "
            f"lost, unless you pass renamed_from={rename} to Bridge"
        )


def _hint(workflow_id: str, plan: Plan) -> str:
    nearest = nearest_name(workflow_id, (*plan.created, *plan.kept, *plan.deleted))
    return f"; probably {nearest!r} was meant" if nearest else ""


def _bridge_errors(session: Session, inputs: Props, environment: Environment) -> list[NovuError]:
    """Return the error, if any, that the bridge now serves another manifest than the program read from it."""
    bridge = session.bridge(inputs["bridgeUrl"])
    try:
        served = bridge.manifest(environment.type).with_inactive(inactive_ids(inputs))
        declared = workflow_digests(inputs)
        return [] if served.digests == declared else [manifest_mismatch(served, declared)]
    except NovuError as error:
        return [error]
    finally:
        bridge.close()


def _failed_property(error: NovuError) -> str:
    """Return the property that fixes an error, except ``workflows``: the binding has no property with this name."""
    return "" if error.prop == "workflows" else error.prop


def _report_other_bridge(environment: Environment, declared_url: str) -> None:
    """Report that the environment now has another bridge URL. An unchanged plan would hide it."""
    if environment.bridge_url == declared_url:
        return
    stored, declared = (bridge_urls.split_bypass(url)[0] for url in (environment.bridge_url, declared_url))
    difference = (
        f"{stored or 'none'}, not {declared}" if stored != declared else f"{declared} with another bypass token"
    )
    report_progress(
        f"the bridge URL that Novu stores is {difference}: another stack or `novu sync` changed it. "
        "`pulumi refresh` shows the other changes."
    )
