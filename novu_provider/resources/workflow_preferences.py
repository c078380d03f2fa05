"""The resource ``WorkflowPreferences``: one environment's override of a workflow's channel preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotHeld
from novu_provider.model import preferences
from novu_provider.model.canonical_json import FORMAT, JsonObject
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.provider import (
    NovuProvider,
    check_format,
    diff_result,
    inputs_from_outputs,
    is_fully_known,
)
from novu_provider.resources.resource import NovuResource, inputs_for_ignored_property
from novu_provider.resources.workflow import Workflow
from novu_provider.sync.session import Session

if TYPE_CHECKING:
    from novu_provider.model.workflow_args import Preferences

Props = dict[str, Any]


class WorkflowPreferencesProvider(NovuProvider):
    """Create, read, update and delete for :class:`WorkflowPreferences`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Refuse what is no override, and write it in full."""
        if news["preferences"] == olds.get("preferences") or not is_fully_known(news["preferences"]):
            return CheckResult(news, [])
        try:
            document = _document(news["preferences"])
        except ValueError as error:
            fault = str(error).splitlines()[-2 if "\n" in str(error) else 0].strip()
            return CheckResult(news, [CheckFailure("preferences", f"this is no preference override: {fault}")])
        return CheckResult(news | {"preferences": document}, [])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare overrides; another workflow is another resource."""
        check_format(olds)
        self.declare(_claim(news))
        # A workflow that Novu registered anew has lost its override; in a preview its `_id` may be unknown yet.
        moved = is_fully_known(news["internalId"]) and news["internalId"] != olds.get("internalId")
        declared = news["preferences"]
        same = is_fully_known(declared) and preferences.are_same(declared, olds.get("preferences"))
        return diff_result(olds, news, ("workflowId",), changes=moved or not same)

    def create(self, props: Props) -> CreateResult:
        """Set the override; without a write where Novu holds it already, or one that a rename carried over."""
        keep = bool(props.get("left") and props.get("renamed"))
        return CreateResult(props["workflowId"], self._apply(props, keep=keep))

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Set the new override."""
        return UpdateResult(self._apply(news))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the override as Novu holds it; without one the resource is gone, unless it is left to people."""
        session = self.session_for_state(props)
        stored, held = _held(session, props["workflowId"])
        if stored is not None and held is None and props.get("left"):
            # Gone, it would be created again: that people removed it is for them to say as well.
            held = {}
        if held is None:
            return ReadResult(None, {})
        found = props if preferences.are_same(props["preferences"], held) else props | {"preferences": held}
        return ReadResult(id_, found, inputs_from_outputs(found, "environmentId"))

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Clear the override: what the code says holds again."""
        session = self.session_for_state(props)
        if session.is_declared(*_claim(props)):
            return
        stored, held = _held(session, props["workflowId"])
        if stored is not None and held is not None:
            session.overrides.set_preferences(stored, None)

    def _apply(self, props: Props, *, keep: bool = False) -> Props:
        session = self.session()
        environment = session.environment()
        self.declare(_claim(props))
        stored, held = _held(session, props["workflowId"])
        if keep and held is not None:
            return props | {"environmentId": environment.id, "format": FORMAT}
        if stored is not None and not preferences.are_same(props["preferences"], held):
            held = session.overrides.set_preferences(stored, _document(props["preferences"]))
        if stored is None or not preferences.are_same(props["preferences"], held):
            raise NotHeld(
                f"Novu does not hold the preference override of {props['workflowId']!r}"
                f"{': it has no such workflow' if stored is None else ''}.",
                why="Somebody deleted the workflow or changed it at the same moment, or the workflow's sync was left "
                "out by `--target`.",
                fix="Run `pulumi up --refresh`, without `--target`.",
                prop="preferences",
            )
        return props | {"environmentId": environment.id, "format": FORMAT}


PROVIDER = WorkflowPreferencesProvider("novu_provider.workflow_preferences")


class WorkflowPreferences(NovuResource):
    """One environment's override of a workflow's channel preferences; it goes before what the code says.

    A channel that is not named follows ``all``. With ``ignore_changes=["preferences"]`` it is set at first and then
    left to the people who edit it in the dashboard. Deleting the resource removes the override.

    :param name: the resource's name in Pulumi.
    :param workflow: the workflow's resource.
    :param preferences: :class:`novu_provider.Preferences`, or the same as a mapping:
        ``{"all": {"enabled": True, "readOnly": False}, "channels": {"email": {"enabled": False}}}``. Parts of it may be
        outputs of other resources.
    :param renamed: whether the workflow had another id before. With ``ignore_changes=["preferences"]`` an override that
        was carried over from there then stays, in place of this one.
    """

    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""
    preferences: pulumi.Output[JsonObject]
    """The override that Novu holds."""

    def __init__(
        self,
        name: str,
        *,
        workflow: Workflow,
        preferences: Preferences | Mapping[str, Any],
        renamed: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        workflow.declare_once("the preference override", name)
        given = dict(preferences) if isinstance(preferences, Mapping) else preferences.document()
        props = {
            "workflowId": workflow.registration.workflow_id,
            "internalId": workflow.internal_id,
            "preferences": given,
            **inputs_for_ignored_property(opts, "preferences", renamed=renamed),
            # Computed by the provider; named here so that it becomes an output.
            "environment_id": None,
        }
        depends = pulumi.ResourceOptions(depends_on=[workflow])
        super().__init__(
            "WorkflowPreferences",
            PROVIDER,
            name,
            props,
            pulumi.ResourceOptions.merge(depends, opts),
        )


def _document(declared: Mapping[str, Any]) -> JsonObject:
    """Write a declared override as Novu's API has it.

    :raises ValueError: it is none.
    """
    # Loaded here, pydantic with it: where nothing changed no process needs it.
    from novu_provider.model.workflow_args import Preferences  # noqa: PLC0415

    return Preferences.model_validate(declared).document()


def _held(session: Session, workflow_id: str) -> tuple[Any, JsonObject | None]:
    """Give a workflow as Novu holds it, and its override; each None where there is none."""
    stored = session.stored(workflow_id)
    found = session.overrides.workflow(stored.id) if stored else None
    return (stored, found[1]) if found else (None, None)


def _claim(props: Props) -> tuple[str, ...]:
    return ("preferences", props["workflowId"])
