"""`POST /v1/bridge/sync`: replaces the code-first workflows of an environment with those of a bridge.

The emulator repeats Novu's weaknesses on purpose. It hardly validates the bridge's response. It writes workflows
concurrently without a lock and rolls nothing back. After an error response, the writes that have started go on.
Observed on Novu 3.19.0.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from novu_provider.emulator.activity import ActivityLog, SyncRecord
from novu_provider.emulator.bridge.client import BridgeClient, BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.changes import changed_properties
from novu_provider.emulator.data.environments import Environment, Environments
from novu_provider.emulator.data.responses import workflow_entity, workflow_id
from novu_provider.emulator.data.steps import StepSpec
from novu_provider.emulator.data.store import Document, Store
from novu_provider.emulator.data.workflows import EXTERNAL, Workflows, WorkflowSpec
from novu_provider.emulator.http.errors import NovuError, bad_request, command_error, internal_error


class Synchronizer:
    """Runs syncs."""

    def __init__(
        self,
        config: EmulatorConfig,
        store: Store,
        environments: Environments,
        workflows: Workflows,
        bridge: BridgeClient,
        *,
        activity: ActivityLog,
    ) -> None:
        self._config = config
        self._store = store
        self._environments = environments
        self._workflows = workflows
        self._bridge = bridge
        self._activity = activity
        # A real server computes on one thread, so the cost of all workflows adds up, also across concurrent syncs.
        self._cpu = asyncio.Lock()
        self._running_writes: set[asyncio.Task[Any]] = set()

    async def sync(self, environment: Environment, bridge_url: str) -> list[Document]:
        """Discover the bridge, write and delete workflows, and store the URL.

        Return the written workflows in the bridge's order.
        """
        record = SyncRecord(environment=environment.name, bridge_url=bridge_url)
        writes: list[asyncio.Task[Document]] = []
        try:
            written = await self._replace(environment, bridge_url, record, writes)
        except Exception as error:
            record.error = error.message if isinstance(error, NovuError) else "Novu failed on the bridge's response"
            self._record_at_end(record, writes)
            raise
        self._activity.add(record)
        return written

    async def _replace(
        self,
        environment: Environment,
        bridge_url: str,
        record: SyncRecord,
        writes: list[asyncio.Task[Document]],
    ) -> list[Document]:
        discovered = await self._discover(environment, bridge_url)
        # An entry that is not an object fails the whole sync before anything is written.
        identifiers = [item.get("workflowId") for item in discovered]
        stored: dict[str, tuple[str, str]] = {}
        for id_, identifier, origin in self._store.workflow_index(environment.id):
            stored.setdefault(identifier, (id_, origin))
        for identifier in identifiers:
            if self._config.origin_conflicts and identifier in stored and stored[identifier][1] != EXTERNAL:
                raise bad_request(
                    f"Workflow {identifier} was already created in Dashboard. Please use another workflowId."
                )
        writes += self._start_writes(
            [
                self._update(environment, stored[item["workflowId"]][0], item, record)
                if item.get("workflowId") in stored
                else self._create(environment, item, record)
                for item in discovered
            ]
        )
        # Raises the first failure immediately. The other writes go on.
        written = list(await asyncio.gather(*writes))
        await self._delete_others(environment, keep={workflow["_id"] for workflow in written}, record=record)
        self._environments.set_bridge_url(environment, bridge_url)
        return [workflow_entity(workflow, environment) for workflow in written]

    @property
    def is_busy(self) -> bool:
        """Whether workflows are being written, including writes of a sync whose response was sent already."""
        return bool(self._running_writes)

    async def wait_until_idle(self) -> None:
        """Wait until all writes have ended, including those of failed syncs."""
        while self._running_writes:
            await asyncio.wait(set(self._running_writes))

    async def _discover(self, environment: Environment, bridge_url: str) -> list[Any]:
        try:
            response = await self._bridge.call(environment, bridge_url, "discover")
        except BridgeError as error:
            raise bad_request(str(error)) from error
        except OutboundBlocked as error:
            raise bad_request(f"bridgeUrl: {error}" if error.prefixed_with_field else str(error)) from error
        if response is None or response is False or response in (0, ""):
            raise bad_request("Invalid Bridge URL Response")
        workflows = response.get("workflows") if isinstance(response, dict) else None
        if workflows is None:
            # Novu treats a login page or another API as a bridge without workflows.
            return []
        if not isinstance(workflows, list) or not all(isinstance(item, dict) for item in workflows):
            raise internal_error()
        return workflows

    def _start_writes(self, writes: list[Coroutine[Any, Any, Document]]) -> list[asyncio.Task[Document]]:
        """Start writes that run concurrently, also after the sync itself has failed."""
        tasks = [asyncio.ensure_future(write) for write in writes]
        for task in tasks:
            self._running_writes.add(task)
            task.add_done_callback(self._on_write_done)
        return tasks

    def _record_at_end(self, record: SyncRecord, writes: list[asyncio.Task[Document]]) -> None:
        """Record a failed sync when its last write has ended."""
        running = {task for task in writes if not task.done()}
        if not running:
            self._activity.add(record)

        def on_done(task: asyncio.Task[Document]) -> None:
            running.discard(task)
            if not running:
                self._activity.add(record)

        for task in set(running):
            task.add_done_callback(on_done)

    def _on_write_done(self, task: asyncio.Task[Any]) -> None:
        self._running_writes.discard(task)
        if not task.cancelled():
            # Reading the exception keeps asyncio from reporting a second failure as never retrieved.
            task.exception()

    async def _create(self, environment: Environment, discovered: Document, record: SyncRecord) -> Document:
        identifier = discovered.get("workflowId")
        if not isinstance(identifier, str) or not identifier:
            # Status and text are not recorded.
            raise command_error(
                "CreateWorkflowCommand", "name", ["name should not be null or undefined", "name must be a string"]
            )
        spec = workflow_spec(discovered)
        self._workflows.check_step_limit(len(spec.steps))
        self._workflows.check_workflow_limit(environment)
        # All workflows of this sync pass the limit check before the first one is written.
        await self._simulate_cost()
        created = self._workflows.create(environment, spec, identifier, origin=EXTERNAL)
        record.created.append(workflow_id(created))
        return created

    async def _update(self, environment: Environment, id_: str, discovered: Document, record: SyncRecord) -> Document:
        self._workflows.check_step_limit(len(discovered["steps"]))
        await self._simulate_cost()
        stored = self._store.workflow(environment.id, id_)
        spec = workflow_spec(discovered, stored)
        updated = self._workflows.update(environment, id_, spec)
        changed = changed_properties(stored, updated) if stored else []
        if changed:
            record.changed[workflow_id(updated)] = changed
        else:
            record.unchanged += 1
        return updated

    async def _delete_others(self, environment: Environment, keep: set[str], record: SyncRecord) -> None:
        for id_, identifier, origin in self._store.workflow_index(environment.id):
            if origin == EXTERNAL and id_ not in keep:
                self._store.delete_workflow(environment.id, id_)
                record.deleted.append(identifier)

    async def _simulate_cost(self) -> None:
        async with self._cpu:
            await asyncio.sleep(self._config.sync_cost_ms / 1000)


def workflow_spec(discovered: Document, stored: Document | None = None) -> WorkflowSpec:
    """Return the fields that a discovered workflow sets. A step with the id of a stored step updates that step.

    Like Novu 3.19.0, set the severity only for a new workflow.
    """
    step_ids = {step["stepId"]: step["_id"] for step in stored["steps"]} if stored else {}
    active = discovered.get("active")
    return WorkflowSpec(
        name=discovered.get("name") or discovered["workflowId"],
        description=discovered.get("description") or "",
        tags=discovered.get("tags") or [],
        active=True if active is None else bool(active),
        payload_schema=(discovered.get("payload") or {}).get("schema"),
        severity=None if stored else discovered.get("severity") or "none",
        preferences=discovered.get("preferences") or {},
        raw_data=_raw_data(discovered),
        steps=[
            StepSpec(
                step_id=step["stepId"],
                name=step["stepId"],
                type=step["type"],
                controls=_schema_only(step.get("controls")),
                output=_schema_only(step.get("outputs")),
                code=step.get("code"),
                stop_on_fail=bool((step.get("options") or {}).get("failOnErrorEnabled", False)),
                id=step_ids.get(step["stepId"]),
            )
            for step in discovered["steps"]
        ],
    )


def _schema_only(part: Any) -> Document:
    schema = part.get("schema") if isinstance(part, dict) else None
    return {} if schema is None else {"schema": schema}


def _raw_data(discovered: Document) -> Document:
    """Return the discovered workflow without its own `unknownSchema` entries. Those of its steps remain."""
    raw = dict(discovered)
    for name in ("payload", "controls"):
        if isinstance(raw.get(name), dict):
            raw[name] = {key: value for key, value in raw[name].items() if key != "unknownSchema"}
    return raw
