"""Timed commands of the real engine, and the memory of the providers' process meanwhile. Linux, by /proc."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.engine.stack import Stack

_PROC = Path("/proc")
#: Seconds between two looks at the memory; the kernel itself keeps the peak.
_PERIOD = 0.1
#: Seconds for one command. A thousand creations take the engine some minutes.
_LONGEST = 1800


@dataclass(frozen=True)
class Run:
    """One command: its seconds, and the peak memory of the process that ran the dynamic providers."""

    seconds: float
    peak_mib: float


class CommandFailed(RuntimeError):
    """A command of the engine failed; its output is the message."""


def run(stack: Stack, *arguments: str) -> Run:
    """Run ``pulumi …`` in a stack, as on a terminal-less machine.

    :raises CommandFailed: it failed.
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
        peak = _watch(process, start + _LONGEST)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise CommandFailed(f"`{' '.join(command)}` ended with {process.returncode}:\n{log.read_text()}")
    return Run(seconds, peak)


def _watch(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Wait for a command's end and give the peak memory in MiB of its providers' processes."""
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
        # Preview and update have one each.
        found = _peak(provider) if provider else None
        if found is None:
            provider = _provider(process.pid)
            found = _peak(provider) if provider else None
        peak = max(peak, found or 0.0)


def _provider(session: int) -> int | None:
    """Find the process that runs the dynamic providers of a command, by its session."""
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            # The program's name stands in brackets and may hold spaces.
            found = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
            if found == session and b"pulumi.dynamic" in (entry / "cmdline").read_bytes():
                return int(entry.name)
    return None


def _peak(pid: int) -> float | None:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", (_PROC / str(pid) / "status").read_text())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None
