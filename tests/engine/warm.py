"""Starts Python processes that have already imported their libraries, as forks of one server process.

The engine starts two Python processes per operation: the program and the host of the dynamic providers. Each one needs
half a second of CPU time to import Pulumi's SDK and its libraries. Here, a server imports them once and forks for each
start. The fork runs the same module or script with the same arguments, environment, folder and streams.

    python warm.py NAME   runs the server with this name, until its standard input is closed

`tests/engine/warm_client.py` requests a process. Linux only: the name is that of an abstract socket, which leaves no
file.
"""

from __future__ import annotations

import atexit
import io
import marshal
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

#: The libraries, with the modules that they import later: in the first call, or for the first name that is not ASCII.
_IMPORTS = (
    *("grpc", "grpc._channel", "grpc._server", "grpc.experimental", "grpc._simple_stubs"),
    *("encodings.idna", "httpx", "importlib.resources.readers", "pulumi.dynamic", "pydantic"),
    "novu_provider.http.network",
    # The subcommands of `novu-provider` that the tests run. It imports them when they are called.
    *(f"novu_provider.cli.{name}" for name in ("adopt", "comment", "doctor", "manifest", "plan", "promote", "show")),
)
#: As in the client, of which the server must not import anything: its folder is not on the path.
_STREAMS, _NUMBER = 3, 4

#: The exit status of a fork, once its script has ended.
_exit_status: list[int] = []


def _shorten_pauses() -> None:
    """Let `time.sleep` wait for a part of the time, if the environment says so, and the clock skip the rest.

    So a loop with a deadline makes as many turns as with whole pauses. Requests and their time-outs run as usual.
    """
    sleep, clock = time.sleep, time.monotonic
    part = "NOVU_PROVIDER_TESTS_PAUSES"
    skipped: list[float] = []

    def pause(seconds: float, /) -> None:
        waited = float(seconds) * float(os.environ.get(part, "1"))
        sleep(waited)
        skipped.append(float(seconds) - waited)

    time.sleep = pause  # type: ignore[assignment]
    time.monotonic = lambda: clock() + sum(skipped)


def _leave() -> None:
    """End a fork with its exit status, if it is known. To free all memory takes a third of a fork's processor time."""
    if _exit_status:
        os._exit(_exit_status[0])


def serve(name: str) -> None:
    """Import the libraries, then fork for each request until standard input is closed."""
    import gc
    import importlib

    # The first function that is registered runs last.
    atexit.register(_leave)
    # Before the imports: `time.sleep` is the default of parameters.
    _shorten_pauses()
    # Remove the folder of this file, so that its modules cannot be imported.
    del sys.path[0]
    for module in _IMPORTS:
        importlib.import_module(module)
    package = importlib.import_module("novu_provider")
    for public_name in package.__all__:
        getattr(package, public_name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen(64)
        print("ready", flush=True)  # noqa: T201
        # The system removes child processes that have ended.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _supervise(connection)
            connection.close()


def _supervise(connection: socket.socket) -> None:
    """Fork the requested process. Send its exit status to the client, or kill it if the client ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, streams, _, _ = socket.recv_fds(connection, 65536, _STREAMS)
    length, request = int.from_bytes(data[:_NUMBER], "big"), data[_NUMBER:]
    while len(request) < length:
        request += connection.recv(65536)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _run_python(streams, **marshal.loads(request))
        sys.exit(0)
    for stream in streams:
        os.close(stream)
    connection.sendall(pid.to_bytes(_NUMBER, "big"))
    process_end = os.pidfd_open(pid)
    ready, _, _ = select.select([process_end, connection.fileno()], [], [])
    if process_end not in ready:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if process_end in ready:
        connection.sendall((os.waitstatus_to_exitcode(status) & 0xFF).to_bytes(_NUMBER, "big"))
    os._exit(0)


def _run_python(streams: list[int], arguments: list[str], environ: dict[str, str], folder: str) -> None:
    """Run `python -u ARGUMENT…` in this process."""
    import runpy

    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", write_through=True)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    watched = environ.get("NOVU_PROVIDER_TESTS_SITECUSTOMIZE")
    if watched:
        # Not `runpy`, which clears the globals of what it ran.
        exec((Path(watched) / "sitecustomize.py").read_text("utf-8"), {"__name__": "sitecustomize"})
    module = arguments[0] == "-m"
    sys.argv = arguments[1:] if module else arguments
    sys.path.insert(0, folder if module else str(Path(arguments[0]).parent))
    try:
        if module:
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(arguments[0], run_name="__main__")
        _exit_status.append(0)
    except SystemExit as error:
        if isinstance(error.code, int):
            _exit_status.append(error.code & 0xFF)
        raise


if __name__ == "__main__":
    serve(sys.argv[1])
