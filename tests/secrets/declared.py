"""The overrides that the stack of the life cycle declares, and the failures of their requests."""

from __future__ import annotations

from tests.bridge import specs
from tests.secrets import faults
from tests.secrets.faults import Echo

AGENT = "assistant"
FIRST, OLD, NEW = specs.shop(1)[0]["id"], specs.shop(2)[1]["id"], "renamed"
"""A workflow with overrides, and the two ids of a workflow that is renamed."""

_STEP = specs.shop(1)[0]["steps"][0]["id"]

_PROGRAM = """\
import novu_provider as novu

novu.Bridge("app", workflows={workflows!r}, renamed_from={renamed_from!r})
"""


def program(number: int, *, renamed: bool = False) -> str:
    """Return a program with overrides for one workflow, which differ for each number.

    :param renamed: also declare a rename.
    """
    overrides = {
        "controls": {_STEP: {"body": f"Number {number}"}},
        "preferences": {"all": {"enabled": True, "readOnly": number % 2 == 0}},
        "active": number % 2 == 1,
        "validate_payload": number % 2 == 0,
    }
    return _PROGRAM.format(workflows={FIRST: overrides}, renamed_from={NEW: OLD} if renamed else {})


FAULTS: tuple[tuple[str, str, Echo, int, str], ...] = (
    # The agent comes first: the program does not change it, so it would be up to date after the first `up`.
    ("PUT", "/v1/agents", faults.novu_json, 422, "Novu refused"),
    ("PUT", "/v1/bridge/controls", faults.novu_json, 400, "Novu refused"),
    ("PATCH", "/v2/workflows", faults.html, 500, "returned 500"),
)
"""Method, path and response of the request that fails, and the text that the next `up` prints."""
