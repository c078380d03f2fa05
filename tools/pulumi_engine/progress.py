"""A long Go command with signs of life: what it does and for how long, a line every fifteen seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.pulumi_engine.toolchain import GoFailedError

SAY_EVERY_SECONDS = 15.0
KEPT_LINES = 15
"""What a failure shows of the command's own words: Go's reason stands in the last few lines."""


@dataclass
class GoOutput:
    """What `go list` and `go build -v` have said on stderr so far, counted."""

    downloaded: int = 0
    compiled: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def read(self, lines: Iterable[str]) -> None:
        """Count each line: a download, a package's import path, or a message (kept for a failure)."""
        for line in map(str.rstrip, lines):
            self.tail.append(line)
            if line.startswith("go: downloading "):
                self.downloaded += 1
            elif line and " " not in line:
                self.compiled += 1

    def summary(self) -> str:
        """Say what has been done, in a few words; nothing when nothing has."""
        parts = [(self.downloaded, "modules fetched"), (self.compiled, "packages compiled")]
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def run(
    command: Sequence[str],
    *,
    phase: str,
    cwd: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    every: float = SAY_EVERY_SECONDS,
) -> str:
    """Run a Go command and return what it wrote to stdout. Says `phase`, then its progress every `every` seconds.

    An interruption (Ctrl-C, SIGTERM as `SystemExit`) takes the whole process group with it: Go's compilers would
    otherwise go on for minutes.
    """
    began = time.monotonic()
    say(phase)
    output, answer = GoOutput(), list[str]()
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors, lines = process.stderr, process.stdout
    readers = [
        threading.Thread(target=lambda: output.read(errors), daemon=True),
        threading.Thread(target=lambda: answer.extend(lines), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        while True:
            try:
                status = process.wait(timeout=every)
                break
            except subprocess.TimeoutExpired:
                say(f"  {_elapsed(time.monotonic() - began)}  {output.summary() or 'at work'}")
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        for reader in readers:
            reader.join()
        errors.close()
        lines.close()
    if status != 0:
        raise GoFailedError(output.tail)
    say(f"  {_elapsed(time.monotonic() - began)}  done: {output.summary() or 'all of it was cached'}")
    return "".join(answer)


def _elapsed(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
