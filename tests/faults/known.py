"""What is lost and cannot be kept from here, each with its reason. The tests hold that it is no more, and no less."""

from __future__ import annotations

from tests.faults.cells import Cell
from tests.faults.proxy import Fault

#: Novu fetches the bridge itself, after every check of ours, and believes any answer with status 200
#: (observed on 3.19.0): what that answer lacks is deleted at once, and what it adds is registered.
_BETWEEN_NOVU_AND_THE_BRIDGE = {
    # The next sync brings the workflows back, under other `_id`s: what was set on them in the dashboard is gone.
    ("update", Fault.TRUNCATED),
    ("delete", Fault.TRUNCATED),
    # The same, and a workflow of somebody else's bridge is left, which nothing deletes until `pruneUnmanaged` names it.
    ("create", Fault.OTHER_SET),
    ("update", Fault.OTHER_SET),
    ("delete", Fault.OTHER_SET),
}


def is_lost(cell: Cell) -> bool:
    """Whether this cell is known to lose something."""
    return cell.call.by_novu and (cell.operation, cell.fault) in _BETWEEN_NOVU_AND_THE_BRIDGE
