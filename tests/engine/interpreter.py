"""Installs a faster `python3` and `novu-provider` for a test, first on PATH. They run the real ones.

- Before each operation, the language host asks pip for the installed packages, which takes half a second of CPU time.
  The list is always the same, so it is stored in a file.
- The program and the host of the dynamic providers start as forks of a process that has already imported their modules
  (`tests/engine/warm.py`), unless the environment affects imports. The command `novu-provider` always starts so. A fork
  runs the `sitecustomize.py` of the folder in `SITECUSTOMIZE`, as a process without a fork does for a folder in
  `PYTHONPATH`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
import uuid
from functools import cache
from pathlib import Path

SITECUSTOMIZE = "NOVU_PROVIDER_TESTS_SITECUSTOMIZE"
"""The environment variable for tests that watch the Python processes of an engine."""

PAUSES = "NOVU_PROVIDER_TESTS_PAUSES"
"""The environment variable with the part of each pause that a fork waits. Its clock skips the rest."""

_PIP_ARGUMENTS = "-m pip list -v --format json"
_SERVER, _CLIENT = (Path(__file__).with_name(name) for name in ("warm.py", "warm_client.py"))

_SCRIPT = """\
#!/bin/sh
case "$*" in
"{pip_arguments}") exec cat {packages} ;;
*pulumi*)
    if [ -z "$PYTHONPATH$TRACEPARENT" ] || [ -n "${variable}" ]; then
        [ "$1" = -u ] && shift
        exec {warm} "$@"
    fi ;;
esac
exec {python} "$@"
"""
_COMMAND_SCRIPT = """\
#!/bin/sh
exec {start} {command} "$@"
"""


def install(folder: Path, *, warm: bool = True) -> None:
    """Write `python`, `python3` and `novu-provider` into a folder. It must be first on PATH.

    :param warm: False starts each process without a fork, for tests that find it in /proc or kill it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packages = folder / "packages.json"
    packages.write_text(_packages(), encoding="utf-8")
    python = shlex.quote(sys.executable)
    # Unbuffered, as the engine starts it: it waits for the port that a provider prints.
    cold_start = f"{python} -u"
    client = f"{python} -IS {shlex.quote(str(_CLIENT))}"
    warm_start = f"{client} {_start_server()}" if warm and sys.platform == "linux" else cold_start
    script = _SCRIPT.format(
        pip_arguments=_PIP_ARGUMENTS,
        packages=shlex.quote(str(packages)),
        warm=warm_start,
        python=python,
        variable=SITECUSTOMIZE,
    )
    command = shlex.quote(str(Path(sys.executable).with_name("novu-provider")))
    scripts = dict.fromkeys(("python", "python3"), script)
    scripts["novu-provider"] = _COMMAND_SCRIPT.format(start=warm_start, command=command)
    for name, text in scripts.items():
        file = folder / name
        file.write_text(text, encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)


def virtual_environment(folder: Path) -> None:
    """Create a virtual environment with the packages of the tests' own one, for a project that names one."""
    own = Path(sys.prefix)
    commands = folder / "bin"
    install(commands)
    for command in (own / "bin").iterdir():
        if not (commands / command.name).exists() and not command.name.startswith("python"):
            (commands / command.name).symlink_to(command)
    (folder / "lib").symlink_to(own / "lib")
    shutil.copy(own / "pyvenv.cfg", folder)


@cache
def _packages() -> str:
    """Return the list of pip, and run pip only once per process."""
    command = [sys.executable, *_PIP_ARGUMENTS.split()]
    result = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert json.loads(result.stdout)
    return result.stdout


@cache
def _start_server() -> str:
    """Start the server that forks, once per process, and return its name. It ends with this process."""
    name = f"novu-provider-tests-{uuid.uuid4().hex}"
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("NOVU_", "PULUMI_", "VERCEL_"))}
    server = subprocess.Popen(
        [sys.executable, "-u", str(_SERVER), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
    )
    _servers.append(server)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n", "the process that forks did not start"
    return name


#: References keep the pipes open. A server ends when its pipe is closed.
_servers: list[subprocess.Popen[str]] = []
