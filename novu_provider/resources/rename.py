"""The resource ``Rename``: what people set on a workflow's old id, kept until the new one has it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult

from novu_provider.errors import NovuError
from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import FORMAT, JsonObject
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.provider import NovuProvider, check_format, diff_result
from novu_provider.resources.resource import NovuResource
from novu_provider.sync.rename_carryover import DashboardSettings

Props = dict[str, Any]


class RenameProvider(NovuProvider):
    """Create and read for :class:`Rename`. It never writes to Novu."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Read what the old workflow carries, once: it is in the plan, and in the state before the old one goes."""
        inputs = dict(news)
        if all(olds.get(key) == news[key] for key in ("from", "to")):
            inputs["carried"] = olds.get("carried") or {}
            return CheckResult(inputs, [])
        try:
            session = self.session()
            old, new = session.stored(news["from"]), session.stored(news["to"])
            # Where Novu holds the new one already, nothing is renamed any more.
            found = DashboardSettings.read(session.overrides, old) if old and not new else DashboardSettings()
        except NovuError as error:
            return CheckResult(inputs, [CheckFailure("from", str(error))])
        inputs["carried"] = pulumi_json.encode(found.properties(without=news.get("declared") or ()))
        return CheckResult(inputs, [])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare ids; another pair is another rename."""
        check_format(olds)
        return diff_result(olds, news, ("from", "to"), changes=False)

    def create(self, props: Props) -> CreateResult:
        """Keep what was read."""
        return CreateResult(f"{props['from']}>{props['to']}", props | {"format": FORMAT})

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Give what was kept."""
        check_format(props)
        return ReadResult(id_, props)


PROVIDER = RenameProvider("novu_provider.rename")


class Rename(NovuResource):
    """One workflow that came from another: `old` is its id in the environment until now, `new` the one in the code.

    Created before the sync that deletes the old workflow, it keeps in the stack's state what people set there (control
    values, preference override, activity, payload validation), so that nothing of it is lost whatever interrupts the
    update. Give it to the new :class:`Workflow` as ``rename`` and to the :class:`EnvironmentBinding` in ``depends_on``;
    :class:`novu_provider.Bridge` does both. It may leave the program once each environment has been updated.

    :param name: the resource's name in Pulumi.
    :param old, new: the workflow's ids.
    :param declared: what the program says of the new workflow itself, and is therefore not carried:
        ``active``, ``validatePayload``, ``translations``, ``preferences``, ``controls/<step id>``.
    """

    carried: pulumi.Output[JsonObject]
    """What was set on the old workflow."""

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
        # `carried` is found out by the provider; named here so that it becomes an output.
        props = {"from": old, "to": new, "declared": self.declared, "carried": None}
        super().__init__("Rename", PROVIDER, name, props, opts)
