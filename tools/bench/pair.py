"""Two stacks of the same size on the real engine: ours and the inert one, run in turn."""

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
from tools.bench import beyond, engine, inert
from tools.bench.documents import discover, floor_inputs
from tools.bench.novu import NovuProcess

_ROOT = Path(__file__).parents[2]
_REFRESH = ("refresh", "--yes", "--skip-preview")
_DESTROY = ("destroy", "--yes", "--skip-preview")
#: The commands by name. All but `refresh` and `destroy` include the engine's own preview, as users run them.
COMMANDS = {"first": ("up", "--yes"), "unchanged": ("up", "--yes"), "changed": ("up", "--yes"), "refresh": _REFRESH}


class Pair:
    """A stack of ours and an inert one, with as many resources, the same inputs and the same dependencies.

    :param variables: further environment variables of both, such as the engine's switches.
    :param declares: whether both declare something beyond code too (:mod:`bench.beyond`).
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
        # Each process may write its bytecode, as on a user's machine; a CI's engine asks nothing.
        common = {"PYTHONDONTWRITEBYTECODE": "", "CI": "true", "PYTHONPATH": _path(), **variables}
        ours = {"NOVU_SECRET_KEY": novu.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": bridge.url}
        self.ours = Stack(directory / "ours", {**common, **ours}, program=beyond.PROGRAM if declares else PROGRAM)
        self.floor = Stack(directory / "floor", common, program=inert.PROGRAM)
        self.deploy()

    def deploy(self, changed: int | None = None) -> None:
        """Let the bridge serve the workflows; ``changed`` sets the first one's description apart."""
        document = discover(self.count, changed)
        self._bridge.response = json_response(document)
        self._manifest = Manifest.discovered(document, "the benchmark")
        inputs = floor_inputs(self._manifest, self._bridge.url)
        inputs["beyond"] = beyond.floor_inputs(self._manifest) if self._declares else []
        (self.floor.directory / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
        if self._declares:
            text = json.dumps(beyond.declared(self._manifest))
            (self.ours.directory / "declared.json").write_text(text, encoding="utf-8")

    def run(self, name: str) -> dict[str, float]:
        """Run a command in both stacks, the inert one first, and give the seconds of each."""
        command = COMMANDS.get(name, _DESTROY)
        floor = engine.run(self.floor, *command)
        return {"floor": floor.seconds, "ours": self.run_ours(*command)}

    def run_ours(self, *command: str) -> float:
        """Run a command in our stack and give its seconds."""
        done = engine.run(self.ours, *command)
        self.peak_mib = max(self.peak_mib, done.peak_mib)
        return done.seconds

    def destroy(self) -> float:
        """Destroy our stack and give the seconds."""
        return self.run_ours(*_DESTROY)

    def state(self) -> dict[str, float]:
        """Weigh the state: bytes in a workflow, as the engine's JSON without indentation and as its file has them."""
        (path,) = self.ours.state.glob(".pulumi/stacks/**/*.json")
        text = path.read_text(encoding="utf-8")
        deployment = json.loads(text)["checkpoint"]["latest"]
        sizes = [_bytes(one) for one in deployment["resources"] if one["type"].endswith("novu:Workflow")]
        forms = [len(canonical_json(one.properties()).encode()) for one in self._manifest.workflows]
        return {
            "bytes": max(sizes),
            "canonical": min(forms),
            "over": max(size - form for size, form in zip(sorted(sizes), sorted(forms), strict=True)),
            "file_bytes": len(text.encode()) / self.count,
        }


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _path() -> str:
    """Give PYTHONPATH with this repository first: the inert provider is a module of it."""
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
