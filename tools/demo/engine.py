"""The Pulumi engine on the project's own program: runs its commands and reads what they changed."""

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
"""Bound for one command of the engine; none comes near it."""

Changes = Mapping[str, str]
"""What happens to each resource, `{"welcome": "update steps"}`, the unchanged left out. The binding is `app`."""


@dataclass(frozen=True)
class Engine:
    """The engine in one workspace.

    :param environ: the environment of its commands.
    :param color: whether it writes colours.
    """

    children: Children
    workspace: Workspace
    environ: Mapping[str, str]
    color: bool

    def init(self) -> None:
        """Make the stack, in the copy of the project: the engine writes a salt into the stack's file."""
        self._run(["stack", "init", STACK, "--cwd", str(self.workspace.project)])

    def operate(self, line: str) -> Changes:
        """Run a command as a user types it, such as `preview --diff`, and say what it changes.

        :raises DemoError: it failed.
        """
        log = self.workspace.directory / "events.jsonl"
        log.unlink(missing_ok=True)
        words = shlex.split(line)
        if words[0] != "preview":
            # Its preview is a step of its own.
            words += ["--yes", "--skip-preview"]
        words += ["--suppress-progress", "--config-file", str(self.workspace.config_file), "--event-log", str(log)]
        self._run(words)
        return _changes(json.loads(event) for event in log.read_text(encoding="utf-8").splitlines())

    def _run(self, words: list[str]) -> None:
        command = ["pulumi", *words, "--non-interactive", "--color", "always" if self.color else "never"]
        try:
            status = self.children.run(command, cwd=ROOT, environ=self.environ, seconds=SECONDS)
        except subprocess.TimeoutExpired:
            raise DemoError(f"`pulumi {words[0]}` did not end within {SECONDS} seconds.") from None
        except FileNotFoundError:
            raise DemoError("there is no `pulumi` on PATH; `make demo` gets one and starts the demo with it.") from None
        if status != 0:
            raise DemoError(f"`pulumi {words[0]}` ended with the status {status}; its own words are above.")


def _changes(events: Iterable[Mapping[str, Any]]) -> Changes:
    # The event that closes a resource's step tells its outcome, also for a refresh, which does not know it before.
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
    return f"update {', '.join(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))}"
