"""The resource ``Rename``: the dashboard settings of a workflow's old id, kept until the new id has them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult

from novu_provider.errors import NovuError
from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.state_format import FORMAT
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import NovuProvider, diff_result, read_state_format
from novu_provider.resources.resource import NovuResource
from novu_provider.sync.rename_carryover import DashboardSettings

Props = dict[str, Any]


class RenameProvider(NovuProvider):
    """Create and read for :class:`Rename`. This provider never writes to Novu."""

    noun = "rename"
    identity = ("from", "to")

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Read the settings of the old workflow once. They are then in the plan and in the state before the sync."""
        inputs = dict(news)
        if all(olds.get(key) == news[key] for key in ("from", "to")):
            inputs["carried"] = olds.get("carried") or {}
            return CheckResult(inputs, [])
        try:
            session = self.session()
            old, new = session.stored(news["from"]), session.stored(news["to"])
            # If Novu already stores the new workflow, there is nothing left to rename.
            settings = DashboardSettings.read(session.overrides, old) if old and not new else DashboardSettings()
        except NovuError as error:
            return CheckResult(inputs, [CheckFailure("from", str(error))])
        inputs["carried"] = pulumi_json.encode(settings.to_carried(without=news.get("declared") or ()))
        return CheckResult(inputs, [])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the ids. Another pair of ids is another rename."""
        read_state_format(olds)
        return diff_result(olds, news, ("from", "to"), changes=False)

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Record the settings that `check` read."""
        return CreateResult(f"{props['from']}>{props['to']}", props | {"format": FORMAT})

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Return the recorded settings."""
        read_state_format(props)
        return ReadResult(id_, props)


PROVIDER = RenameProvider("novu_provider.rename")


class Rename(NovuResource):
    """A new id for an existing workflow. It carries the dashboard settings from the old id to the new one.

    To Novu, a renamed workflow is a deleted workflow and a new one. This resource is created before the sync that
    deletes the old workflow. It records the control values, preference override, activation and payload validation of
    the old workflow in the state of the stack, so that an interrupted update loses nothing. You can remove it from the
    program after each environment has been updated.

    Most programs use the argument ``renamed_from`` of :class:`novu_provider.Bridge`, which declares it. Without Bridge,
    pass it to :class:`novu_provider.Workflow` as ``rename``, and to :class:`novu_provider.EnvironmentBinding` in
    ``depends_on``. Example::

        rename = Rename("order-accepted", old="order-confirmed", new="order-accepted")

    :param name: The name of the resource in the program.
    :param old: The id of the workflow in the environment until now.
    :param new: The id of the workflow in the application code.
    :param declared: The settings that the program declares for the new workflow, and that are therefore not carried:
        ``active``, ``validatePayload``, ``translations``, ``preferences``, ``controls/<step id>``.
    :param opts: Pulumi's resource options.
    """

    carried: pulumi.Output[JsonObject]
    """The dashboard settings of the old workflow."""

    subject = Subject(
        "the rename to {to!r}",
        why="The program declares it twice, or declares it in addition to `Bridge(…, renamed_from=…)`, the manifest or "
        "`novu:workflows`.",
    )

    def __init__(
        self,
        name: str,
        *,
        old: str,
        new: str,
        declared: Collection[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self.old = old
        self.declared = sorted(declared)
        # The provider computes `carried`. It is named here so that it becomes an output.
        props = {"from": old, "to": new, "declared": self.declared, "carried": None}
        super().__init__("Rename", PROVIDER, name, props, opts)
