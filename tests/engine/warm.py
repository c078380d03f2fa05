"""Python processes that begin with the SDK imported: forks of one process in which it already is.

An engine starts two Python processes for each operation, the program and the host of the dynamic providers. Each takes
half a second of a processor to import Pulumi's SDK and its libraries before it runs a line of this package. Here one
process imports them and forks for each start: it runs the same module or script with the same arguments, environment,
folder and streams.

    python warm.py NAME                 serves under this name; it ends when its standard input does
    python -IS warm.py NAME ARGUMENT…   asks for a process and stands in for it: when one ends, so does the other

Linux: the name is one of an abstract socket, of which no file is left.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path

_STREAMS = 3
_LENGTH = struct.Struct("!I")


def serve(name: str) -> None:
    """Import what takes long, then fork for each start until standard input is closed."""
    import gc
    import importlib

    # The folder of this file, whose modules nobody is to import by chance.
    del sys.path[0]
    for module in ("grpc", "httpx", "pulumi.dynamic", "pydantic"):
        importlib.import_module(module)
    package = importlib.import_module("novu_provider")
    for one in package.__all__:
        getattr(package, one)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen(64)
        print("ready", flush=True)  # noqa: T201
        # The system takes those away that have ended.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _stand_between(connection)
            connection.close()


def _stand_between(connection: socket.socket) -> None:
    """Fork the process that is asked for; tell its stand-in how it ends, or end it with its stand-in."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, streams, _, _ = socket.recv_fds(connection, 65536, _STREAMS)
    (length,) = _LENGTH.unpack(data[: _LENGTH.size])
    asked = data[_LENGTH.size :]
    while len(asked) < length:
        asked += connection.recv(65536)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _become(streams, **json.loads(asked))
        sys.exit(0)
    for stream in streams:
        os.close(stream)
    connection.sendall(_LENGTH.pack(pid))
    ended = os.pidfd_open(pid)
    ready, _, _ = select.select([ended, connection.fileno()], [], [])
    if ended not in ready:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if ended in ready:
        connection.sendall(_LENGTH.pack(os.waitstatus_to_exitcode(status) & 0xFF))
    os._exit(0)


def _become(streams: list[int], arguments: list[str], environ: dict[str, str], folder: str) -> None:
    """Be `python -u ARGUMENT…` from here on."""
    import runpy

    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", write_through=True)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    module = arguments[0] == "-m"
    sys.argv = arguments[1:] if module else arguments
    sys.path.insert(0, folder if module else str(Path(arguments[0]).parent))
    if module:
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(arguments[0], run_name="__main__")


def ask(name: str, arguments: list[str]) -> int:
    """Have a process started, and give its exit status."""
    asked = json.dumps({"arguments": arguments, "environ": dict(os.environ), "folder": str(Path.cwd())}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"\0{name}")
        socket.send_fds(connection, [_LENGTH.pack(len(asked))], list(range(_STREAMS)))
        connection.sendall(asked)
        (pid,) = _LENGTH.unpack(connection.recv(_LENGTH.size))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _frame: _pass_on(received, pid))
        answer = connection.recv(_LENGTH.size)
    return int(_LENGTH.unpack(answer)[0]) if answer else 1


def _pass_on(number: int, pid: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
