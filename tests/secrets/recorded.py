"""A stack that runs the engine with maximum logging and keeps all output."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine import interpreter
from tests.engine.stack import Result, Stack
from tests.secrets.processes import CommandLines

_OPERATIONS = ("preview", "up", "refresh", "destroy")
_VERBOSE_OPTIONS = ("-v9", "--logtostderr")


class RecordedStack(Stack):
    """Adds `-v9 --logtostderr` to operations, and keeps each checkpoint and all printed output in its directory.

    :param traced: let the engine also write its traces, with the payload of each call between its processes.
        :meth:`end_traces` ends those of OpenTelemetry.
    """

    def __init__(self, directory: Path, variables: Mapping[str, str], *, traced: bool, **options: Any) -> None:
        self._numbers = itertools.count(1)
        self._verbose_options: tuple[str, ...] = _VERBOSE_OPTIONS
        if traced:
            # One file of each kind for all commands. The engine appends to them.
            self._verbose_options += (
                "--tracing",
                f"file:{directory}/tracing",
                "--otel-traces",
                f"file:{directory}/otel.json",
            )
        self._output_folder = directory / "printed"
        #: The command lines of all processes that ran during a command of the engine.
        self.command_lines = CommandLines()
        temporary = directory / "tmp"
        for folder in (self._output_folder, temporary):
            folder.mkdir(parents=True)
        verbose = {
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_RETAIN_CHECKPOINTS": "true",
            # The search includes files that remain in the folder for temporary files.
            "TMPDIR": str(temporary),
            **({"PULUMI_DEBUG_GRPC": str(directory / "grpc.json")} if traced else {}),
        }
        super().__init__(directory, {**variables, **verbose}, logs=True, **options)
        if traced:
            # The SDK sets its traces up when it is imported.
            self.start_cold()

    def end_traces(self) -> None:
        """Let the next commands write no traces but those of gRPC. Their processes are forks, so they start faster."""
        self._verbose_options = _VERBOSE_OPTIONS
        interpreter.install(self.directory / "bin")

    def _init(self, *, in_files: bool) -> None:
        """Run what others copy, to keep what it prints."""
        super()._init(in_files=False)

    def run(self, *arguments: str, fails: bool | None = False, stdin: str = "") -> Result:
        """Run a command and keep its output and its event log."""
        options = self._verbose_options if arguments[0] in _OPERATIONS else ()
        with self.command_lines:
            result = super().run(*arguments, *options, fails=fails, stdin=stdin)
        name = f"{next(self._numbers):02}-{'-'.join(argument for argument in arguments[:2] if argument[0] != '-')}"
        (self._output_folder / f"{name}.txt").write_text(result.output, encoding="utf-8")
        log = self.directory / "events.jsonl"
        if options and log.exists():
            shutil.copyfile(log, self._output_folder / f"{name}.jsonl")
        return result

    def decrypt_logs(self) -> bytes:
        """Decrypt the engine's automatic logs, which it encrypts with the secrets provider of the stack."""
        logs = sorted((self.directory / "home" / "logs").glob("*.log"))
        contents = []
        for log in logs:
            result = subprocess.run(
                ["pulumi", "logs", "decrypt", str(log)],
                cwd=self.directory,
                # A separate home, because the command itself writes a log.
                env={**self.environ, "PULUMI_HOME": str(self.directory / "tmp" / "reader")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=60,
            )
            contents.append(result.stdout)
        return b"\n".join(contents)
