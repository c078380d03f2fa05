"""The cells of the matrix: each call of each operation, with each fault.

`CALLS` lists the calls of each operation; a test compares it with the real ones. A cell fails once or lasts. Most calls
are retried after a fault that occurs once, and the operation succeeds. One run, a *round*, tries many such cells: each
of its calls fails once. The other cells have a run of their own, because the operation stops there.

By default, each call that writes meets each kind of fault, and each call that reads meets some kinds. The faults of one
kind look alike to the provider. A call meets one of them, and the next call meets the next one. Each `up` reads the
same before its sync, so only `update` tries those reads. Of the operations on overrides, only the calls in
`OVERRIDE_CALLS` are tried, and operations that write the same share the kinds. With FAULTS=all, each cell also runs
alone, with each fault, once and lasting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.names import AGENT, KEPT, MAIL, NEW, REMINDER
from tests.faults.proxy import Call, Fault

#: The calls to Novu and to the bridge.
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
_INTEGRATIONS = Call("GET", "/v1/integrations")
_CREATE_INTEGRATION = Call("POST", "/v1/integrations")
_SET_PRIMARY = Call("POST", "/v1/integrations/*/set-primary")
_CHANGE_INTEGRATION = Call("PUT", "/v1/integrations/*")
_DELETE_INTEGRATION = Call("DELETE", "/v1/integrations/*")

#: The second tells whether each channel has an integration.
_CHECK = (_ME, _INTEGRATIONS, _LISTED)
#: The check also counts what the update adopts and changes.
_COUNTED = (*_CHECK, _STORED)
_SYNCED = (_SYNC, _ME, _STORED)
_GUARDED = (_DISCOVER, _DISCOVER, _DISCOVER, _NOVU_DISCOVERS)
#: A workflow with an override from the dashboard is read once more by itself.
_STORED_SET = (_STORED, _READ_ONE)
#: One integration is created and becomes the primary one, another one is adopted and changed. Each is checked before.
_DECLARED_INTEGRATIONS = (
    *(_INTEGRATIONS, _INTEGRATIONS, _CREATE_INTEGRATION, _SET_PRIMARY),
    *(_INTEGRATIONS, _INTEGRATIONS, _CHANGE_INTEGRATION),
)
_WITHDRAWN_INTEGRATIONS = 2 * (_INTEGRATIONS, _DELETE_INTEGRATION, _INTEGRATIONS)
_OVERRIDES = (_VALUES, _SET_VALUES, _READ_ONE, _READ_ONE, _WRITE_ONE, _AGENT, _BIND_AGENT)


@dataclass(frozen=True)
class Calls:
    """The calls of an operation through the proxy of Novu and through the proxy of the bridge, in their order."""

    novu: tuple[Call, ...]
    bridge: tuple[Call, ...] = ()
    #: The calls to Novu after the others, in any order: the engine runs these resources in parallel.
    parallel: tuple[Call, ...] = ()

    @property
    def different(self) -> list[Call]:
        """Each of these calls once."""
        return list(dict.fromkeys((*self.novu, *self.bridge, *self.parallel)))


CALLS: dict[str, Calls] = {
    # Its plan deletes one workflow and creates another one. The last listing shows whether that is a rename.
    "preview": Calls((*_CHECK, _STORED), (_DISCOVER, _DISCOVER)),
    "create": Calls((*_COUNTED, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "update": Calls((*_COUNTED, _ME, _STORED, _LISTED, _READ_ONE, _WRITE_ONE, *_SYNCED), (_DISCOVER, *_GUARDED)),
    "delete": Calls((*_COUNTED, _ME, _STORED, _LISTED, *_SYNCED), _GUARDED),
    "refresh": Calls((_ME, _STORED)),
    "destroy": Calls((_ME, _DELETE, _DELETE, _DELETE, _CLEAR_URL)),
}

#: The operations on overrides: set them for the first time, withdraw, refresh and destroy them; and a rename.
CALLS |= {
    "declare": Calls(
        (
            *(_ME, *_DECLARED_INTEGRATIONS, _INTEGRATIONS, _LISTED),
            *(*_STORED_SET, _ME, *_STORED_SET, _LISTED, _SYNC, _PATCH, _ME, _STORED),
        ),
        _GUARDED,
        parallel=(_AGENT, *_OVERRIDES),
    ),
    "withdraw": Calls(
        (*_COUNTED, _ME, _STORED, _PATCH), (_DISCOVER, _DISCOVER), parallel=(*_OVERRIDES, *_WITHDRAWN_INTEGRATIONS)
    ),
    "rename": Calls(
        (
            *(*_STORED_SET, _READ_ONE, *_CHECK, _READ_ONE, _ME, *_STORED_SET, _LISTED, *_SYNCED),
            *(_NEW_VALUES, _CARRY_VALUES, _PATCH, _READ_ONE, _READ_ONE, _WRITE_ONE),
        ),
        _GUARDED,
    ),
    "refresh+": Calls((_ME,), parallel=(_STORED, _VALUES, _READ_ONE, _AGENT, _INTEGRATIONS)),
    "destroy+": Calls(
        (_ME,), parallel=(*_OVERRIDES, *_WITHDRAWN_INTEGRATIONS, _STORED, _DELETE, _DELETE, _DELETE, _CLEAR_URL)
    ),
}
#: The calls of these that the other operations do not make, or that have another effect here.
OVERRIDE_CALLS = {
    "declare": {
        *(_PATCH, _SET_VALUES, _WRITE_ONE, _BIND_AGENT, _VALUES, _READ_ONE, _AGENT),
        *(_CREATE_INTEGRATION, _SET_PRIMARY, _CHANGE_INTEGRATION),
    },
    "withdraw": {_PATCH, _SET_VALUES, _WRITE_ONE, _BIND_AGENT, _DELETE_INTEGRATION},
    "rename": {_READ_ONE, _SYNC, _NEW_VALUES, _CARRY_VALUES, _PATCH, _WRITE_ONE},
    "refresh+": {_VALUES, _READ_ONE, _AGENT, _INTEGRATIONS},
    "destroy+": {_VALUES, _READ_ONE, _AGENT, _BIND_AGENT},
}

#: The kinds of faults: nothing arrives; the request is refused; it is applied, but its response is lost; and two with
#: wrong content.
KINDS = (
    (Fault.REFUSED, Fault.RESET_BEFORE),
    (Fault.TOO_MANY, Fault.ERROR, Fault.UNAVAILABLE),
    (Fault.RESET_AFTER, Fault.STALL, Fault.GATEWAY),
    (Fault.TRUNCATED,),
    (Fault.OTHER_SET,),
)

#: Each kind is tried at every n-th call that only reads. Each operation tries each kind.
_EVERY = {"preview": 4, "create": 4, "update": 5, "delete": 4, "refresh": 2, "destroy": 2}
#: Operations that read the same before the sync as `update`.
_LIKE_UPDATE = {"create", "delete"}
#: Of `OVERRIDE_CALLS`, each kind is tried at every fourth call that reads.
_EVERY_OVERRIDE = 4


#: The faults after which an idempotent request is retried.
RETRIED = (
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.STALL,
    Fault.TOO_MANY,
    Fault.ERROR,
    Fault.GATEWAY,
    Fault.UNAVAILABLE,
)

#: The rounds of an operation in which each call meets each kind of these faults.
_ROUNDS = 3


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


@dataclass(frozen=True)
class Round:
    """One run of an operation in which each call fails once and is retried. Its kind of fault varies by round."""

    operation: str
    number: int

    def __str__(self) -> str:
        return f"{self.operation}-round{self.number}"

    def fault(self, call: Call, occurrence: int) -> Fault | None:
        """Return the fault of a call. None for one that nobody retries, and for one that the operation does not make.

        :param occurrence: how many equal calls came before it.
        """
        different = CALLS[self.operation].different
        # A fault may cause other requests: a `DELETE` that is retried finds nothing, so the listing is read.
        if call not in different or not _is_retried(call, Fault.ERROR):
            return None
        kinds = [faults for kind in KINDS if (faults := [fault for fault in kind if _is_retried(call, fault)])]
        turn = different.index(call) + occurrence
        faults = kinds[(turn + self.number) % len(kinds)]
        return faults[(turn + self.number // len(kinds)) % len(faults)]


def rounds(*operations: str) -> list[Round]:
    """Return the rounds of these operations. With FAULTS=all, each call meets each fault."""
    return [Round(operation, number) for operation in operations for number in range(_count(operation))]


def _count(operation: str) -> int:
    if _all():
        return _ROUNDS * max(map(len, KINDS))
    # An operation with few calls takes more rounds to meet each fault.
    return _ROUNDS if len(CALLS[operation].different) >= _ROUNDS else 2 * _ROUNDS


def cells(*operations: str) -> list[Cell]:
    """Return the cells of these operations that need a run of their own.

    :meth:`Round.fault` tries the others: those that fail once and are retried.
    """
    return [cell for operation in operations for cell in _tried(operation) if _all() or not _is_in_a_round(cell)]


def general(call: Call) -> Call:
    """Replace an `_id` by a star."""
    path = "/".join("*" if len(part) == 24 else part for part in call.path.split("/"))
    return Call(call.method, path, call.by_novu)


def _all() -> bool:
    return os.environ.get("FAULTS") == "all"


def _is_in_a_round(cell: Cell) -> bool:
    return not cell.lasting and _is_retried(cell.call, cell.fault)


def _is_retried(call: Call, fault: Fault) -> bool:
    if call.by_novu and fault is Fault.GATEWAY:
        # Novu itself does not retry after a 502.
        return False
    return call.method != "POST" and fault in RETRIED


def _tried(operation: str) -> Iterator[Cell]:
    # In operations on overrides, the calls that write have the first numbers.
    tried = sorted(_calls(operation), key=lambda place: operation in OVERRIDE_CALLS and _reads(place[1]))
    for number, (at_bridge, call, position) in enumerate(tried):
        first, step = _schedule(operation, call, number)
        for index, fault in enumerate(_faults(operation, number)):
            turn, left_out = divmod(first + index, step)
            if left_out and not _all():
                continue
            # A fault that a retry cures lasts, because the rounds try it once.
            wanted = (False, True) if _all() else (turn % 2 == 1 or _is_retried(call, fault),)
            for lasting in dict.fromkeys(_possible(at_bridge, fault, lasting) for lasting in wanted):
                yield Cell(operation, at_bridge, call, position, fault, lasting)


def _faults(operation: str, number: int) -> tuple[Fault, ...]:
    """Return the faults of a call: one of each kind, by the number of the call and the operation."""
    turn = number + list(CALLS).index(operation)
    return tuple(Fault) if _all() else tuple(kind[turn % len(kind)] for kind in KINDS)


def _calls(operation: str) -> Iterator[tuple[bool, Call, int]]:
    calls = CALLS[operation]
    tried = OVERRIDE_CALLS.get(operation)
    for at_bridge, ordered in ((False, calls.novu), (True, calls.bridge)):
        for position, call in enumerate(ordered):
            is_written = not at_bridge and _SYNC in ordered[:position]
            if operation in _LIKE_UPDATE and _reads(call) and not is_written and not _all():
                continue
            # A destroy deletes the workflows in parallel, in any order.
            first = call is not _DELETE or ordered.index(call) == position
            if (first or _all()) and (tried is None or call in tried):
                yield at_bridge, call, position
    for call in dict.fromkeys(calls.parallel):
        # The first of its kind after the others.
        if tried is None or call in tried:
            yield False, call, len(calls.novu)


def _reads(call: Call) -> bool:
    return call.method == "GET" and not call.by_novu


def _schedule(operation: str, call: Call, number: int) -> tuple[int, int]:
    """Return at which kind a call begins, and every how many kinds it tries one."""
    if _reads(call):
        return number, _EVERY.get(operation, _EVERY_OVERRIDE)
    if operation not in OVERRIDE_CALLS:
        return number, 1
    # Operations on overrides that make the same call share its kinds.
    sharing = [name for name, tried in OVERRIDE_CALLS.items() if call in tried]
    return sharing.index(operation), min(2, len(sharing))


def _possible(at_bridge: bool, fault: Fault, lasting: bool) -> bool:
    if fault is Fault.REFUSED:
        # The proxy closes its port until the end of the fault.
        return True
    if at_bridge and fault is Fault.OTHER_SET:
        # A lasting one would be another deployment, not a fault.
        return False
    return lasting
