"""A stack all of whose commands are run as loudly as the engine can, and whose every output is kept."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine.stack import Result, Stack
from tests.secrets.processes import CommandLines

_OPERATIONS = ("preview", "up", "refresh", "destroy")


class RecordedStack(Stack):
    """Adds ``-v9 --logtostderr`` to operations, keeps every checkpoint, and keeps below its directory what is printed.

    :param traced: have the engine write all its traces too: the payload of every call between its processes.
    """

    def __init__(self, directory: Path, variables: Mapping[str, str], *, traced: bool, **options: Any) -> None:
        self._numbers = itertools.count(1)
        self._loud: tuple[str, ...] = ("-v9", "--logtostderr")
        if traced:
            # One file each for all commands: the engine appends.
            self._loud += ("--tracing", f"file:{directory}/tracing", "--otel-traces", f"file:{directory}/otel.json")
        self._printed = directory / "printed"
        #: Of every process that ran while a command of the engine did.
        self.command_lines = CommandLines()
        temporary = directory / "tmp"
        for folder in (self._printed, temporary):
            folder.mkdir(parents=True)
        loud = {
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_RETAIN_CHECKPOINTS": "true",
            # Whatever is left in the folder for temporary files is searched too.
            "TMPDIR": str(temporary),
            **({"PULUMI_DEBUG_GRPC": str(directory / "grpc.json")} if traced else {}),
        }
        super().__init__(directory, {**variables, **loud}, **options)

    def run(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run a command and keep what it printed and its event log."""
        loud = self._loud if arguments[0] in _OPERATIONS else ()
        with self.command_lines:
            result = super().run(*arguments, *loud, fails=fails)
        name = f"{next(self._numbers):02}-{'-'.join(one for one in arguments[:2] if one[0] != '-')}"
        (self._printed / f"{name}.txt").write_text(result.output, encoding="utf-8")
        log = self.directory / "events.jsonl"
        if loud and log.exists():
            shutil.copyfile(log, self._printed / f"{name}.jsonl")
        return result

    def set_secret(self, key: str, value: str) -> None:
        """Do ``pulumi config set --secret``, the value by standard input as in a pipeline."""
        command = ["pulumi", "config", "set", "--secret", f"novu:{key}", "--stack", self.name, "--non-interactive"]
        with self.command_lines:
            subprocess.run(
                command,
                cwd=self.directory,
                env=self.environ,
                input=value,
                text=True,
                check=True,
                capture_output=True,
                timeout=60,
            )

    def decrypt_logs(self) -> bytes:
        """Give the engine's automatic logs in clear text: it encrypts them with the stack's own passphrase."""
        logs = sorted((self.directory / "home" / "logs").glob("*.log"))
        found = []
        for log in logs:
            done = subprocess.run(
                ["pulumi", "logs", "decrypt", str(log)],
                cwd=self.directory,
                # In a home of its own, so that reading the logs adds none.
                env={**self.environ, "PULUMI_HOME": str(self.directory / "tmp" / "reader")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=60,
            )
            found.append(done.stdout)
        return b"\n".join(found)
