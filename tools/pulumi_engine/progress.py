"""A long Go command with progress messages: one line every fifteen seconds."""

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

MESSAGE_SECONDS = 15.0
KEPT_LINES = 15
"""Number of output lines that a failure shows. Go's reason is in the last lines."""


@dataclass
class GoOutput:
    """The output of `go list` and `go build -v` on stderr, counted."""

    downloaded: int = 0
    compiled: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def read(self, lines: Iterable[str]) -> None:
        """Count each line: a download, the import path of a package, or a message, which is kept for a failure."""
        for line in map(str.rstrip, lines):
            self.tail.append(line)
            if line.startswith("go: downloading "):
                self.downloaded += 1
            elif line and " " not in line:
                self.compiled += 1

    def summary(self) -> str:
        """Summarize the progress; empty before the first download."""
        parts = [(self.downloaded, "modules downloaded"), (self.compiled, "packages compiled")]
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def run(
    command: Sequence[str],
    *,
    phase: str,
    cwd: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    every: float = MESSAGE_SECONDS,
) -> str:
    """Run a Go command and return its stdout. Report `phase`, then the progress every `every` seconds.

    An interruption (Ctrl-C, SIGTERM as `SystemExit`) kills the whole process group. Otherwise Go's compilers would
    continue for minutes.
    """
    start = time.monotonic()
    say(phase)
    output, stdout = GoOutput(), list[str]()
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
        threading.Thread(target=lambda: stdout.extend(lines), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        while True:
            try:
                status = process.wait(timeout=every)
                break
            except subprocess.TimeoutExpired:
                say(f"  {_elapsed(time.monotonic() - start)}  {output.summary() or 'running'}")
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
    say(f"  {_elapsed(time.monotonic() - start)}  done: {output.summary() or 'everything was cached'}")
    return "".join(stdout)


def _elapsed(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
