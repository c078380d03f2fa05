"""Writes workflows: create, update, delete. Each call writes one workflow. There are no transactions across calls.

Like Novu, callers check a condition, wait, and only then write. Novu's race conditions come from that: see
`bridge/sync.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.control_issues import control_issues
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.ids import is_object_id, object_id, short_id, timestamp
from novu_provider.emulator.data.preferences import CHANNELS, full_preferences
from novu_provider.emulator.data.responses import workflow_id
from novu_provider.emulator.data.steps import StepSpec, build_step, drop_empty_objects
from novu_provider.emulator.data.store import Document, Store
from novu_provider.emulator.http.errors import bad_request, workflow_not_found

EXTERNAL = "external"
DASHBOARD = "novu-cloud"

_LIMIT_COUNTED_FROM = 20
"""Novu applies the workflow limit only to environments with at least this many workflows."""


@dataclass(frozen=True, kw_only=True)
class WorkflowSpec:
    """The fields that a sync, POST or PUT sets on a workflow. A field that is `None` keeps its stored value."""

    name: str
    steps: list[StepSpec]
    raw_data: Document
    active: bool = True
    description: str | None = None
    tags: list[str] | None = None
    payload_schema: Document | None = None
    severity: str | None = None
    preferences: Document | None = None
    validate_payload: bool | None = None
    translations: bool | None = None
    extra: Document = field(default_factory=dict)
    """Further fields of the stored document, written without changes."""


class Workflows:
    """The stored workflows of all environments."""

    def __init__(self, config: EmulatorConfig, store: Store) -> None:
        self._config = config
        self._store = store

    def find(self, environment: Environment, parameter: str) -> Document:
        """Return a workflow by `_id` or identifier. Raise 404 if there is none."""
        if is_object_id(parameter):
            workflow = self._store.workflow(environment.id, parameter)
        else:
            workflow = self._store.workflow_by_identifier(environment.id, parameter)
        if workflow is None:
            raise workflow_not_found(parameter)
        return workflow

    def check_workflow_limit(self, environment: Environment) -> None:
        """Raise 400 if the environment has reached the limit."""
        count, limit = self._store.count_workflows(environment.id), self._config.workflow_limit
        if count >= max(limit, _LIMIT_COUNTED_FROM):
            raise bad_request(
                "Workflow limit exceeded. Please contact us to support more workflows.",
                currentCount=count,
                limit=limit,
            )

    def check_step_limit(self, steps: int) -> None:
        """Raise 400 if a workflow has too many steps."""
        limit = self._config.step_limit
        if steps > limit:
            raise bad_request(
                f"Workflow steps limit exceeded. Maximum allowed steps is {limit}, but got {steps} steps.",
                providedStepsCount=steps,
                maxSteps=limit,
            )

    def create(self, environment: Environment, spec: WorkflowSpec, identifier: str, *, origin: str) -> Document:
        """Store a new workflow. An identifier that exists already gets a random suffix."""
        group = self._store.get("notification-group", environment.id, "General")
        if group is None:
            raise bad_request("Notification group not found")
        if self._store.workflow_by_identifier(environment.id, identifier) is not None:
            identifier = f"{identifier}-{short_id()}"
        now = timestamp()
        steps = self._steps(environment, spec, stored=None, now=now)
        workflow: Document = {
            "preferenceSettings": dict.fromkeys(CHANNELS, True),
            "name": spec.name,
            "description": spec.description or "",
            "active": spec.active,
            "type": "BRIDGE",
            # Observed on Novu 3.19.0: `draft` is the value of `active` at creation.
            "draft": spec.active,
            "critical": False,
            "isBlueprint": False,
            "_notificationGroupId": group["_id"],
            "tags": spec.tags or [],
            "triggers": [_trigger(identifier, object_id(), steps)],
            "steps": steps,
            "origin": origin,
            "status": _status(spec.active, steps),
            "lastTriggeredAt": None,
            "lastPublishedAt": None,
            "_environmentId": environment.id,
            "_organizationId": environment.organization_id,
            "_creatorId": environment.user["_id"],
            "rawData": spec.raw_data,
            **({} if spec.payload_schema is None else {"payloadSchema": spec.payload_schema}),
            "validatePayload": spec.validate_payload or False,
            "isTranslationEnabled": spec.translations or False,
            "agent": None,
            **({"severity": spec.severity or "none"} if self._config.severities else {}),
            "_id": object_id(),
            "deleted": False,
            "createdAt": now,
            "updatedAt": now,
            "__v": 0,
            "userPreferences": None,
            "defaultPreferences": full_preferences(spec.preferences),
            **spec.extra,
        }
        self._store.save_workflow(workflow)
        return workflow

    def update(self, environment: Environment, id_: str, spec: WorkflowSpec) -> Document:
        """Update a stored workflow. Its `_id`, identifier and creation time do not change."""
        stored = self._store.workflow(environment.id, id_)
        if stored is None:
            raise workflow_not_found(id_)
        now = timestamp()
        steps = self._steps(environment, spec, stored=stored, now=now)
        self._drop_controls(environment, stored, keep={step["_id"] for step in steps})
        changes: Document = {
            "description": spec.description,
            "tags": spec.tags,
            "payloadSchema": spec.payload_schema,
            "severity": spec.severity if self._config.severities else None,
            "validatePayload": spec.validate_payload,
            "isTranslationEnabled": spec.translations,
            "defaultPreferences": None if spec.preferences is None else full_preferences(spec.preferences),
        }
        workflow = {
            **stored,
            **{name: value for name, value in changes.items() if value is not None},
            "name": spec.name,
            "active": spec.active,
            "triggers": [_trigger(workflow_id(stored), stored["triggers"][0]["_id"], steps)],
            "steps": steps,
            "status": _status(spec.active, steps),
            "rawData": spec.raw_data,
            "updatedAt": now,
            **spec.extra,
        }
        self._store.save_workflow(workflow)
        return workflow

    def patch(self, workflow: Document, changes: Document) -> Document:
        """Change some fields of a stored workflow."""
        patched = {**workflow, **changes, "updatedAt": timestamp()}
        patched["status"] = _status(patched["active"], patched["steps"])
        self._store.save_workflow(patched)
        return patched

    def delete(self, environment: Environment, workflow: Document) -> None:
        """Delete a workflow with its control values and preferences."""
        self._store.delete_workflow(environment.id, workflow["_id"])

    # Control values of steps

    def controls(self, environment: Environment, workflow: Document) -> dict[str, Any]:
        """Return the stored control values of each step by its `_id`."""
        return {step["_id"]: self._values(environment, step["_id"]) for step in workflow["steps"]}

    def control_record(self, environment: Environment, step: Document) -> Document | None:
        """Return the stored record of a step's control values."""
        return self._store.get("controls", environment.id, step["_id"])

    def set_controls(
        self, environment: Environment, workflow_id_: str, step_id: str, values: Document | None
    ) -> Document | None:
        """Replace the control values of a step (by `_id`) without validation. `None` deletes the record."""
        if values is None:
            self._store.delete("controls", environment.id, step_id)
            return None
        now = timestamp()
        record = self._store.get("controls", environment.id, step_id) or {
            "_environmentId": environment.id,
            "_organizationId": environment.organization_id,
            "_workflowId": workflow_id_,
            "_stepId": step_id,
            "level": "step",
            "priority": 0,
            "_id": object_id(),
            "deleted": False,
            "createdAt": now,
            "__v": 0,
        }
        record = {name: value for name, value in record.items() if name != "controls"}
        controls = drop_empty_objects(values)
        # Novu does not store empty objects. After a reset, the record exists without `controls`.
        record.update({"updatedAt": now, **({"controls": controls} if controls else {})})
        self._store.save("controls", environment.id, step_id, record)
        return record

    def _values(self, environment: Environment, step_id: str) -> Document:
        record = self._store.get("controls", environment.id, step_id) or {}
        return dict(record.get("controls") or {})

    def _drop_controls(self, environment: Environment, stored: Document, keep: set[str]) -> None:
        for step in stored["steps"]:
            if step["_id"] not in keep:
                self._store.delete("controls", environment.id, step["_id"])

    def _steps(
        self, environment: Environment, spec: WorkflowSpec, *, stored: Document | None, now: str
    ) -> list[Document]:
        by_id = {step["_id"]: step for step in stored["steps"]} if stored else {}
        steps: list[Document] = []
        parent: str | None = None
        for step_spec in spec.steps:
            previous = by_id.get(step_spec.id) if step_spec.id else None
            values = self._values(environment, previous["_id"]) if previous else {}
            issues = control_issues(step_spec.controls.get("schema"), values)
            step = build_step(environment, step_spec, previous, parent=parent, now=now, with_code=stored is not None)
            step["issues"] = {"controls": issues} if issues else {}
            steps.append(step)
            parent = step["_id"]
        return steps


def _status(active: bool, steps: list[Document]) -> str:
    if not active:
        return "INACTIVE"
    return "ERROR" if any(step["issues"].get("controls") for step in steps) else "ACTIVE"


def _trigger(identifier: str, id_: str, steps: list[Document]) -> Document:
    types = {step["template"]["type"] for step in steps}
    required = [name for name, type_ in (("phone", "sms"), ("email", "email")) if type_ in types]
    return {
        "type": "event",
        "identifier": identifier,
        "variables": [],
        "reservedVariables": [],
        # Each write creates new variables, but keeps the trigger.
        "subscriberVariables": [{"name": name, "_id": object_id()} for name in required],
        "_id": id_,
    }
