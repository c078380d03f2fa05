"""The losses that the provider cannot prevent, with the reasons. The tests allow these losses and require them."""

from __future__ import annotations

from tests.faults.cells import Cell
from tests.faults.proxy import Fault

#: Novu calls the bridge itself, after all checks of the provider. It accepts any response with status 200 (observed on
#: 3.19.0): it deletes the workflows that the response lacks, and registers those that it adds.
LOST = {
    # The next sync creates the workflows again, with other `_id`s. Their overrides are lost.
    ("update", Fault.TRUNCATED),
    ("delete", Fault.TRUNCATED),
    # The same. A workflow of another bridge stays until `pruneUnmanaged` lists it.
    ("create", Fault.OTHER_SET),
    ("update", Fault.OTHER_SET),
    ("delete", Fault.OTHER_SET),
}


def is_lost(cell: Cell) -> bool:
    """Whether this cell is known to lose something."""
    return cell.call.by_novu and (cell.operation, cell.fault) in LOST
