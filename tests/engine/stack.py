"""A Pulumi stack for one test, on the real engine, with a separate project and file backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.engine import interpreter, vault

PROGRAM = """\
import pulumi
import novu_provider as novu

bridge = novu.Bridge("app", settings=novu.Settings.from_config())
pulumi.export("workflows", bridge.workflow_names)
pulumi.export("environment", bridge.environment_id)
"""

PROJECT = "name: test\nruntime: python\n"

#: Timeout that only a test that hangs reaches.
_SECONDS = 300

#: The files that ``pulumi stack init`` wrote in this process, by the stack's name, project and secrets provider.
_initial: dict[tuple[str, str, bool], dict[Path, bytes]] = {}


@dataclass(frozen=True)
class Change:
    """One step of a plan or an update: the operation, and the short type and the name of the resource."""

    op: str
    type: str
    name: str


@dataclass(frozen=True)
class Result:
    """The result of one engine command: its exit status, output and events."""

    arguments: tuple[str, ...]
    exit_code: int
    output: str
    events: tuple[dict[str, Any], ...] = field(repr=False)

    @cached_property
    def steps(self) -> list[dict[str, Any]]:
        """The steps in the engine's event log. Only the last event of a refresh step contains its result."""
        kind = "resOutputsEvent" if "refresh" in self.arguments else "resourcePreEvent"
        return [event[kind]["metadata"] for event in self.events if kind in event]

    @cached_property
    def changes(self) -> set[Change]:
        """The changed resources, without the stack itself."""
        return {
            Change(step["op"], step["type"].split(":")[-1], step["urn"].rsplit("::", 1)[-1])
            for step in self.steps
            if step["op"] not in ("same", "read", "refresh") and not step["type"].startswith("pulumi:")
        }

    def workflows(self, op: str) -> set[str]:
        """Return the names of the workflows with this operation."""
        return {change.name for change in self.changes if change.type == "Workflow" and change.op == op}

    def properties(self, name: str) -> set[str]:
        """Return the changed input properties of a resource."""
        for step in self.steps:
            if step["urn"].endswith(f"::{name}") and step["op"] == "update":
                old, new = step["old"]["inputs"], step["new"]["inputs"]
                return {key for key in {*old, *new} if old.get(key) != new.get(key)}
        return set()


class EngineFailed(AssertionError):
    """A command succeeded or failed unexpectedly."""


