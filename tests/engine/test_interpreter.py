"""The `python3` and the `novu-provider` of the engine tests behave like the real ones, but start faster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import interpreter
from tests.engine.refusal import Contacts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the server that forks needs Linux")

_PRINT_PROCESS = """\
import json, os, sys
json.dump([sys.argv, sys.path[0], os.getcwd(), os.environ["OF_THE_TEST"], sys.stdin.read(), __name__], sys.stdout)
print("an error", file=sys.stderr)
sys.exit(7)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    interpreter.install(tmp_path / "bin")
    return tmp_path


def _start(folder: Path, script: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    """Start a script with `pulumi` in its name, which makes it start as a fork."""
    (folder / "pulumi_script.py").write_text(script, encoding="utf-8")
    return subprocess.Popen(
        [folder / "bin" / "python3", "-u", folder / "pulumi_script.py", *arguments],
        cwd=folder / "bin",
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# With PYTHONPATH the process starts without a fork. Both must print the same.
@pytest.mark.parametrize("python_path", ["", "/nowhere"])
def test_a_script_gets_its_arguments_streams_and_environment(folder: Path, python_path: str) -> None:
    with _start(folder, _PRINT_PROCESS, "one", "two words", OF_THE_TEST="ä", PYTHONPATH=python_path) as process:
        output, errors = process.communicate("typed")
    script = str(folder / "pulumi_script.py")
    expected = [[script, "one", "two words"], str(folder), str(folder / "bin"), "ä", "typed", "__main__"]
    assert json.loads(output) == expected
    assert (errors, process.returncode) == ("an error\n", 7)


@pytest.mark.parametrize("warm", [True, False])
def test_output_is_not_buffered(tmp_path: Path, warm: bool) -> None:
    """The engine reads the port of a provider while the provider runs."""
    interpreter.install(tmp_path / "bin", warm=warm)
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    script = tmp_path / "pulumi_script.py"
    script.write_text("import sys; print('ready'); sys.stdin.read()", encoding="utf-8")
    command = [str(tmp_path / "bin" / "python3"), "-u", str(script)]
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.communicate("")


def test_a_module_runs_with_the_sdk_imported(folder: Path) -> None:
    with _start(folder, "import sys; print('pulumi' in sys.modules, sys.argv[0])") as process:
        assert process.communicate()[0].split() == ["True", str(folder / "pulumi_script.py")]


def test_a_fork_can_be_watched(folder: Path) -> None:
    contacts = Contacts(folder / "contacts")
    connect = """\
import contextlib, socket, sys
with socket.socket() as connection, contextlib.suppress(OSError):
    connection.connect(("127.0.0.1", 9))
print("pulumi" in sys.modules)
"""
    with _start(folder, connect, **contacts.variables) as process:
        assert process.communicate()[0] == "True\n"
    assert contacts.all() == {"127.0.0.1:9"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_script(folder: Path, number: signal.Signals) -> None:
    script = """\
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(20))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(20))
print("ready")
signal.pause()
"""
    with _start(folder, script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(60) == 20


def test_the_process_ends_with_its_client(folder: Path) -> None:
    with _start(folder, "import signal; print('ready'); signal.pause()") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        # The end of the process closes its inherited stream.
        assert process.stdout.read() == ""


def test_a_program_that_waits_for_the_engine_ends_after_an_interruption(folder: Path) -> None:
    program = folder / "pulumi-language-python-exec"
    program.write_text("import signal; signal.signal(2, lambda *_: 0); print('ready')\nwhile True: signal.pause()\n")
    command = [str(folder / "bin" / "python3"), "-u", str(program)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGKILL & 0xFF


def test_a_fork_can_leave_out_its_pauses(folder: Path) -> None:
    script = """\
import threading, time
start = time.monotonic()
time.sleep(3600)
threading.Event().wait(0.01)
print(time.monotonic() - start > 3600)
"""
    with _start(folder, script, **{interpreter.PAUSES: "0"}) as process:
        assert process.communicate()[0] == "True\n"


def test_the_command_prints_what_the_real_one_prints(folder: Path) -> None:
    """For a subcommand and for a mistake, where it ends with another status."""
    commands = folder / "bin" / "novu-provider", Path(sys.executable).with_name("novu-provider")
    for arguments in (["plan", "--help"], ["plan", "--nothing"]):
        ours, real = (
            subprocess.run([command, *arguments], capture_output=True, check=False, text=True) for command in commands
        )
        assert (ours.stdout, ours.stderr, ours.returncode) == (real.stdout, real.stderr, real.returncode)


def test_pip_lists_the_same_packages(folder: Path) -> None:
    command = ["-m", "pip", "list", "-v", "--format", "json"]
    lists = [
        subprocess.run([python, *command], capture_output=True, check=True, text=True).stdout
        for python in (folder / "bin" / "python3", sys.executable)
    ]
    assert json.loads(lists[0]) == json.loads(lists[1])
