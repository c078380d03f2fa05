"""`POST /v1/bridge/sync`: replaces the code-first workflows of an environment with those of a bridge.

The emulator repeats Novu's weaknesses on purpose. It hardly validates the bridge's response. It writes workflows
concurrently without a lock and rolls nothing back. After an error response, the writes that have started go on.
Observed on Novu 3.19.0.
"""

from __future__ import annotations

import asyncio
from typing import Any

from novu_provider.emulator.bridge.client import BridgeClient, BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.environments import Environment, Environments
from novu_provider.emulator.data.responses import workflow_entity
from novu_provider.emulator.data.steps import StepSpec
from novu_provider.emulator.data.store import Document, Store
from novu_provider.emulator.data.workflows import EXTERNAL, Workflows, WorkflowSpec
from novu_provider.emulator.http.errors import bad_request, command_error, internal_error


class Synchronizer:
    """Runs syncs."""

    def __init__(
        self,
        config: EmulatorConfig,
        store: Store,
        environments: Environments,
        workflows: Workflows,
        bridge: BridgeClient,
    ) -> None:
        self._config = config
        self._store = store
        self._environments = environments
        self._workflows = workflows
        self._bridge = bridge
        # A real server computes on one thread, so the cost of all workflows adds up, also across concurrent syncs.
        self._cpu = asyncio.Lock()
        self._running_writes: set[asyncio.Task[Any]] = set()

    async def sync(self, environment: Environment, bridge_url: str) -> list[Document]:
        """Discover the bridge, write and delete workflows, and store the URL.

        Return the written workflows in the bridge's order.
        """
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
        written = await self._run_concurrently(
            [
                self._update(environment, stored[item["workflowId"]][0], item)
                if item.get("workflowId") in stored
                else self._create(environment, item)
                for item in discovered
            ]
        )
        await self._delete_others(environment, keep={workflow["_id"] for workflow in written})
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

    async def _run_concurrently(self, writes: list[Any]) -> list[Document]:
        """Run writes concurrently. Raise the first failure immediately and let the other writes finish."""
        tasks = [asyncio.ensure_future(write) for write in writes]
        for task in tasks:
            self._running_writes.add(task)
            task.add_done_callback(self._on_write_done)
        return list(await asyncio.gather(*tasks))

    def _on_write_done(self, task: asyncio.Task[Any]) -> None:
        self._running_writes.discard(task)
        if not task.cancelled():
            # Reading the exception keeps asyncio from reporting a second failure as never retrieved.
            task.exception()

    async def _create(self, environment: Environment, discovered: Document) -> Document:
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
        return self._workflows.create(environment, spec, identifier, origin=EXTERNAL)

    async def _update(self, environment: Environment, id_: str, discovered: Document) -> Document:
        self._workflows.check_step_limit(len(discovered["steps"]))
        await self._simulate_cost()
        stored = self._store.workflow(environment.id, id_)
        spec = workflow_spec(discovered, stored)
        return self._workflows.update(environment, id_, spec)

    async def _delete_others(self, environment: Environment, keep: set[str]) -> None:
        for id_, _, origin in self._store.workflow_index(environment.id):
            if origin == EXTERNAL and id_ not in keep:
                self._store.delete_workflow(environment.id, id_)

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
