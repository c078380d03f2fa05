"""What became of a cell: each way in which it may have lost something, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from novu_provider.emulator.server import Emulator
from tests.engine.novu import Environment, Server, writes
from tests.engine.stack import Result, Stack
from tests.faults import declared
from tests.faults.cells import BEYOND_CODE, Cell
from tests.faults.declared import Said
from tests.faults.names import DASHBOARD, THEIRS
from tests.faults.proxy import Fault
from tests.faults.scenes import KEY, PLANNED, SCENES, Scene, World


@dataclass(frozen=True)
class Held:
    """What Novu holds: each workflow's `_id` by its id, the digests of the code-first ones, the bridge URL."""

    ids: Mapping[str, str]
    digests: Mapping[str, str]
    url: str
    #: What a write to the dashboard's workflow, and to the one of somebody else, would change.
    foreign: Mapping[str, str]

    @classmethod
    def by(cls, server: Server) -> Held:
        """Read what a Novu holds, around the proxy."""
        environment = Environment(server, KEY)
        listed = environment.call("GET", "/v2/workflows?limit=100")["data"]["workflows"]
        return cls(
            ids={entry["workflowId"]: entry["_id"] for entry in listed},
            digests={one.workflow_id: one.registration.digest for one in environment.stored().values()},
            url=environment.bridge_url(),
            foreign={
                entry["workflowId"]: f"{entry['_id']} {entry['updatedAt']}"
                for entry in listed
                if entry["workflowId"] in (DASHBOARD, THEIRS)
            },
        )

    def equals(self, declared: Mapping[str, str], url: str) -> bool:
        """Whether this is the declared state."""
        return dict(self.digests) == dict(declared) and self.url == url


@dataclass(frozen=True)
class Begun:
    """Where a cell began."""

    cell: Cell
    world: World
    server: Emulator
    stack: Stack
    before: Held

    @property
    def scene(self) -> Scene:
        """The scene of the cell's operation."""
        return SCENES[self.cell.operation]

    @property
    def declared(self) -> Mapping[str, str]:
        """What the stack declares: what the bridge serves, with what the program switches off."""
        return self.world.manifests[self.scene.deployed].with_inactive(self.scene.inactive).digests

    @property
    def said(self) -> Said | None:
        """What Novu holds beyond code, where the operation is about that."""
        return Said.by(self.server) if self.cell.operation in BEYOND_CODE else None

    def reached(self, held: Held) -> bool:
        """Whether Novu holds what the operation is to reach."""
        url = self.world.bridge_proxy.url
        if self.said not in (None, declared.reached(self.cell.operation, url)):
            return False
        if self.scene.command == "destroy":
            return not self.scene.deletes & set(held.ids) and held.url == ""
        return held.equals(self.declared, url)


def after_the_fault(begun: Begun, result: Result) -> list[str]:
    """Say what is wrong with an operation that met its fault."""
    held = Held.by(begun.server)
    found = [*_words(result), *_losses(begun, held, begun.scene.deletes)]
    if begun.scene.command in ("preview", "refresh") and writes(begun.server):
        found.append(f"it wrote: {', '.join(writes(begun.server))}")
    if result.exit_code == 0:
        found += _falsely_well(begun, result, held)
    return found


def after_the_repair(begun: Begun, result: Result) -> list[str]:
    """Say what is wrong with the plain operation that follows without a fault."""
    held = Held.by(begun.server)
    ours = set(begun.before.digests) - {THEIRS}
    # The `up` after a preview, or after another `up`, deletes what the bridge no longer serves.
    found = _losses(begun, held, ours if begun.scene.command == "destroy" else ours - set(begun.declared))
    if result.exit_code:
        return [*found, f"the next one ended with {result.exit_code}:\n{result.output}"]
    if not begun.reached(held):
        found.append(f"the next one left {dict(held.digests)} at {held.url!r}, {begun.said}")
    if begun.scene.command == "destroy":
        return [*found, *wrong_records(begun.stack, {})]
    return [*found, *wrong_records(begun.stack, begun.declared, declared.RECORDED.get(begun.scene.program, set()))]


def wrong_records(
    stack: Stack, wanted: Mapping[str, str], beside: Collection[tuple[str, str]] = frozenset()
) -> list[str]:
    """Say what is wrong with a stack's state: it records other workflows than these digests, or work half done.

    :param beside: type and name of what it is to record of a stack's declarations beyond code.
    """
    deployment = stack.deployment()
    recorded = {
        resource["id"]: resource["outputs"]["digest"]
        for resource in deployment.get("resources") or ()
        if resource["type"].endswith("/novu:Workflow")
    }
    found = [] if recorded == wanted else [f"the state records {recorded} in place of {dict(wanted)}"]
    others = {
        (kind, resource["urn"].rpartition("::")[2])
        for resource in deployment.get("resources") or ()
        for kind in declared.KINDS
        if resource["type"].endswith(f"/novu:{kind}")
    }
    if others != beside:
        found.append(f"the state records {others} in place of {beside}")
    if deployment.get("pending_operations"):
        found.append("the state has pending operations")
    return found


def named(result: Result) -> None:
    """Hold an operation in which Novu lost workflows to saying so."""
    assert any(
        words in result.output
        for words in ("during the sync and created them again", "does not store the declared state", "would delete")
    ), result.output


def _words(result: Result) -> list[str]:
    found = []
    if "Traceback" in result.output:
        found.append("it printed a traceback")
    if KEY in result.output:
        found.append("it printed the key")
    if result.exit_code and "Fix:" not in result.output:
        found.append("its error does not say what to do")
    return [f"{one}:\n{result.output}" for one in found]


def _losses(begun: Begun, held: Held, planned: Collection[str]) -> list[str]:
    """Name each workflow that is gone, or was made anew, although the plan did not delete it."""
    lost = [
        f"{workflow_id} was {'made anew' if workflow_id in held.ids else 'deleted'}"
        for workflow_id, internal_id in begun.before.ids.items()
        if workflow_id not in planned and held.ids.get(workflow_id) != internal_id
    ]
    if held.foreign != begun.before.foreign:
        lost.append(f"of others {held.foreign} is left of {begun.before.foreign}")
    said = begun.said
    return [*lost, *said.lost(planned)] if said else lost


def _falsely_well(begun: Begun, result: Result, held: Held) -> list[str]:
    command = begun.scene.command
    if command == "preview":
        planned = {op: result.workflows(op) for op in ("create", "update", "delete")}
        if planned != PLANNED:
            return [f"it ended well and planned {planned}"]
    elif command == "refresh":
        # An answer that is well-formed and false cannot be told from a true one; the next `up` decides.
        recorded = {name for name, one in begun.stack.resources().items() if one["type"].endswith("/novu:Workflow")}
        if begun.cell.fault is not Fault.OTHER_SET and recorded != set(held.digests):
            return [f"it ended well and recorded {recorded}"]
    elif not begun.reached(held):
        return [f"it ended well and Novu holds {dict(held.digests)} at {held.url!r}, {begun.said}"]
    return []
