"""The cells of the matrix: each call of each operation, with each fault.

`CALLS` is what the operations were seen to call; a test holds them to it. With FAULTS=all every cell is tried, once and
lasting. Without it all faults of the calls that write, and of the others each fault at a few calls of each operation.
Of the operations on what a stack declares beyond code only the calls in `BEYOND_CODE` are tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.names import AGENT, KEPT, MAIL, NEW, REMINDER
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

_PATCH = Call("PATCH", "/v2/workflows/*")
_VALUES = Call("GET", f"/v1/bridge/controls/{KEPT}/{MAIL}")
_SET_VALUES = Call("PUT", f"/v1/bridge/controls/{KEPT}/{MAIL}")
_NEW_VALUES = Call("GET", f"/v1/bridge/controls/{NEW}/{REMINDER}")
_CARRY_VALUES = Call("PUT", f"/v1/bridge/controls/{NEW}/{REMINDER}")
_AGENT = Call("GET", f"/v1/agents/{AGENT}")
_BIND_AGENT = Call("PUT", f"/v1/agents/{AGENT}/bridge")

#: The second tells whether each channel has an integration.
_CHECK = (_ME, Call("GET", "/v1/integrations"), _LISTED)
#: The check also counts what the update adopts and changes.
_COUNTED = (*_CHECK, _STORED)
_SYNCED = (_SYNC, _ME, _STORED)
_GUARDED = (_DISCOVER, _DISCOVER, _DISCOVER, _NOVU_DISCOVERS)
#: Where people have set an override in the dashboard, one workflow is read anew by itself.
_STORED_SET = (_STORED, _READ_ONE)
_OVERRIDES = (_VALUES, _SET_VALUES, _READ_ONE, _READ_ONE, _WRITE_ONE, _AGENT, _BIND_AGENT)


@dataclass(frozen=True)
class Calls:
    """What an operation calls: what passes the proxy before Novu, and what passes the one before the bridge."""

    novu: tuple[Call, ...]
    bridge: tuple[Call, ...] = ()
    #: To Novu after the others and in any order: resources side by side.
    beside: tuple[Call, ...] = ()


CALLS: dict[str, Calls] = {
    # Its plan deletes one workflow and creates another: the last listing tells whether that is a rename.
    "preview": Calls((*_CHECK, _STORED), (_DISCOVER, _DISCOVER)),
    "create": Calls((*_COUNTED, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "update": Calls((*_COUNTED, _ME, _STORED, _LISTED, _READ_ONE, _WRITE_ONE, *_SYNCED), (_DISCOVER, *_GUARDED)),
    "delete": Calls((*_COUNTED, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "refresh": Calls((_ME, _STORED)),
    "destroy": Calls((_ME, _DELETE, _DELETE, _DELETE, _CLEAR_URL)),
}

#: What a stack declares beyond code: set for the first time, taken back, refreshed, destroyed; and a rename.
CALLS |= {
    "declare": Calls(
        (*_CHECK, *_STORED_SET, _ME, *_STORED_SET, _LISTED, _SYNC, _PATCH, _ME, _STORED),
        _GUARDED,
        beside=(_AGENT, *_OVERRIDES),
    ),
    "withdraw": Calls((*_COUNTED, _ME, _STORED, _PATCH), (_DISCOVER, _DISCOVER), beside=_OVERRIDES),
    "rename": Calls(
        (
            *(*_STORED_SET, _READ_ONE, *_CHECK, _READ_ONE, _ME, *_STORED_SET, _LISTED, *_SYNCED),
            *(_NEW_VALUES, _CARRY_VALUES, _PATCH, _READ_ONE, _READ_ONE, _WRITE_ONE),
        ),
        _GUARDED,
    ),
    "refresh+": Calls((_ME,), beside=(_STORED, _VALUES, _READ_ONE, _AGENT)),
    "destroy+": Calls((_ME,), beside=(*_OVERRIDES, _STORED, _DELETE, _DELETE, _DELETE, _CLEAR_URL)),
}
#: Calls of these that the other operations do not make, or that mean more here.
BEYOND_CODE = {
    "declare": {_PATCH, _SET_VALUES, _WRITE_ONE, _BIND_AGENT, _VALUES, _READ_ONE, _AGENT},
    "withdraw": {_PATCH, _SET_VALUES, _WRITE_ONE, _BIND_AGENT},
    "rename": {_READ_ONE, _SYNC, _NEW_VALUES, _CARRY_VALUES, _PATCH, _WRITE_ONE},
    "refresh+": {_VALUES, _READ_ONE, _AGENT},
    "destroy+": {_VALUES, _READ_ONE, _AGENT, _BIND_AGENT},
}

#: Of the calls that only read, each fault is tried at every n-th; so many that it is tried in each operation.
_EVERY = {"preview": 4, "create": 5, "update": 5, "delete": 5, "refresh": 2, "destroy": 3}
#: Of `BEYOND_CODE` each fault is tried at every fifth call that reads and at every third that writes.
_EVERY_READ, _EVERY_WRITE = 5, 3


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
        # Where not all faults are tried at each call, the calls that write share them: so they are counted first.
        tried = sorted(_calls(operation), key=lambda one: operation in BEYOND_CODE and _reads(one[1]))
        for number, (at_bridge, call, position) in enumerate(tried):
            for index, fault in enumerate(Fault):
                if not every and (number + index) % _step(operation, call):
                    continue
                wanted = (False, True) if every else ((number + index) % 2 == 1,)
                for lasting in dict.fromkeys(_possible(at_bridge, fault, lasting) for lasting in wanted):
                    found.append(Cell(operation, at_bridge, call, position, fault, lasting))
    return found


def _calls(operation: str) -> Iterator[tuple[bool, Call, int]]:
    every = os.environ.get("FAULTS") == "all"
    calls = CALLS[operation]
    tried = BEYOND_CODE.get(operation)
    for at_bridge, ordered in ((False, calls.novu), (True, calls.bridge)):
        for position, call in enumerate(ordered):
            # The workflows of a destroy are deleted side by side: which of them is which call is chance.
            first = call is not _DELETE or ordered.index(call) == position
            if (first or every) and (tried is None or call in tried):
                yield at_bridge, call, position
    for call in dict.fromkeys(calls.beside):
        # The first of its kind after the others.
        if tried is None or call in tried:
            yield False, call, len(calls.novu)


def _reads(call: Call) -> bool:
    return call.method == "GET" and not call.by_novu


def _step(operation: str, call: Call) -> int:
    if operation in BEYOND_CODE:
        return _EVERY_READ if _reads(call) else _EVERY_WRITE
    return _EVERY[operation] if _reads(call) else 1


def _possible(at_bridge: bool, fault: Fault, lasting: bool) -> bool:
    if fault is Fault.REFUSED:
        # Only the proxy's port can refuse, and it does until it is opened again.
        return True
    if at_bridge and fault is Fault.OTHER_SET:
        # For good, that is no fault but another deployment.
        return False
    return lasting
