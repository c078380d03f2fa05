"""The resource ``StepControls``: the control values of one step in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult

from novu_provider.errors import NotStored
from novu_provider.model import control_values, pulumi_json
from novu_provider.model.canonical_json import JsonObject
from novu_provider.resources.edit_policy import EditPolicy
from novu_provider.resources.override_provider import OverrideProvider
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import is_fully_known
from novu_provider.resources.resource import NovuResource
from novu_provider.resources.workflow import Workflow
from novu_provider.sync.progress import report_progress
from novu_provider.sync.session import Session

Props = dict[str, Any]


class StepControlsProvider(OverrideProvider):
    """Create, read, update and delete for :class:`StepControls`."""

    noun = "control values of the step"

    value_property = "values"
    identity = ("workflowId", "stepId")
    declaration_type = "controls"
    can_be_empty = True

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Check the values against the control schema of the step, because Novu does not check them."""
        if news.get("controlSchema") is None:
            steps = ", ".join(news["steps"]) or "none"
            reason = f"the workflow {news['workflowId']!r} has no step {news['stepId']!r}; its steps: {steps}."
            return CheckResult(news, [CheckFailure("stepId", reason)])
        changed = any(news.get(key) != olds.get(key) for key in ("values", "controlSchema"))
        if not changed or not is_fully_known(news["values"]):
            return CheckResult(news, [])
        schema = pulumi_json.decode(news["controlSchema"])
        violations = control_values.find_violations(schema, self.declared_value(news))
        step = f"control values of the step {news['stepId']!r} of {news['workflowId']!r}"
        if EditPolicy.read(news).dashboard_edits and news["values"] == olds.get("values"):
            # The program cannot fix them: people set them in the dashboard, and they are not written.
            for violation in violations:
                report_progress(f"{step} no longer fit the code: {violation}")
            return CheckResult(news, [])
        return CheckResult(news, [CheckFailure("values", f"{step}: {violation}") for violation in violations])

    def declared_value(self, props: Props) -> JsonObject:
        """Return the declared control values."""
        values: JsonObject = pulumi_json.decode(props.get("values") or {})
        return values

    def encode_value(self, value: JsonObject) -> Any:
        """Return control values as the property ``values`` represents them."""
        return pulumi_json.encode(value)

    def is_same(self, declared: Any, other: Any) -> bool:
        """Whether Novu would store the same control values."""
        return control_values.are_same(pulumi_json.decode(declared or {}), pulumi_json.decode(other or {}))

    def read_stored(self, session: Session, props: Props) -> JsonObject | None:
        """Read the control values of the step."""
        return session.overrides.controls(props["workflowId"], props["stepId"])

    def write(self, session: Session, props: Props, value: JsonObject) -> JsonObject:
        """Replace the control values of the step. Without values, the defaults of the control schema apply again."""
        return session.overrides.set_controls(props["workflowId"], props["stepId"], value)

    def not_applied(self, props: Props, stored: JsonObject | None) -> NotStored:
        """Return the error for control values that Novu does not store after a write."""
        return NotStored(
            f"Novu does not store the control values of the step {props['stepId']!r} of {props['workflowId']!r}"
            f"{': it has no such step' if stored is None else ''}.",
            why="Somebody deleted the workflow, removed the step or set its values at the same moment. Or `--target` "
            "excluded the sync of the workflow.",
            fix="Run `pulumi up --refresh`, without `--target`.",
            prop="values",
        )


PROVIDER = StepControlsProvider("novu_provider.step_controls")


class StepControls(NovuResource):
    """The control values of one step in one environment, such as a subject line or a sender name.

    They replace all values that were set on the step before. Every key that you leave out gets the default of the
    step's control schema. Deleting the resource resets the step to these defaults.

    To let people edit the values in the dashboard, pass ``ignore_changes=["values"]`` in ``opts``. The program then
    sets the values only when it creates the resource.

    Most programs declare control values with the argument ``workflows`` of :class:`novu_provider.Bridge`. Example::

        StepControls(
            "welcome/email",
            workflow=bridge.workflows["welcome"],
            step_id="email",
            values={"subject": "Welcome to Acme"},
        )

    :param name: The name of the resource in the program.
    :param workflow: The :class:`novu_provider.Workflow` that contains the step.
    :param step_id: The id of the step in the application code.
    :param values: The control values as JSON. The preview checks them against the control schema of the step. The
        state of the stack stores them; pass secrets as ``pulumi.Output.secret(...)``.
    :param renamed: Whether the workflow had another id before. With ``ignore_changes=["values"]``, values that the
        rename carried over then take precedence over ``values``.
    :param opts: Pulumi's resource options.
    """

    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""
    values: pulumi.Output[JsonObject]
    """The control values that Novu stores."""

    subject = Subject(
        "the control values of the step {stepId!r} of {workflowId!r}",
        why="The program declares it twice, or declares it in addition to `novu:workflows` or "
        "`Bridge(…, workflows=…)`.",
    )

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
            **EditPolicy.of(opts, "values", renamed=renamed).inputs(),
            # The provider computes it. It is named here so that it becomes an output.
            "environment_id": None,
        }
        depends = pulumi.ResourceOptions(depends_on=[workflow])
        super().__init__("StepControls", PROVIDER, name, props, pulumi.ResourceOptions.merge(depends, opts))
