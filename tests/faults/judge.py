"""Judges a trial: returns each way in which it lost something, as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from novu_provider.emulator.server import Emulator
from tests.engine.novu import Environment, Server, writes
from tests.engine.stack import Result, Stack
from tests.faults import declared
from tests.faults.cells import OVERRIDE_CALLS
from tests.faults.declared import Overrides
from tests.faults.names import DASHBOARD, FOREIGN
from tests.faults.proxy import Fault
from tests.faults.scenes import KEY, PLANNED, SCENES, Scene, World


@dataclass(frozen=True)
class NovuContents:
    """The content of Novu: each workflow's `_id` by its id, the digests of the code-first ones, the bridge URL."""

    ids: Mapping[str, str]
    digests: Mapping[str, str]
    url: str
    #: `_id` and time of the last write of the workflows that this stack must not write.
    foreign: Mapping[str, str]
    #: None if they were not read.
    overrides: Overrides | None = None

    @classmethod
    def read(cls, server: Server, overrides: Overrides | None = None) -> NovuContents:
        """Read it from Novu, without the proxy."""
        environment = Environment(server, KEY)
        listed = environment.call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
        return cls(
            ids={entry["workflowId"]: entry["_id"] for entry in listed},
            digests={one.workflow_id: one.registration.digest for one in environment.stored().values()},
            url=environment.bridge_url(),
            foreign={
                entry["workflowId"]: f"{entry['_id']} {entry['updatedAt']}"
                for entry in listed
                if entry["workflowId"] in (DASHBOARD, FOREIGN)
            },
            overrides=overrides,
        )

    def equals(self, declared: Mapping[str, str], url: str) -> bool:
        """Whether this is the declared state."""
        return dict(self.digests) == dict(declared) and self.url == url


@dataclass(frozen=True)
class Trial:
    """One operation that meets faults: its parts, and what Novu and the state contained before."""

    operation: str
    #: The fault that one call meets. None if no call or each call meets a fault.
    fault: Fault | None
    world: World
    server: Emulator
    stack: Stack
    before: NovuContents
    #: What :func:`recorded` returned.
    before_in_state: list[dict[str, Any]]

    @property
    def scene(self) -> Scene:
        """The scene of the operation."""
        return SCENES[self.operation]

    @property
    def declared(self) -> Mapping[str, str]:
        """The digests of the declared workflows, without those that the program makes inactive."""
        return self.world.manifests[self.scene.deployed].with_inactive(self.scene.inactive).digests

    def read(self) -> NovuContents:
        """Read the content of Novu, with overrides if the operation is about overrides."""
        overrides = Overrides.read(self.server) if self.operation in OVERRIDE_CALLS else None
        return NovuContents.read(self.server, overrides)

    def reached(self, contents: NovuContents) -> bool:
        """Whether Novu contains what the operation must reach."""
        url = self.world.bridge_proxy.url
        if contents.overrides not in (None, declared.reached(self.operation, url)):
            return False
        if self.scene.command == "destroy":
            return not self.scene.deletes & set(contents.ids) and contents.url == ""
        return contents.equals(self.declared, url)


def after_the_fault(trial: Trial, result: Result) -> list[str]:
    """Return the problems of an operation that met its fault."""
    contents = trial.read()
    problems = [*_output_problems(result), *_losses(trial, contents, trial.scene.deletes)]
    if trial.scene.command in ("preview", "refresh") and writes(trial.server):
        problems.append(f"it wrote: {', '.join(writes(trial.server))}")
    if result.exit_code == 0:
        problems += _false_success(trial, result, contents)
    return problems


def after_the_repair(trial: Trial, result: Result) -> list[str]:
    """Return the problems of the plain operation that follows without a fault."""
    contents = trial.read()
    ours = set(trial.before.digests) - {FOREIGN}
    # The `up` after a preview, or after another `up`, deletes what the bridge no longer serves.
    problems = _losses(trial, contents, ours if trial.scene.command == "destroy" else ours - set(trial.declared))
    if result.exit_code:
        return [*problems, f"the next one ended with {result.exit_code}:\n{result.output}"]
    if not trial.reached(contents):
        problems.append(f"the next one left {dict(contents.digests)} at {contents.url!r}, {contents.overrides}")
    if trial.scene.command == "destroy":
        return [*problems, *state_problems(trial.stack, {})]
    return [*problems, *state_problems(trial.stack, trial.declared, declared.RECORDED.get(trial.scene.program, set()))]


