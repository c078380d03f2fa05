"""The resource ``StepControls``: the control values of one step in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotHeld
from novu_provider.model import control_values, pulumi_json
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
from novu_provider.sync.progress import report_progress

Props = dict[str, Any]


class StepControlsProvider(NovuProvider):
    """Create, read, update and delete for :class:`StepControls`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Check the values against the step's control schema: Novu does not."""
        if news.get("controlSchema") is None:
            steps = ", ".join(news["steps"]) or "none"
            reason = f"the workflow {news['workflowId']!r} has no step {news['stepId']!r}; its steps: {steps}."
            return CheckResult(news, [CheckFailure("stepId", reason)])
        changed = any(news.get(key) != olds.get(key) for key in ("values", "controlSchema"))
        if not changed or not is_fully_known(news["values"]):
            return CheckResult(news, [])
        found = control_values.find_violations(pulumi_json.decode(news["controlSchema"]), _values(news))
        where = f"control values of the step {news['stepId']!r} of {news['workflowId']!r}"
        if news.get("left") and news["values"] == olds.get("values"):
            # The program cannot mend them: they are those of the dashboard, and are not written.
            for fault in found:
                report_progress(f"{where} no longer fit the code: {fault}")
            return CheckResult(news, [])
        return CheckResult(news, [CheckFailure("values", f"{where}: {fault}") for fault in found])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare values; another step is another resource."""
        check_format(olds)
        self.declare(_claim(news))
        # A workflow that Novu registered anew has lost its values; in a preview its `_id` may be unknown yet.
        moved = is_fully_known(news["internalId"]) and news["internalId"] != olds.get("internalId")
        same = is_fully_known(news["values"]) and control_values.are_same(_values(news), _values(olds))
        return diff_result(olds, news, ("workflowId", "stepId"), changes=moved or not same)

    def create(self, props: Props) -> CreateResult:
        """Set the values; without a write where Novu holds them already, or some that a rename carried over."""
        keep = bool(props.get("left") and props.get("renamed"))
        return CreateResult(f"{props['workflowId']}/{props['stepId']}", self._apply(props, keep=keep))

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Set the new values."""
        return UpdateResult(self._apply(news))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the values as Novu holds them; without the step the resource is gone."""
        session = self.session_for_state(props)
        held = session.overrides.controls(props["workflowId"], props["stepId"])
        if held is None:
            return ReadResult(None, {})
        found = props | {"values": _values(props) if control_values.are_same(held, _values(props)) else held}
        found["values"] = pulumi_json.encode(found["values"])
        return ReadResult(id_, found, inputs_from_outputs(found, "environmentId"))

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Reset the values to the schema's defaults."""
        session = self.session_for_state(props)
        if not session.is_declared(*_claim(props)) and session.overrides.controls(props["workflowId"], props["stepId"]):
            session.overrides.set_controls(props["workflowId"], props["stepId"], {})

    def _apply(self, props: Props, *, keep: bool = False) -> Props:
        session = self.session()
        environment = session.environment()
        self.declare(_claim(props))
        workflow_id, step_id, values = props["workflowId"], props["stepId"], _values(props)
        held = session.overrides.controls(workflow_id, step_id)
        if keep and held:
            return props | {"environmentId": environment.id, "format": FORMAT}
        if held is not None and not control_values.are_same(held, values):
            held = session.overrides.set_controls(workflow_id, step_id, values)
        if held is None or not control_values.are_same(held, values):
            raise NotHeld(
                f"Novu does not hold the control values of the step {step_id!r} of {workflow_id!r}"
                f"{': it has no such step' if held is None else ''}.",
                why="Somebody deleted the workflow, removed the step or set its values at the same moment, or the "
                "workflow's sync was left out by `--target`.",
                fix="Run `pulumi up --refresh`, without `--target`.",
                prop="values",
            )
        return props | {"environmentId": environment.id, "format": FORMAT}


PROVIDER = StepControlsProvider("novu_provider.step_controls")


class StepControls(NovuResource):
    """The control values of one step in one environment: subject lines, sender names, toggles.

    They replace all that was set on the step before; a key that is not given keeps the default of the step's control
    schema. With ``ignore_changes=["values"]`` they are set at first and then left to the people who edit them in the
    dashboard. Deleting the resource resets the step to the defaults.

    :param name: the resource's name in Pulumi.
    :param workflow: the workflow's resource.
    :param step_id: the step's id in the code.
    :param values: JSON; checked against the control schema in the preview. They are stored in the stack's state.
    :param renamed: whether the workflow had another id before. With ``ignore_changes=["values"]`` what was carried over
        from there then stays, in place of these.
    """

    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""
    values: pulumi.Output[JsonObject]
    """The control values that Novu holds."""

    def __init__(
        self,
        name: str,
        *,
        workflow: Workflow,
        step_id: str,
        values: Mapping[str, pulumi.Input[Any]],
        renamed: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        workflow.declare_once(f"the control values of the step {step_id!r}", name)
        steps = {step.step_id: step for step in workflow.registration.steps}
        props = {
            "workflowId": workflow.registration.workflow_id,
            "internalId": workflow.internal_id,
            "stepId": step_id,
            "values": pulumi_json.encode(values),
            **(
                {"controlSchema": pulumi_json.encode(steps[step_id].control_schema)}
                if step_id in steps
                else {"steps": sorted(steps)}
            ),
            **inputs_for_ignored_property(opts, "values", renamed=renamed),
            # Computed by the provider; named here so that it becomes an output.
            "environment_id": None,
        }
        depends = pulumi.ResourceOptions(depends_on=[workflow])
        super().__init__("StepControls", PROVIDER, name, props, pulumi.ResourceOptions.merge(depends, opts))


def _values(props: Props) -> JsonObject:
    found: JsonObject = pulumi_json.decode(props.get("values") or {})
    return found


def _claim(props: Props) -> tuple[str, ...]:
    return ("controls", props["workflowId"], props["stepId"])
