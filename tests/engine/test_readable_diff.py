"""What the engine itself prints of a plan: the change, property by property, and no lists of digests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from novu_provider.emulator.config import EmulatorConfig
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.stack import Stack

_HEADER = re.compile(r"^ *(?:[+~=-]+ *)?\S+:\S+: \(\w+\)")
_DIGEST = re.compile(r"\b[0-9a-f]{32}\b")
#: The most lines that the engine may print of the binding.
_LIMIT = 20


class LargeStack:
    """A stack with this number of workflows, and what the engine prints of its plans."""

    def __init__(self, novu: Emulator, app: App, directory: Path, number: int) -> None:
        self.app = app
        self.number = number
        app.deploy(*specs.shop(number))
        variables = {"NOVU_SECRET_KEY": app.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
        # The engine's time for its checkpoints is quadratic, and this test would learn nothing of it.
        self.stack = Stack(directory, {**variables, "PULUMI_SKIP_CHECKPOINTS": "true"})

    def diff(self) -> dict[str, list[str]]:
        """Return the lines of `pulumi preview --diff` by resource, as ``type`` or as ``type::name``."""
        self.output = self.stack.preview("--diff").output
        sections: dict[str, list[str]] = {}
        current: list[str] = []
        for line in self.output.splitlines():
            if re.match(r"^(?: *--outputs:--|Resources:| *\+?~?-? *Diagnostics)", line):
                current = sections.setdefault(line.strip(" -:"), [])
            elif _HEADER.match(line):
                current = sections.setdefault(line.split(": (")[0].rsplit(":", 1)[-1], [])
            current.append(line)
        return sections


@pytest.fixture(params=[20, 100])
def large(request: pytest.FixtureRequest, bridges: BridgeProcess, tmp_path: Path) -> Iterator[LargeStack]:
    number: int = request.param
    with Emulator(EmulatorConfig(workflow_limit=1000, bridge_retry_delay=0.05)) as novu:
        yield LargeStack(novu, App(bridges, novu.development_key), tmp_path / "stack", number)


def _texts(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines]


def test_one_of_many_is_readable_in_the_output_of_the_engine(large: LargeStack) -> None:
    first = large.diff()
    assert len(first["EnvironmentBinding"]) <= _LIMIT
    assert f'manifest      : "{large.number} workflows, digest ' in "\n".join(first["EnvironmentBinding"])
    assert len(first["Workflow"]) > large.number

    large.stack.up("--skip-preview")
    one, two, *others = specs.shop(large.number)
    large.app.deploy({**one, "tags": ["changed", "shop"], "severity": "high"}, two, *others)
    changed = large.diff()
    assert len(changed["EnvironmentBinding"]) <= _LIMIT
    assert not _DIGEST.search(large.output)
    shown = _texts(changed["Workflow"])
    assert [line for line in shown if line.startswith("~")] == [
        "~ pulumi-python:dynamic/novu:Workflow: (update)",
        '~ severity: "low" => "high"',
        "~ tags    : [",
        f'~ [0]: "{one["tags"][0]}" => "changed"',
    ]
    assert len(changed["Workflow"]) <= 10
    assert "outputs" not in changed
    assert len(large.output.splitlines()) <= 45

    large.app.deploy(one, *others)
    deleted = large.diff()
    assert len(deleted["EnvironmentBinding"]) <= _LIMIT
    # One line of the stack's output, however many workflows follow the deleted one.
    removed = [re.sub(" +:", ":", line) for line in _texts(deleted["outputs"]) if re.match("[-+] ", line)]
    assert removed == [f'- {two["id"]}: "{two["name"]}"']
    assert [line for line in _texts(deleted["Workflow"]) if re.match("[-~+] pulumi", line)] == [
        "- pulumi-python:dynamic/novu:Workflow: (delete)"
    ]
