"""`POST /v1/bridge/sync`: makes the code-first workflows of an environment equal to a bridge's.

What is careless about Novu here is careless on purpose: the bridge's answer is hardly looked at, the workflows are
written side by side without a lock, nothing is rolled back, and what was begun goes on after an error was answered.
Observed on Novu 3.19.0.
"""

from __future__ import annotations

import asyncio
from typing import Any

from novu_provider.emulator.bridge.client import BridgeClient, BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.data.environments import Environment, Environments
from novu_provider.emulator.data.responses import entity
from novu_provider.emulator.data.steps import StepSpec
from novu_provider.emulator.data.store import Document, Store
from novu_provider.emulator.data.workflows import EXTERNAL, Workflows, WorkflowSpec
from novu_provider.emulator.http.errors import bad_request, command_error, internal_error


class Synchronizer:
    """Carries out syncs."""

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
        # A real server computes on one thread: the cost of workflows adds up, over concurrent syncs too.
        self._processor = asyncio.Lock()
        self._going_on: set[asyncio.Task[Any]] = set()

    async def sync(self, environment: Environment, bridge_url: str) -> list[Document]:
        """Discover, write, delete, store the URL; return the written workflows in the bridge's order."""
        discovered = await self._discover(environment, bridge_url)
        # Fails as a whole when an entry is no object: nothing has been written yet.
        identifiers = [item.get("workflowId") for item in discovered]
        stored: dict[str, tuple[str, str]] = {}
        for id_, identifier, origin in self._store.workflow_index(environment.id):
            stored.setdefault(identifier, (id_, origin))
        for identifier in identifiers:
            if self._config.origin_conflicts and identifier in stored and stored[identifier][1] != EXTERNAL:
                raise bad_request(
                    f"Workflow {identifier} was already created in Dashboard. Please use another workflowId."
                )
        written = await self._all(
            [
                self._update(environment, stored[item["workflowId"]][0], item)
                if item.get("workflowId") in stored
                else self._create(environment, item)
                for item in discovered
            ]
        )
        await self._delete_others(environment, keep={workflow["_id"] for workflow in written})
        self._environments.set_bridge_url(environment, bridge_url)
        return [entity(workflow, environment) for workflow in written]

    @property
    def is_busy(self) -> bool:
        """Whether workflows are being written, be it for a sync that was answered already."""
        return bool(self._going_on)

    async def wait(self) -> None:
        """Wait for what failed syncs left running."""
        while self._going_on:
            await asyncio.wait(set(self._going_on))

    async def _discover(self, environment: Environment, bridge_url: str) -> list[Any]:
        try:
            answer = await self._bridge.call(environment, bridge_url, "discover")
        except BridgeError as error:
            raise bad_request(str(error)) from error
        except OutboundBlocked as error:
            raise bad_request(f"bridgeUrl: {error}" if error.names_field else str(error)) from error
        if answer is None or answer is False or answer in (0, ""):
            raise bad_request("Invalid Bridge URL Response")
        workflows = answer.get("workflows") if isinstance(answer, dict) else None
        if workflows is None:
            # A login page, another API, half a document: to Novu a bridge that declares nothing.
            return []
        if not isinstance(workflows, list) or not all(isinstance(item, dict) for item in workflows):
            raise internal_error()
        return workflows

    async def _all(self, writes: list[Any]) -> list[Document]:
        """Run writes side by side; the first failure is raised at once, and the others are left to finish."""
        tasks = [asyncio.ensure_future(write) for write in writes]
        for task in tasks:
            self._going_on.add(task)
            task.add_done_callback(self._settled)
        return list(await asyncio.gather(*tasks))

    def _settled(self, task: asyncio.Task[Any]) -> None:
        self._going_on.discard(task)
        if not task.cancelled():
            # Looked at, so that a second failure is not reported as one that nobody saw.
            task.exception()

    async def _create(self, environment: Environment, discovered: Document) -> Document:
        identifier = discovered.get("workflowId")
        if not isinstance(identifier, str) or not identifier:
            # Status and text not recorded.
            raise command_error(
                "CreateWorkflowCommand", "name", ["name should not be null or undefined", "name must be a string"]
            )
        spec = specification(discovered)
        self._workflows.check_step_limit(len(spec.steps))
        self._workflows.check_workflow_limit(environment)
        # Every workflow of this sync has passed the limit before the first is written.
        await self._spend()
        return self._workflows.create(environment, spec, identifier, origin=EXTERNAL)

    async def _update(self, environment: Environment, id_: str, discovered: Document) -> Document:
        self._workflows.check_step_limit(len(discovered["steps"]))
        await self._spend()
        stored = self._store.workflow(environment.id, id_)
        spec = specification(discovered, stored)
        return self._workflows.update(environment, id_, spec)

    async def _delete_others(self, environment: Environment, keep: set[str]) -> None:
        for id_, _, origin in self._store.workflow_index(environment.id):
            if origin == EXTERNAL and id_ not in keep:
                self._store.delete_workflow(environment.id, id_)

    async def _spend(self) -> None:
        async with self._processor:
            await asyncio.sleep(self._config.sync_cost_ms / 1000)


def specification(discovered: Document, stored: Document | None = None) -> WorkflowSpec:
    """Return what a discovered workflow sets on its registration; steps continue stored ones of the same id.

    A severity is only set on a registration that is new, as on Novu 3.19.0.
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
    """Return the discovered workflow without the unknown schemas of its own; those of its steps stay."""
    raw = dict(discovered)
    for name in ("payload", "controls"):
        if isinstance(raw.get(name), dict):
            raw[name] = {key: value for key, value in raw[name].items() if key != "unknownSchema"}
    return raw