def state_problems(
    stack: Stack, wanted: Mapping[str, str], others: Collection[tuple[str, str]] = frozenset()
) -> list[str]:
    """Return the problems of a state: it records workflows with other digests, or unfinished operations.

    :param others: type and name of each other resource of this package that it must record.
    """
    deployment = stack.deployment()
    recorded = {
        resource["id"]: resource["outputs"]["digest"]
        for resource in deployment.get("resources") or ()
        if resource["type"].endswith("/novu:Workflow")
    }
    problems = [] if recorded == wanted else [f"the state records {recorded} in place of {dict(wanted)}"]
    recorded_others = {
        (kind, resource["urn"].rpartition("::")[2])
        for resource in deployment.get("resources") or ()
        for kind in declared.KINDS
        if resource["type"].endswith(f"/novu:{kind}")
    }
    if recorded_others != others:
        problems.append(f"the state records {recorded_others} in place of {others}")
    if deployment.get("pending_operations"):
        problems.append("the state has pending operations")
    return problems


def recorded(stack: Stack) -> list[dict[str, Any]]:
    """Return the resources of this package in a stack's state, and the unfinished operations."""
    deployment = stack.deployment()
    by_the_engine = ("created", "modified", "propertyDependencies", "sourcePosition", "stackTrace")
    resources = [
        {key: value for key, value in resource.items() if key not in by_the_engine}
        for resource in deployment.get("resources") or ()
        if "dynamic/novu:" in resource["type"]
    ]
    return [*resources, *(deployment.get("pending_operations") or ())]


def expect_report(result: Result) -> None:
    """Check that an operation in which Novu lost workflows reports it."""
    assert any(
        words in result.output
        for words in ("during the sync and created them again", "does not store the declared state", "would delete")
    ), result.output


def _output_problems(result: Result) -> list[str]:
    problems = []
    if "Traceback" in result.output:
        problems.append("it printed a traceback")
    if KEY in result.output:
        problems.append("it printed the key")
    if declared.PASSWORD in result.output:
        problems.append("it printed a credential")
    if result.exit_code and "Fix:" not in result.output:
        problems.append("its error does not say what to do")
    return [f"{one}:\n{result.output}" for one in problems]


def _losses(trial: Trial, contents: NovuContents, planned: Collection[str]) -> list[str]:
    """Return each workflow that was deleted or created again although the plan did not delete it."""
    lost = [
        f"{workflow_id} was {'created again' if workflow_id in contents.ids else 'deleted'}"
        for workflow_id, internal_id in trial.before.ids.items()
        if workflow_id not in planned and contents.ids.get(workflow_id) != internal_id
    ]
    if contents.foreign != trial.before.foreign:
        lost.append(f"of others {contents.foreign} is left of {trial.before.foreign}")
    return [*lost, *contents.overrides.lost(planned)] if contents.overrides else lost


def _false_success(trial: Trial, result: Result, contents: NovuContents) -> list[str]:
    command = trial.scene.command
    if command == "preview":
        planned = {op: result.workflows(op) for op in ("create", "update", "delete")}
        if planned != PLANNED:
            return [f"it succeeded and planned {planned}"]
    elif command == "refresh":
        # A valid response with false content cannot be recognized. The next `up` decides.
        names = {one["id"] for one in recorded(trial.stack) if one.get("type", "").endswith("/novu:Workflow")}
        if trial.fault is not Fault.OTHER_SET and names != set(contents.digests):
            return [f"it succeeded and recorded {names}"]
    elif not trial.reached(contents):
        return [f"it succeeded and Novu contains {dict(contents.digests)} at {contents.url!r}, {contents.overrides}"]
    return []
