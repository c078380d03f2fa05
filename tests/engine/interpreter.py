"""The `python3` that the engine of a test finds first on PATH: the real one, with one answer at hand.

Before each operation the language host asks pip which packages are installed. The answer is always the same, and takes
pip half a second of a processor.
"""

from __future__ import annotations

import json
import shlex
import stat
import subprocess
import sys
from functools import cache
from pathlib import Path

_QUESTION = ("-m", "pip", "list", "-v", "--format", "json")

_SCRIPT = """\
#!/bin/sh
if [ "$*" = {question} ]; then exec cat {answer}; fi
exec {python} "$@"
"""


def install(folder: Path) -> None:
    """Write `python` and `python3` into a folder, which goes first on PATH."""
    folder.mkdir(exist_ok=True)
    answer = folder / "packages.json"
    answer.write_text(_packages(), encoding="utf-8")
    script = _SCRIPT.format(
        question=shlex.quote(" ".join(_QUESTION)), answer=shlex.quote(str(answer)), python=shlex.quote(sys.executable)
    )
    for name in ("python", "python3"):
        file = folder / name
        file.write_text(script, encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)


@cache
def _packages() -> str:
    """Ask pip, once in a process."""
    done = subprocess.run([sys.executable, *_QUESTION], capture_output=True, check=True, text=True, timeout=60)
    assert json.loads(done.stdout)
    return done.stdout
