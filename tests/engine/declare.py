"""Programs that declare overrides, and a client that reads and writes them as the dashboard does."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.novu import Environment

#: The first workflow of the shop, and its two steps.
FIRST = "order-confirmed-0001"
MAIL, INBOX = "receipt", "inbox"


def program(renamed_from: dict[str, str] | None = None, _workflow: str = FIRST, **arguments: Any) -> str:
    """Return a program that declares these settings for one workflow."""
    workflows = {_workflow: arguments} if arguments else {}
    return f"""import novu_provider as novu

novu.Bridge("app", workflows={workflows!r}, renamed_from={renamed_from!r})
"""


class Dashboard:
    """Reads and writes the settings of one environment as Novu's dashboard does."""

    def __init__(self, novu: Emulator, key: str | None = None) -> None:
        self.environment = Environment(novu, key)

    def workflow(self, workflow_id: str = FIRST) -> Any:
        """Return a workflow with its preference override and the control values of its steps."""
        return self.environment.call("GET", f"/v2/workflows/{workflow_id}")["data"]

    def values(self, step_id: str = MAIL, workflow_id: str = FIRST) -> Any:
        """Return the control values of a step."""
        data = self.environment.call("GET", f"/v1/bridge/controls/{workflow_id}/{step_id}")["data"]
        return (data or {}).get("controls", {})

    def set_values(self, step_id: str = MAIL, workflow_id: str = FIRST, **values: Any) -> None:
        """Set the control values of a step."""
        self.environment.call("PUT", f"/v1/bridge/controls/{workflow_id}/{step_id}", json={"variables": values})

    def override(self, workflow_id: str = FIRST) -> Any:
        """Return the preference override, or None."""
        return self.workflow(workflow_id)["preferences"]["user"]

    def set_override(self, override: Any, workflow_id: str = FIRST) -> None:
        """Set the preference override as the dashboard does: write the whole workflow."""
        workflow = self.workflow(workflow_id)
        keys = ("name", "description", "tags", "active", "origin", "workflowId", "payloadSchema", "severity")
        body = {key: workflow[key] for key in keys if key in workflow}
        steps = [
            {key: step[key] for key in ("_id", "stepId", "name", "type", "controlValues")} for step in workflow["steps"]
        ]
        preferences = {"user": override, "workflow": workflow["preferences"]["default"]}
        self.environment.call(
            "PUT", f"/v2/workflows/{workflow['_id']}", json=body | {"steps": steps, "preferences": preferences}
        )

    def save(self, step_id: str = MAIL, workflow_id: str = FIRST, **values: Any) -> None:
        """Set control values as the dashboard's editor does: send the whole workflow response back."""
        workflow = self.workflow(workflow_id)
        steps = [step | ({"controlValues": values} if step["stepId"] == step_id else {}) for step in workflow["steps"]]
        self.environment.call("PUT", f"/v2/workflows/{workflow['_id']}", json=workflow | {"steps": steps})

    def patch(self, workflow_id: str = FIRST, **fields: Any) -> None:
        """Set single fields of a workflow."""
        self.environment.call("PATCH", f"/v2/workflows/{workflow_id}", json=fields)
