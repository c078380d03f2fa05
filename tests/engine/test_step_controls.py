"""Control values of steps: set, changed, drifted, reset."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.local.server import LocalNovu
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack

_ID = "order-confirmed-0001"
_PATH = f"/v1/bridge/controls/{_ID}/receipt"


def declare(**arguments: Any) -> str:
    """A program that says this of the first workflow."""
    return f"""import novu_provider as novu

novu.Bridge("app", workflows={{"{_ID}": novu.WorkflowArgs(**{arguments!r})}})
"""


def values(novu: LocalNovu) -> Any:
    """The control values that Novu holds."""
    return (Environment(novu).call("GET", _PATH)["data"] or {}).get("controls", {})


def test_the_life_cycle(novu: LocalNovu, app: App, stack: Stack) -> None:
    stack.write(declare(controls={"receipt": {"body": "Production"}}))
    stack.up()
    assert values(novu) == {"body": "Production"}

    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.up().changes == set()
    assert stack.refresh().changes == set()
    assert writes(novu) == []

    stack.write(declare(controls={"receipt": {"body": "Another"}}))
    assert "Another" in stack.preview("--diff").output
    novu.clear_requests()
    stack.up()
    assert writes(novu) == [f"PUT {_PATH}"]
    assert values(novu) == {"body": "Another"}

    stack.write(declare())
    stack.up()
    assert values(novu) == {}
