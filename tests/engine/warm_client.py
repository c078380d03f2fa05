"""The client of `tests/engine/warm.py`: requests a process and waits for it. Both end together.

    python -IS warm_client.py NAME ARGUMENT…

It stands in for each Python process of an engine, so it imports no more than C modules: the standard library's
`socket`, `signal` and `json` take three times as long to import as Python takes to start.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import sys

STREAMS = 3
#: Bytes of a number in the protocol.
NUMBER = 4

#: After a failure, the engine interrupts the program. A program that still waits for a response of the engine does not
#: end then. The engine kills it after five seconds, and this client after this many.
_PROGRAM = "pulumi-language-python-exec"
_SECONDS_TO_END = 0.3


def request_process(name: str, arguments: list[str]) -> int:
    """Request a process, wait for it, and return its exit status."""
    request = marshal.dumps({"arguments": arguments, "environ": dict(os.environ), "folder": os.getcwd()})  # noqa: PTH109
    connection = _socket.socket(_socket.AF_UNIX)
    connection.connect(f"\0{name}")
    descriptors = b"".join(stream.to_bytes(NUMBER, sys.byteorder) for stream in range(STREAMS))
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)]
    connection.sendmsg([len(request).to_bytes(NUMBER, "big")], rights)
    connection.sendall(request)
    pid = int.from_bytes(connection.recv(NUMBER), "big")
    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, lambda received, _frame: _forward_signal(received, pid, arguments[0]))
    _signal.signal(_signal.SIGALRM, lambda *_: _send_signal(_signal.SIGKILL, pid))
    status = connection.recv(NUMBER)
    return int.from_bytes(status, "big") if status else 1


def _forward_signal(number: int, pid: int, script: str) -> None:
    _send_signal(number, pid)
    if script.endswith(_PROGRAM):
        _signal.setitimer(_signal.ITIMER_REAL, _SECONDS_TO_END)


def _send_signal(number: int, pid: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended


if __name__ == "__main__":
    sys.exit(request_process(sys.argv[1], sys.argv[2:]))
