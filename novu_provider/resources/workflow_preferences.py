"""The resource ``WorkflowPreferences``: the override of a workflow's channel preferences in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult

from novu_provider.errors import NotStored
from novu_provider.model import preferences as channel_preferences
from novu_provider.model.canonical_json import JsonObject
from novu_provider.resources.edit_policy import EditPolicy
from novu_provider.resources.override_provider import OverrideProvider
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import is_fully_known
from novu_provider.resources.resource import NovuResource
from novu_provider.resources.workflow import Workflow
from novu_provider.sync.session import Session

if TYPE_CHECKING:
    from novu_provider.model.workflow_args import Preferences

Props = dict[str, Any]


class WorkflowPreferencesProvider(OverrideProvider):
    """Create, read, update and delete for :class:`WorkflowPreferences`."""

    noun = "preference override of the workflow"

    value_property = "preferences"
    identity = ("workflowId",)
    declaration_type = "preferences"
    can_be_empty = False

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Refuse an invalid override, and complete a valid one."""
        if news["preferences"] == olds.get("preferences") or not is_fully_known(news["preferences"]):
            return CheckResult(news, [])
        document, violation = _validate(news["preferences"])
        if violation:
            return CheckResult(news, [CheckFailure("preferences", f"invalid preference override: {violation}")])
        return CheckResult(news | {"preferences": document}, [])

    def declared_value(self, props: Props) -> JsonObject:
        """Return the declared override, completed.

        :raises ValueError: the override is invalid.
        """
        document, violation = _validate(props["preferences"])
        if violation:
            raise ValueError(violation)
        return document

    def encode_value(self, value: JsonObject) -> Any:
        """Return an override as the property ``preferences`` represents it."""
        return value

    def is_same(self, declared: Any, other: Any) -> bool:
        """Whether two overrides have the same effect in Novu."""
        return channel_preferences.are_same(declared, other)

    def read_stored(self, session: Session, props: Props) -> JsonObject | None:
        """Read the override of the workflow."""
        stored = session.stored(props["workflowId"])
        overrides = session.overrides.workflow(stored.id) if stored else None
        return None if overrides is None else overrides[1] or {}

    def write(self, session: Session, props: Props, value: JsonObject) -> JsonObject:
        """Replace the override of the workflow. Without one, the preferences of the code apply again."""
        stored = session.stored(props["workflowId"])
        return (session.overrides.set_preferences(stored, value or None) or {}) if stored else {}

    def not_applied(self, props: Props, stored: JsonObject | None) -> NotStored:
        """Return the error for an override that Novu does not store after a write."""
        return NotStored(
            f"Novu does not store the preference override of {props['workflowId']!r}"
            f"{': it has no such workflow' if stored is None else ''}.",
            why="Somebody deleted the workflow or changed it at the same moment. Or `--target` excluded the sync of "
            "the workflow.",
            fix="Run `pulumi up --refresh`, without `--target`.",
            prop="preferences",
        )


PROVIDER = WorkflowPreferencesProvider("novu_provider.workflow_preferences")


class WorkflowPreferences(NovuResource):
    """The override of a workflow's channel preferences in one environment.

    The override takes precedence over the preferences in the application code. A channel that you leave out follows
    ``all``. Deleting the resource removes the override, and the preferences of the code apply again.

    To let people edit the override in the dashboard, pass ``ignore_changes=["preferences"]`` in ``opts``. The program
    then sets the override only when it creates the resource.

    Most programs declare preferences with the argument ``workflows`` of :class:`novu_provider.Bridge`. Example::

        WorkflowPreferences(
            "welcome",
            workflow=bridge.workflows["welcome"],
            preferences=Preferences(channels={"sms": False}),
        )

    :param name: The name of the resource in the program.
    :param workflow: The :class:`novu_provider.Workflow` to which the override applies.
    :param preferences: The override as :class:`novu_provider.Preferences`, or as a mapping such as
        ``{"all": {"enabled": True, "readOnly": False}, "channels": {"email": {"enabled": False}}}``. Parts of the
        mapping may be outputs of other resources.
    :param renamed: Whether the workflow had another id before. With ``ignore_changes=["preferences"]``, an override
        that the rename carried over then takes precedence over ``preferences``.
    :param opts: Pulumi's resource options.
    """

    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""
    preferences: pulumi.Output[JsonObject]
    """The override that Novu stores."""

    subject = Subject(
        "the preference override of {workflowId!r}",
        why="The program declares it twice, or declares it in addition to `novu:workflows` or "
        "`Bridge(…, workflows=…)`.",
    )

    def __init__(
        self,
        name: str,
        *,
        workflow: Workflow,
        preferences: Preferences | Mapping[str, Any],
        renamed: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "workflowId": workflow.registration.workflow_id,
            "internalId": workflow.internal_id,
            "preferences": dict(preferences) if isinstance(preferences, Mapping) else preferences.document(),
            **EditPolicy.of(opts, "preferences", renamed=renamed).inputs(),
            # The provider computes it. It is named here so that it becomes an output.
            "environment_id": None,
        }
        depends = pulumi.ResourceOptions(depends_on=[workflow])
        super().__init__("WorkflowPreferences", PROVIDER, name, props, pulumi.ResourceOptions.merge(depends, opts))


def _validate(declared: Mapping[str, Any]) -> tuple[JsonObject, str]:
    """Return a declared override as Novu's API represents it, and the first violation, empty if it is valid."""
    # Imported here: without changes no process needs pydantic.
    from pydantic import ValidationError  # noqa: PLC0415

    from novu_provider.model.workflow_args import Preferences  # noqa: PLC0415

    try:
        return Preferences.model_validate(declared).document(), ""
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        return {}, f"{path}: {first['msg'].removeprefix('Value error, ')}" if path else first["msg"]
