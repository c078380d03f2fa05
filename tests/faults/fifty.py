"""The beginnings of the kill tests: an environment and a stack without workflows, or with fifty."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from novu_provider.bridge.client import BridgeClient
from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine import interpreter
from tests.engine.novu import Environment
from tests.engine.stack import Stack
from tests.faults.judge import NovuContents, state_problems
from tests.faults.names import DASHBOARD
from tests.faults.processes import NovuProcess
from tests.faults.scenes import KEY

#: A sync of fifty workflows then takes a second.
_SYNC_COST_MS = 20.0


class FiftyWorkflows:
    """Two beginnings: `create` makes fifty workflows, `update` exchanges five of them and changes six.

    ``seconds`` says how long an `up` takes from each.
    """

    def __init__(self, directory: Path, bridges: BridgeProcess) -> None:
        self._directory = directory
        self._bridges = bridges
        later = [spec | {"name": "Renamed"} if number % 9 == 0 else spec for number, spec in enumerate(specs.shop(55))]
        self._served = {"create": specs.shop(50), "update": later[5:]}
        self.seconds: dict[str, float] = {}
        self._declared: dict[str, dict[str, str]] = {}
        self._stacks = {"create": self._begin()}
        self._stacks["update"] = self._advance("create", "update")
        # Only to measure its time.
        self._advance("update", "unused")

    def deploy(self, begins: str) -> None:
        """Let the bridge serve what an `up` from this beginning must reach."""
        self._bridges.put("fifty", specs.bridge(self._served[begins], secret_key=KEY))

    def novu(self, begins: str, directory: Path) -> Emulator:
        """Return a Novu on a copy of a beginning's database. The caller starts it."""
        return Emulator(EmulatorConfig(database=str(self._copy(begins, directory)), sync_cost_ms=_SYNC_COST_MS))

    def novu_to_kill(self, begins: str, directory: Path) -> NovuProcess:
        """Return the same as :meth:`novu`, in a process of its own."""
        return NovuProcess(self._copy(begins, directory), _SYNC_COST_MS)

    def stack(self, begins: str, directory: Path, novu_url: str) -> Stack:
        """Return a copy of a beginning's project for a Novu."""
        return self._stacks[begins].copy(directory, NOVU_API_URL=novu_url)

    def problems(self, begins: str, before: NovuContents, after: NovuContents, stack: Stack) -> list[str]:
        """Return how the end differs from the declared state, and what else was written."""
        declared = self._declared[begins]
        problems = []
        if not after.equals(declared, self._url):
            missing, more = declared.keys() - after.digests.keys(), after.digests.keys() - declared.keys()
            problems.append(f"Novu lacks {sorted(missing)} and holds {sorted(more)} at {after.url!r}")
        created_again = {one for one in before.ids.keys() & declared.keys() if before.ids[one] != after.ids.get(one)}
        if created_again:
            problems.append(f"created again: {sorted(created_again)}")
        if after.foreign != before.foreign or DASHBOARD not in after.foreign:
            problems.append(f"of others {after.foreign} is left of {before.foreign}")
        return [*problems, *state_problems(stack, declared)]

    def _copy(self, begins: str, directory: Path) -> Path:
        directory.mkdir(exist_ok=True)
        database = directory / "novu.sqlite3"
        shutil.copyfile(self._directory / f"{begins}.sqlite3", database)
        return database

    def _begin(self) -> Stack:
        self._url = self._bridges.put("fifty", specs.bridge(self._served["create"], secret_key=KEY))
        database = self._directory / "create.sqlite3"
        with Emulator(EmulatorConfig(database=str(database))) as novu:
            step = {"name": "In-App", "type": "in_app", "controlValues": {"body": "Hello"}}
            made = {"name": "Made in the dashboard", "workflowId": DASHBOARD, "steps": [step]}
            Environment(novu).call("POST", "/v2/workflows", json=made)
        variables = {
            "NOVU_SECRET_KEY": KEY,
            "NOVU_BRIDGE_URL": self._url,
            # A Novu that was killed must be back before the retries end.
            interpreter.PAUSES: "1",
        }
        stack = Stack(self._directory / "stack", variables)
        stack.config(timeout="6")
        return stack

    def _advance(self, begins: str, reached: str) -> Stack:
        """Run an `up` from one beginning. Its result is another one."""
        self.deploy(begins)
        work = self._directory / f"to-{reached}"
        with self.novu(begins, work) as novu:
            stack = self.stack(begins, work / "project", novu.url)
            started = time.monotonic()
            stack.up("--skip-preview")
            self.seconds[begins] = time.monotonic() - started
            self._declared[begins] = self._manifest()
        shutil.copyfile(work / "novu.sqlite3", self._directory / f"{reached}.sqlite3")
        return stack

    def _manifest(self) -> dict[str, str]:
        bridge = BridgeClient.connect(self._url, KEY)
        try:
            return bridge.manifest().digests
        finally:
            bridge.close()
