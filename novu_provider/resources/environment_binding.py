"""The resource ``EnvironmentBinding``: one Novu environment bound to one bridge. It owns the sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NovuError
from novu_provider.model import bridge_urls
from novu_provider.model.bridge_urls import bypass_digest
from novu_provider.model.canonical_json import FORMAT
from novu_provider.model.environment import Environment
from novu_provider.model.manifest import Manifest
from novu_provider.planning.guards import Guards
from novu_provider.planning.plan import make_plan
from novu_provider.planning.target import Target
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.provider import (
    NovuProvider,
    check_format,
    check_url,
    inputs_from_outputs,
    is_known,
)
from novu_provider.resources.resource import NovuResource
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session
from novu_provider.sync.sync_errors import expect_name, manifest_mismatch
from novu_provider.text.wording import quoted_list

#: The properties whose change means a sync. The others are conditions of it.
_SYNCED = ("bridgeUrl", "bypassToken", "workflows")

Props = dict[str, Any]


class BindingProvider(NovuProvider):
    """Create, read, update and delete for :class:`EnvironmentBinding`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Run the guards; they need one request when nothing changed, and one listing more when something did."""
        inputs = dict(news)
        failures: list[NovuError] = []
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            expect_name(environment, news.get("environment"))
            check_url(session, news["bridgeUrl"])
            inputs["environmentId"] = environment.id
            inputs["bypassToken"] = bypass_digest(environment.id, session.bypass_token)
            if any(not is_known(inputs[key]) or inputs[key] != olds.get(key) for key in _SYNCED):
                failures.extend(_guard(session, olds, inputs, environment))
            else:
                _tell_if_rebound(environment, bridge_urls.with_bypass(inputs["bridgeUrl"], session.bypass_token))
        except NovuError as error:
            failures.append(error)
        return CheckResult(inputs, [CheckFailure(_named(error), str(error)) for error in failures])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare what a sync would write; a changed guard alone is no change."""
        if check_format(olds) < FORMAT:
            report_progress(
                "this stack's state is of an earlier format: `up` writes it anew, and nothing to Novu for that reason"
            )
        self.declare(*(("workflow", key) for key in news["workflows"]))
        return DiffResult(changes=any(not is_known(news[key]) or news[key] != olds.get(key) for key in _SYNCED))

    def create(self, props: Props) -> CreateResult:
        """Bring the environment to the manifest; without a write when it is there already."""
        outputs = self._apply(props, managed=())
        return CreateResult(outputs["environmentId"], outputs)

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Bring the environment to the new manifest with one sync."""
        return UpdateResult(self._apply(news, managed=olds.get("workflows") or ()))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored URL and the managed workflows; what differs shows as drift."""
        session = self.session_for_state(props)
        environment = session.environment()
        url, token = bridge_urls.split_bypass(environment.bridge_url)
        held = session.all_stored()
        foreign = set(held) - set(props["workflows"])
        if foreign:
            report_progress(
                f"Novu also holds {quoted_list(foreign)}: another bridge's, or left behind by an update that failed"
            )
        inputs = inputs_from_outputs(props, "environmentName") | {
            "bridgeUrl": url,
            "bypassToken": bypass_digest(environment.id, token),
            "workflows": {key: held[key].registration.digest for key in props["workflows"] if key in held},
        }
        return ReadResult(id_, _outputs(inputs, environment), inputs)

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Clear the stored URL, if it is still the one this stack stored."""
        session = self.session_for_state(props)
        environment = session.environment()
        stored = bridge_urls.split_bypass(environment.bridge_url)[0]
        if stored and stored == props["bridgeUrl"] and not session.sync_started:
            session.clear_bridge_url(environment)

    def _apply(self, props: Props, managed: Sequence[str] | Mapping[str, str]) -> Props:
        session = self.session()
        environment = session.environment(props["environmentId"])
        session.sync_started = True
        self.declare(*(("workflow", key) for key in props["workflows"]))
        session.read_before_rename(props.get("renamedFrom") or {})
        snapshot = session.apply(
            Target(
                environment_id=environment.id,
                bridge_url=props["bridgeUrl"],
                declared=props["workflows"],
                managed=frozenset(managed),
                guards=_guards(props),
                wait_for_bridge=float(props.get("waitForBridge") or 0),
                bypass_token=session.bypass_token,
                inactive=frozenset(props.get("inactive") or ()),
            )
        )
        return _outputs(props, snapshot.environment)


PROVIDER = BindingProvider("novu_provider.binding")


class EnvironmentBinding(NovuResource):
    """One Novu environment bound to one bridge URL.

    Its update is one ``POST /v1/bridge/sync``, however many workflows changed; deleting it clears the stored URL.
    Most programs use :class:`novu_provider.Bridge`, which declares it.

    :param name: the resource's name in Pulumi.
    :param bridge_url: the deployed bridge endpoint, without Vercel's bypass token.
    :param manifest: what the bridge declares; workflows in it that are not active stay switched off.
    :param manifest_source: ``bridge`` or ``file``: whether the manifest was just read from that bridge.
    :param environment: the name of the environment that the key must open.
    :param wait_for_bridge: seconds to wait until the bridge serves the manifest.
    :param renamed_from: new workflow id -> old one; what is set on the old one is read again right before the sync.
    :param prune_unmanaged, protect, allow_empty, max_deletions: see :class:`novu_provider.Settings`.
    """

    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""
    environment_name: pulumi.Output[str]
    """The environment's name in Novu."""

    output_names: ClassVar[Mapping[str, str]] = {**NovuResource.output_names, "environmentName": "environment_name"}

    def __init__(
        self,
        name: str,
        *,
        bridge_url: pulumi.Input[str],
        manifest: Manifest,
        manifest_source: Literal["bridge", "file"] = "file",
        environment: str | None = None,
        wait_for_bridge: float = 0,
        prune_unmanaged: Sequence[str] | Literal[True] = (),
        protect: Sequence[str] | Literal[True] = (),
        allow_empty: bool = False,
        max_deletions: int | None = None,
        renamed_from: Mapping[str, str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        conditions = {
            "manifestSource": manifest_source,
            "environment": environment,
            "waitForBridge": wait_for_bridge or None,
            "pruneUnmanaged": _ids(prune_unmanaged),
            "protect": _ids(protect),
            "allowEmpty": allow_empty or None,
            "maxDeletions": max_deletions,
            "renamedFrom": dict(renamed_from or {}) or None,
            "inactive": [one.workflow_id for one in manifest.workflows if not one.active] or None,
        }
        props = {
            "bridgeUrl": bridge_url,
            "workflows": manifest.digests,
            # Computed by the provider; named here so that they become outputs.
            "environment_id": None,
            "environment_name": None,
            **{key: value for key, value in conditions.items() if value is not None},
        }
        super().__init__("EnvironmentBinding", PROVIDER, name, props, opts)


def _outputs(inputs: Props, environment: Environment) -> Props:
    return inputs_from_outputs(inputs, "environmentName") | {"environmentName": environment.name, "format": FORMAT}


def _ids(value: Sequence[str] | Literal[True]) -> list[str] | Literal[True] | None:
    return value if value is True else sorted(value) or None


def _guards(props: Props) -> Guards:
    most = props.get("maxDeletions")
    return Guards(
        prune_unmanaged=props.get("pruneUnmanaged") or (),
        protect=props.get("protect") or (),
        allow_empty=bool(props.get("allowEmpty")),
        max_deletions=None if most is None else int(most),
    )


def _guard(session: Session, olds: Props, inputs: Props, environment: Environment) -> list[NovuError]:
    plan = make_plan(
        inputs["workflows"],
        session.api.workflow_summaries(inputs["workflows"]),
        olds.get("workflows") or (),
        _guards(inputs),
    )
    found: list[NovuError] = list(plan.refusals)
    pruned = set(plan.deleted) - set(olds.get("workflows") or ())
    if pruned and not found:
        # No resource of this stack stands for them, so the plan would not name them.
        report_progress(f"`novu:pruneUnmanaged` allows it: the sync will also delete {quoted_list(pruned)}")
    if inputs.get("manifestSource") != "bridge" or not is_known(inputs["bridgeUrl"]):
        return found
    bridge = session.bridge(inputs["bridgeUrl"])
    try:
        served = bridge.manifest(environment.type).with_inactive(inputs.get("inactive") or ())
        if served.digests != inputs["workflows"]:
            found.append(manifest_mismatch(served, inputs["workflows"]))
    except NovuError as error:
        found.append(error)
    finally:
        bridge.close()
    return found


def _named(error: NovuError) -> str:
    """Name the property that fixes a refusal; not the workflows, whose digests the engine would all print with it."""
    return "" if error.prop == "workflows" else error.prop


def _tell_if_rebound(environment: Environment, declared: str) -> None:
    """Say that the environment has another bridge than this stack gave it: an unchanged plan would hide it."""
    if environment.bridge_url == declared:
        return
    found, plain = bridge_urls.split_bypass(environment.bridge_url)[0], bridge_urls.split_bypass(declared)[0]
    what = f"{found or 'none'}, not {plain}" if found != plain else f"{plain} with another bypass token"
    report_progress(
        f"the bridge URL that Novu stores is {what}: another stack or `novu sync` took the environment over. "
        "`pulumi refresh` shows what it changed."
    )
