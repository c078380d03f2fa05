"""The cells of the matrix: each call of each operation, with each fault.

`CALLS` is what the operations were seen to call; a test holds them to it. With FAULTS=all every cell is tried, once and
lasting. Without it all faults of the calls that write, and of the others each fault at a few calls of each operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.proxy import Call, Fault

#: The calls of each operation in their order, Novu's before the bridge's.
_ME = Call("GET", "/v1/environments/me")
_LISTED = Call("GET", "/v2/workflows")
_STORED = Call("GET", "/v1/workflows")
_SYNC = Call("POST", "/v1/bridge/sync")
_READ_ONE = Call("GET", "/v2/workflows/*")
_WRITE_ONE = Call("PUT", "/v2/workflows/*")
_DELETE = Call("DELETE", "/v2/workflows/*")
_CLEAR_URL = Call("PUT", "/v1/environments/*")
_DISCOVER = Call("GET", "/api/novu")
_NOVU_DISCOVERS = Call("GET", "/api/novu", by_novu=True)

_CHECK = (_ME, _LISTED)
_SYNCED = (_SYNC, _ME, _STORED)
_GUARDED = (_DISCOVER, _DISCOVER, _DISCOVER, _NOVU_DISCOVERS)

#: By operation: the calls that pass the proxy before Novu, and those that pass the one before the bridge.
CALLS: dict[str, tuple[tuple[Call, ...], tuple[Call, ...]]] = {
    "preview": (_CHECK, (_DISCOVER, _DISCOVER)),
    "create": ((*_CHECK, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "update": ((*_CHECK, _ME, _STORED, _LISTED, _READ_ONE, _WRITE_ONE, *_SYNCED), (_DISCOVER, *_GUARDED)),
    "delete": ((*_CHECK, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "refresh": ((_ME, _STORED), ()),
    "destroy": ((_ME, _DELETE, _DELETE, _DELETE, _CLEAR_URL), ()),
}

#: Of the calls that only read, each fault is tried at every n-th; so many that it is tried in each operation.
_EVERY = {"preview": 4, "create": 5, "update": 5, "delete": 5, "refresh": 2, "destroy": 3}


@dataclass(frozen=True)
class Cell:
    """One fault at one call of one operation."""

    operation: str
    at_bridge: bool
    call: Call
    #: Requests to the same proxy before it.
    position: int
    fault: Fault
    lasting: bool

    def __str__(self) -> str:
        side = "bridge" if self.at_bridge else "novu"
        who = "-by-novu" if self.call.by_novu else ""
        path = self.call.path.strip("/*").replace("/", ".")
        fault = f"{self.fault.name.lower()}-{'lasting' if self.lasting else 'once'}"
        return f"{self.operation}-{side}{self.position + 1}-{self.call.method}-{path}{who}-{fault}"


def cells(*operations: str) -> list[Cell]:
    """Give the cells of these operations."""
    every = os.environ.get("FAULTS") == "all"
    found = []
    for operation in operations:
        for number, (at_bridge, call, position) in enumerate(_calls(operation)):
            for index, fault in enumerate(Fault):
                if not every and _reads(call) and (number + index) % _EVERY[operation]:
                    continue
                wanted = (False, True) if every else ((number + index) % 2 == 1,)
                for lasting in dict.fromkeys(_possible(at_bridge, fault, lasting) for lasting in wanted):
                    found.append(Cell(operation, at_bridge, call, position, fault, lasting))
    return found


def _calls(operation: str) -> Iterator[tuple[bool, Call, int]]:
    for at_bridge, calls in zip((False, True), CALLS[operation], strict=True):
        for position, call in enumerate(calls):
            # The workflows of a destroy are deleted side by side: which of them is which call is chance.
            if call is not _DELETE or calls.index(call) == position or os.environ.get("FAULTS") == "all":
                yield at_bridge, call, position


def _reads(call: Call) -> bool:
    return call.method == "GET" and not call.by_novu


def _possible(at_bridge: bool, fault: Fault, lasting: bool) -> bool:
    if fault is Fault.REFUSED:
        # Only the proxy's port can refuse, and it does until it is opened again.
        return True
    if at_bridge and fault is Fault.OTHER_SET:
        # For good, that is no fault but another deployment.
        return False
    return lasting
