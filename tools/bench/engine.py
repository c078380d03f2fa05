"""Timed commands of the real engine, with the peak memory of the provider process. Linux only (/proc)."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.engine.stack import Stack

_PROC = Path("/proc")
#: Seconds between two readings of the memory. The kernel records the peak.
_PERIOD = 0.1
#: Timeout of one command in seconds. The engine needs minutes for a thousand creations.
_TIMEOUT = 1800


@dataclass(frozen=True)
class Run:
    """The duration of a command, and the peak memory of the process of the dynamic providers."""

    seconds: float
    peak_mib: float


class CommandFailed(RuntimeError):
    """A command of the engine failed; its output is the message."""


def run(stack: Stack, *arguments: str) -> Run:
    """Run ``pulumi …`` in a stack, without a terminal.

    :raises CommandFailed: the command failed.
    """
    command = ["pulumi", *arguments, "--stack", stack.name, "--non-interactive", "--color", "never"]
    log = stack.directory / "command.log"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=stack.directory,
            env=stack.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        peak = _watch(process, start + _TIMEOUT)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise CommandFailed(f"`{' '.join(command)}` failed with status {process.returncode}:\n{log.read_text()}")
    return Run(seconds, peak)


def _watch(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Wait for the end of a command and return the peak memory of its provider processes in MiB."""
    peak = 0.0
    provider: int | None = None
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PERIOD)
            return peak
        if time.perf_counter() > deadline:
            process.kill()
            process.wait()
            return peak
        # Preview and update have separate provider processes.
        current = _peak(provider) if provider else None
        if current is None:
            provider = _provider(process.pid)
            current = _peak(provider) if provider else None
        peak = max(peak, current or 0.0)


def _provider(session: int) -> int | None:
    """Return the process of the dynamic providers of a command, by its session."""
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            # The program's name is in parentheses and may contain spaces.
            entry_session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
            if entry_session == session and b"pulumi.dynamic" in (entry / "cmdline").read_bytes():
                return int(entry.name)
    return None


def _peak(pid: int) -> float | None:
    try:
        match = re.search(r"VmHWM:\s+(\d+) kB", (_PROC / str(pid) / "status").read_text())
    except OSError:
        return None
    return int(match[1]) / 1024 if match else None
