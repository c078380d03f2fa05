"""Programs and questions of the tests of what a stack declares beyond code."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.novu import Environment

#: The first workflow of the shop, and its two steps.
FIRST = "order-confirmed-0001"
MAIL, INBOX = "receipt", "inbox"


def program(renamed_from: dict[str, str] | None = None, _workflow: str = FIRST, **arguments: Any) -> str:
    """A program that says this of one workflow."""
    said = {_workflow: arguments} if arguments else {}
    return f"""import novu_provider as novu

novu.Bridge("app", workflows={said!r}, renamed_from={renamed_from!r})
"""


class Dashboard:
    """What people see and set in one environment's dashboard."""

    def __init__(self, novu: Emulator, key: str | None = None) -> None:
        self.environment = Environment(novu, key)

    def workflow(self, workflow_id: str = FIRST) -> Any:
        """One workflow with its override and the control values of its steps."""
        return self.environment.call("GET", f"/v2/workflows/{workflow_id}")["data"]

    def values(self, step_id: str = MAIL, workflow_id: str = FIRST) -> Any:
        """The control values of a step."""
        found = self.environment.call("GET", f"/v1/bridge/controls/{workflow_id}/{step_id}")["data"]
        return (found or {}).get("controls", {})

    def set_values(self, step_id: str = MAIL, workflow_id: str = FIRST, **values: Any) -> None:
        """Set the control values of a step."""
        self.environment.call("PUT", f"/v1/bridge/controls/{workflow_id}/{step_id}", json={"variables": values})

    def override(self, workflow_id: str = FIRST) -> Any:
        """The preference override, or None."""
        return self.workflow(workflow_id)["preferences"]["user"]

    def set_override(self, override: Any, workflow_id: str = FIRST) -> None:
        """Set the preference override as the dashboard does: by writing the whole workflow."""
        found = self.workflow(workflow_id)
        keys = ("name", "description", "tags", "active", "origin", "workflowId", "payloadSchema", "severity")
        body = {key: found[key] for key in keys if key in found}
        steps = [
            {key: step[key] for key in ("_id", "stepId", "name", "type", "controlValues")} for step in found["steps"]
        ]
        preferences = {"user": override, "workflow": found["preferences"]["default"]}
        self.environment.call(
            "PUT", f"/v2/workflows/{found['_id']}", json=body | {"steps": steps, "preferences": preferences}
        )

    def save(self, step_id: str = MAIL, workflow_id: str = FIRST, **values: Any) -> None:
        """Set control values as the dashboard's editor does: it sends the workflow as it read it."""
        found = self.workflow(workflow_id)
        steps = [one | ({"controlValues": values} if one["stepId"] == step_id else {}) for one in found["steps"]]
        self.environment.call("PUT", f"/v2/workflows/{found['_id']}", json=found | {"steps": steps})

    def patch(self, workflow_id: str = FIRST, **fields: Any) -> None:
        """Set single fields of a workflow."""
        self.environment.call("PATCH", f"/v2/workflows/{workflow_id}", json=fields)
