"""Two stacks of the same size on the real engine: one of this package and the inert one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novu_provider.model.canonical_json import canonical_json
from novu_provider.model.manifest import Manifest
from tests.contract.fake_bridge import FakeBridge, json_response
from tests.engine.stack import PROGRAM, Stack
from tools.bench import engine, inert, overrides
from tools.bench.documents import discover, floor_inputs
from tools.bench.novu import NovuProcess

_ROOT = Path(__file__).parents[2]
_REFRESH = ("refresh", "--yes", "--skip-preview")
_DESTROY = ("destroy", "--yes", "--skip-preview")
#: The commands by name. `up` includes the engine's preview, as for users.
COMMANDS = {"first": ("up", "--yes"), "unchanged": ("up", "--yes"), "changed": ("up", "--yes"), "refresh": _REFRESH}


class Pair:
    """A stack of this package and an inert one, with the same number of resources, inputs and dependencies.

    :param variables: additional environment variables of both, such as options of the engine.
    :param declares: whether both also declare overrides (:mod:`tools.bench.overrides`).
    """

    def __init__(
        self,
        directory: Path,
        novu: NovuProcess,
        bridge: FakeBridge,
        count: int,
        variables: Mapping[str, str],
        *,
        declares: bool = False,
    ) -> None:
        self.count = count
        self._declares = declares
        self.peak_mib = 0.0
        self._bridge = bridge
        # Processes may write bytecode, as on a user's machine. With CI set, the engine asks no questions.
        common = {"PYTHONDONTWRITEBYTECODE": "", "CI": "true", "PYTHONPATH": _path(), **variables}
        ours = {"NOVU_SECRET_KEY": novu.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": bridge.url}
        self.ours = Stack(directory / "ours", {**common, **ours}, program=overrides.PROGRAM if declares else PROGRAM)
        self.floor = Stack(directory / "floor", common, program=inert.PROGRAM)
        self.deploy()

    def deploy(self, changed: int | None = None) -> None:
        """Let the bridge serve the workflows. ``changed`` changes the description of the first one."""
        document = discover(self.count, changed)
        self._bridge.response = json_response(document)
        self._manifest = Manifest.discovered(document, "the benchmark")
        inputs = floor_inputs(self._manifest, self._bridge.url)
        inputs["overrides"] = overrides.floor_inputs(self._manifest) if self._declares else []
        (self.floor.directory / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
        if self._declares:
            text = json.dumps(overrides.declared(self._manifest))
            (self.ours.directory / "declared.json").write_text(text, encoding="utf-8")

    def run(self, name: str) -> dict[str, float]:
        """Run a command in both stacks, the inert one first, and return the seconds of each."""
        command = COMMANDS.get(name, _DESTROY)
        floor = engine.run(self.floor, *command)
        return {"floor": floor.seconds, "ours": self.run_ours(*command)}

    def run_ours(self, *command: str) -> float:
        """Run a command in the stack of this package and return its seconds."""
        result = engine.run(self.ours, *command)
        self.peak_mib = max(self.peak_mib, result.peak_mib)
        return result.seconds

    def destroy(self) -> float:
        """Destroy the stack of this package and return the seconds."""
        return self.run_ours(*_DESTROY)

    def state(self) -> dict[str, float]:
        """Return the size of the state: bytes per workflow, as JSON without indentation and in the file."""
        (path,) = self.ours.state.glob(".pulumi/stacks/**/*.json")
        text = path.read_text(encoding="utf-8")
        deployment = json.loads(text)["checkpoint"]["latest"]
        resources = [resource for resource in deployment["resources"] if resource["type"].endswith("novu:Workflow")]
        sizes = [_bytes(resource) for resource in resources]
        canonical = [len(canonical_json(workflow.properties()).encode()) for workflow in self._manifest.workflows]
        return {
            "bytes": max(sizes),
            "canonical": min(canonical),
            "over": max(size - least for size, least in zip(sorted(sizes), sorted(canonical), strict=True)),
            "file_bytes": len(text.encode()) / self.count,
        }


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _path() -> str:
    """Return PYTHONPATH with this repository first, because the inert provider is one of its modules."""
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
