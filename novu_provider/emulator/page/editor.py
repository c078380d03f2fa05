"""Writes edits of the page with the requests of Novu's dashboard: `PATCH` and `PUT /v2/workflows`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.emulator.activity import EditRecord
from novu_provider.emulator.backend import Backend
from novu_provider.emulator.bridge.dashboard_writes import put_workflow
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.preferences import CHANNELS
from novu_provider.emulator.data.responses import v2_workflow, workflow_id
from novu_provider.emulator.data.store import Document

FLAGS = ("active", "validatePayload", "isTranslationEnabled")


class Editor:
    """Edits the workflows of all environments and records each edit."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def change_settings(self, environment: Environment, workflow: Document, form: Mapping[str, str]) -> None:
        """Change name, description, tags and flags, as the dashboard's `PATCH` does."""
        submitted: Document = {
            "name": form.get("name", "").strip() or workflow["name"],
            "description": form.get("description", ""),
            "tags": [tag.strip() for tag in form.get("tags", "").splitlines() if tag.strip()],
            **{name: name in form for name in FLAGS},
        }
        changes = {name: value for name, value in submitted.items() if value != workflow[name]}
        if changes:
            self._backend.workflows.patch(workflow, changes)
            self._record(environment, workflow, f"changed {', '.join(changes)}")

    def set_preferences(self, environment: Environment, workflow: Document, override: Document | None) -> None:
        """Set the preference override, or remove it."""
        body = self._body(environment, workflow)
        body["preferences"] = {"user": override, "workflow": body["preferences"]["default"]}
        self._put(environment, workflow, body)
        self._record(environment, workflow, f"{'removed' if override is None else 'changed'} the preference override")

    def set_controls(
        self, environment: Environment, workflow: Document, step: Document, values: Document | None
    ) -> None:
        """Replace the control values of a step. `None` removes them."""
        body = self._body(environment, workflow)
        body["steps"] = [
            {**other, "controlValues": values} if other["_id"] == step["_id"] else _without_values(other)
            for other in body["steps"]
        ]
        self._put(environment, workflow, body)
        verb = "reset" if values is None else "changed"
        self._record(environment, workflow, f"{verb} the control values of {step['stepId']}")

    def delete(self, environment: Environment, workflow: Document) -> None:
        """Delete a workflow."""
        self._backend.workflows.delete(environment, workflow)
        self._record(environment, workflow, "deleted")

    def set_bridge_url(self, environment: Environment, url: str) -> None:
        """Store a bridge URL without a sync."""
        self._backend.environments.set_bridge_url(environment, url)
        self._backend.activity.add(EditRecord(environment=environment.name, text=f"bridge URL: {url or 'removed'}"))

    def _body(self, environment: Environment, workflow: Document) -> Document:
        """Return the workflow as the dashboard reads it. The dashboard sends the whole document back."""
        return v2_workflow(workflow, environment, self._backend.workflows.controls(environment, workflow))

    def _put(self, environment: Environment, workflow: Document, body: Document) -> None:
        put_workflow(self._backend.workflows, environment, workflow, body)

    def _record(self, environment: Environment, workflow: Document, text: str) -> None:
        text = f"{workflow_id(workflow)}: {text}"
        self._backend.activity.add(EditRecord(environment=environment.name, text=text))


def override_from(form: Mapping[str, str]) -> Document:
    """Return the preference override that the form's checkboxes describe."""
    channels: dict[str, Any] = {name: {"enabled": f"channel.{name}" in form} for name in CHANNELS}
    return {
        "all": {"enabled": "all.enabled" in form, "readOnly": "all.readOnly" in form},
        "channels": channels,
    }


def _without_values(step: Document) -> Document:
    """Return a step without control values. A `PUT` does not change omitted values."""
    return {name: value for name, value in step.items() if name != "controlValues"}
