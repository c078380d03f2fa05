"""What the stack of the life cycle declares beyond code, and how the requests for it fail."""

from __future__ import annotations

from tests.bridge import specs
from tests.secrets import faults
from tests.secrets.faults import Echo

AGENT = "assistant"
#: Workflows by their place in the shop: one with declared values, one that is renamed.
FIRST, OLD, NEW = specs.shop(1)[0]["id"], specs.shop(2)[1]["id"], "renamed"
_STEP = specs.shop(1)[0]["steps"][0]["id"]

_PROGRAM = """\
import novu_provider as novu

novu.Bridge("app", workflows={workflows!r}, renamed_from={renamed_from!r})
"""


def program(number: int, *, renamed: bool = False) -> str:
    """A program that says something of one workflow, other things with another number.

    :param renamed: it also says that a workflow came from another.
    """
    said = {
        "controls": {_STEP: {"body": f"Number {number}"}},
        "preferences": {"all": {"enabled": True, "readOnly": number % 2 == 0}},
        "active": number % 2 == 1,
        "validate_payload": number % 2 == 0,
    }
    return _PROGRAM.format(workflows={FIRST: said}, renamed_from={NEW: OLD} if renamed else {})


#: The request that is answered, how, and what the user then reads of an `up` that changes everything.
FAULTS: tuple[tuple[str, str, Echo, int, str], ...] = (
    # First: an agent has nothing that changes with a program, and what is not answered so reaches its end.
    ("PUT", "/v1/agents", faults.novu_json, 422, "refuses"),
    ("PUT", "/v1/bridge/controls", faults.novu_json, 400, "refuses"),
    ("PATCH", "/v2/workflows", faults.html, 500, "returned 500"),
)