class Stack:
    """One stack. Its project is separate, unless it uses the same directory as another stack.

    :param logs: whether the engine writes its automatic logs.
    :param passphrase: encrypt secrets with a passphrase. It takes longer than :mod:`tests.engine.vault`.
    """

    def __init__(
        self,
        directory: Path,
        variables: Mapping[str, str],
        *,
        name: str = "test",
        program: str = PROGRAM,
        backend: str | None = None,
        project: str = PROJECT,
        logs: bool = False,
        passphrase: bool = False,
    ) -> None:
        self.directory = directory
        self.name = name
        self.state = directory / "state"
        self.state.mkdir(parents=True, exist_ok=True)
        (directory / "Pulumi.yaml").write_text(project, encoding="utf-8")
        self.write(program)
        interpreter.install(directory / "bin")
        if not logs:
            # The engine expects a folder here. With a file in its place, it works without logs. To serialize, compress
            # and encrypt each message takes a fifth of its CPU time.
            (directory / "home").mkdir(exist_ok=True)
            (directory / "home" / "logs").touch()
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("NOVU_", "PULUMI_", "VERCEL_"))},
            "PULUMI_BACKEND_URL": backend or f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Enables the flag `--event-log`, as the Automation API does.
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Nothing depends on the length of a pause, unless a test sets it again.
            interpreter.PAUSES: "0.1",
            # Collect garbage rarely: the engine ends soon.
            "GOGC": "400",
            "PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
            **({} if passphrase else vault.variables()),
            **variables,
        }
        self._secrets = () if passphrase else ("--secrets-provider", vault.PROVIDER)
        self._init(in_files=backend is None)

    def _init(self, *, in_files: bool) -> None:
        """Run ``pulumi stack init``. For file backends, run it once per name and copy its files for later stacks."""
        key = (self.name, (self.directory / "Pulumi.yaml").read_text("utf-8"), bool(self._secrets))
        if not in_files:
            self.run("stack", "init", self.name, *self._secrets)
        elif key in _initial:
            for path, content in _initial[key].items():
                file = self.directory / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        else:
            self.run("stack", "init", self.name, *self._secrets)
            files = [self.settings, *self.state.rglob("meta.yaml*"), *self.state.rglob(f"stacks/*/{self.name}.json*")]
            _initial[key] = {path.relative_to(self.directory): path.read_bytes() for path in files}

    @property
    def settings(self) -> Path:
        """The configuration file of the stack."""
        project = yaml.safe_load((self.directory / "Pulumi.yaml").read_text(encoding="utf-8"))
        folder: str = project.get("stackConfigDir", "")
        return self.directory / folder / f"Pulumi.{self.name}.yaml"

    @property
    def pulumi_variables(self) -> dict[str, str]:
        """The variables with which a command of Pulumi reads this stack, without those of Novu."""
        return {name: value for name, value in self.environ.items() if name.startswith(("PULUMI_", "VAULT_"))}

    def copy(self, directory: Path, **variables: str) -> Stack:
        """Copy the project with its state, and set some environment variables."""
        # Both share the Pulumi home, which contains mainly logs.
        shutil.copytree(self.directory, directory, ignore=shutil.ignore_patterns("home"))
        stack = copy(self)
        stack.directory, stack.state = directory, directory / "state"
        path = self.environ["PATH"].replace(str(self.directory), str(directory), 1)
        stack.environ = {**self.environ, "PULUMI_BACKEND_URL": f"file://{stack.state}", "PATH": path, **variables}
        return stack

    def start_cold(self) -> None:
        """Start each Python process without a fork from now on, for tests that find it in /proc or kill it."""
        interpreter.install(self.directory / "bin", warm=False)

    def write(self, program: str) -> None:
        """Replace the program."""
        (self.directory / "__main__.py").write_text(program, encoding="utf-8")

    def config(self, **values: Any) -> None:
        """Set configuration values in the namespace ``novu``, as ``pulumi config set`` does. None removes a value."""
        settings = yaml.safe_load(self.settings.read_text(encoding="utf-8"))
        config = settings.setdefault("config", {})
        for key, value in values.items():
            if value is None:
                del config[f"novu:{key}"]
            else:
                config[f"novu:{key}"] = str(value)
        self.settings.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")

    def set_secret(self, key: str, value: str) -> None:
        """Run ``pulumi config set --secret`` with the value on standard input, as in a pipeline."""
        self.run("config", "set", "--secret", f"novu:{key}", stdin=value)

    def preview(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run ``pulumi preview``."""
        return self._operate("preview", arguments, fails)

    def up(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run ``pulumi up`` with its preview, as users do."""
        return self._operate("up", ("--yes", *arguments), fails)

    def refresh(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run ``pulumi refresh``."""
        return self._operate("refresh", ("--yes", "--skip-preview", *arguments), fails)

    def destroy(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run ``pulumi destroy``."""
        return self._operate("destroy", ("--yes", "--skip-preview", *arguments), fails)

    def export(self) -> dict[str, Any]:
        """Return the state, as ``pulumi stack export`` prints it."""
        document: dict[str, Any] = json.loads(self.run("stack", "export").output)
        return document

    def restore(self, state: Mapping[str, Any]) -> None:
        """Replace the state, as ``pulumi stack import`` does."""
        path = self.directory / "import.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        self.run("stack", "import", "--file", str(path))

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the stack's Novu resources by name."""
        return {
            resource["urn"].rsplit("::", 1)[-1]: resource
            for resource in self.deployment().get("resources") or ()
            if "dynamic/novu:" in resource["type"]
        }

    def deployment(self) -> dict[str, Any]:
        """Return the deployment of ``pulumi stack export``. For file backends, read it without a process."""
        files = list(self.state.glob(f".pulumi/stacks/*/{self.name}.json"))
        deployment: dict[str, Any] | None
        if files:
            deployment = json.loads(files[0].read_text(encoding="utf-8"))["checkpoint"].get("latest")
        else:
            deployment = self.export()["deployment"]
        return deployment or {}

    def run(self, *arguments: str, fails: bool | None = False, stdin: str = "") -> Result:
        """Run any command of the engine in the stack's directory.

        :param fails: whether it must fail. None accepts both results.
        :param stdin: the text on its standard input.
        :raises EngineFailed: it succeeded or failed unexpectedly.
        """
        stack = () if arguments[:2] == ("stack", "init") else ("--stack", self.name)
        command = ["pulumi", *arguments, *stack, "--non-interactive", "--color", "never"]
        result = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            input=stdin,
            timeout=_SECONDS,
            text=True,
            check=False,
        )
        if fails is not None and (result.returncode != 0) != fails:
            raise EngineFailed(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}")
        return Result(arguments, result.returncode, result.stdout, ())

    def _operate(self, command: str, arguments: tuple[str, ...], fails: bool | None) -> Result:
        log = self.directory / "events.jsonl"
        log.unlink(missing_ok=True)
        result = self.run(command, *arguments, "--event-log", str(log), fails=fails)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        events = [json.loads(line) for line in lines]
        # `up` also logs its preview. The events of the update follow the last prelude.
        preludes = [number for number, event in enumerate(events) if "preludeEvent" in event]
        return Result(
            result.arguments, result.exit_code, result.output, tuple(events[preludes[-1] if preludes else 0 :])
        )
