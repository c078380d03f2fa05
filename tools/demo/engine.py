"""The Pulumi engine with the project's program: run its commands and read their changes."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.demo.children import Children
from tools.demo.errors import DemoError
from tools.demo.workspace import ROOT, STACK, Workspace

SECONDS = 300
"""Timeout of one engine command."""

Changes = Mapping[str, str]
"""The change of each changed resource: `{"welcome": "update steps"}`. The EnvironmentBinding is `app`."""


@dataclass(frozen=True)
class Engine:
    """The engine in one workspace.

    :param environ: the environment of its commands.
    :param color: whether the output has colors.
    """

    children: Children
    workspace: Workspace
    environ: Mapping[str, str]
    color: bool

    def init(self) -> None:
        """Create the stack in the copy of the project, because the engine writes a salt into the stack's file."""
        self._run(["stack", "init", STACK, "--cwd", str(self.workspace.project)])

    def operate(self, line: str) -> Changes:
        """Run a command such as `preview --diff` and return its changes.

        :raises DemoError: the command failed.
        """
        log = self.workspace.directory / "events.jsonl"
        log.unlink(missing_ok=True)
        arguments = shlex.split(line)
        if arguments[0] != "preview":
            # The preview is a separate step.
            arguments += ["--yes", "--skip-preview"]
        arguments += ["--suppress-progress", "--config-file", str(self.workspace.config_file), "--event-log", str(log)]
        self._run(arguments)
        return _changes(json.loads(event) for event in log.read_text(encoding="utf-8").splitlines())

    def _run(self, arguments: list[str]) -> None:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "always" if self.color else "never"]
        try:
            status = self.children.run(command, cwd=ROOT, environ=self.environ, seconds=SECONDS)
        except subprocess.TimeoutExpired:
            raise DemoError(f"`pulumi {arguments[0]}` did not finish within {SECONDS} seconds.") from None
        except FileNotFoundError:
            raise DemoError("`pulumi` is not on PATH. `make demo` installs it and starts the demo.") from None
        if status != 0:
            raise DemoError(f"`pulumi {arguments[0]}` failed with status {status}; see its output above.")


def _changes(events: Iterable[Mapping[str, Any]]) -> Changes:
    # The last event of a resource contains the result, also for a refresh.
    steps = [event["resOutputsEvent"]["metadata"] for event in events if "resOutputsEvent" in event]
    return {
        step["urn"].rsplit("::", 1)[-1]: _change(step)
        for step in steps
        if "dynamic/novu:" in step["type"] and step["op"] != "same"
    }


def _change(step: Mapping[str, Any]) -> str:
    if step["op"] != "update":
        return str(step["op"])
    old, new = step["old"]["inputs"], step["new"]["inputs"]
    # The engine prints no property whose name begins with two underscores.
    shown = {key for key in {*old, *new} if not key.startswith("__")}
    return f"update {', '.join(sorted(key for key in shown if old.get(key) != new.get(key)))}"
