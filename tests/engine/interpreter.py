"""The `python3` that the engine of a test finds first on PATH: the real one, without what it does for each test alike.

- Before each operation the language host asks pip which packages are installed. The answer is always the same, and
  takes pip half a second of a processor: it is asked once.
- The program and the host of the dynamic providers begin as forks of a process that has the SDK imported
  (`tests/engine/warm.py`), unless the environment changes what an import does.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
import uuid
from functools import cache
from pathlib import Path

_QUESTION = "-m pip list -v --format json"
_WARM = Path(__file__).with_name("warm.py")

_SCRIPT = """\
#!/bin/sh
case "$*" in
"{question}") exec cat {answer} ;;
*pulumi*) if [ -z "$PYTHONPATH$TRACEPARENT" ]; then [ "$1" = -u ] && shift; exec {warm} "$@"; fi ;;
esac
exec {python} "$@"
"""


def install(folder: Path, *, warm: bool = True) -> None:
    """Write `python` and `python3` into a folder, which goes first on PATH.

    :param warm: False starts each process by itself, where a test looks for it in /proc or kills it.
    """
    folder.mkdir(exist_ok=True)
    answer = folder / "packages.json"
    answer.write_text(_packages(), encoding="utf-8")
    python = shlex.quote(sys.executable)
    started = f"{python} -IS {shlex.quote(str(_WARM))} {_name()}" if warm and sys.platform == "linux" else python
    script = _SCRIPT.format(question=_QUESTION, answer=shlex.quote(str(answer)), warm=started, python=python)
    for name in ("python", "python3"):
        file = folder / name
        file.write_text(script, encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)


@cache
def _packages() -> str:
    """Ask pip, once in a process."""
    command = [sys.executable, *_QUESTION.split()]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert json.loads(done.stdout)
    return done.stdout


@cache
def _name() -> str:
    """Start the process that forks, once in a process; it ends with this one."""
    name = f"novu-provider-tests-{uuid.uuid4().hex}"
    environ = {key: one for key, one in os.environ.items() if not key.startswith(("NOVU_", "PULUMI_", "VERCEL_"))}
    server = subprocess.Popen(
        [sys.executable, "-u", str(_WARM), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True
    )
    _servers.append(server)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n", "the process that forks did not start"
    return name


#: Kept, so that the pipe which ends it stays open.
_servers: list[subprocess.Popen[str]] = []
