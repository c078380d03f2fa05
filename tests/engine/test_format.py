"""The state that each version of this package wrote stays readable; what a newer version wrote is refused.

`data/format-1.json` is what `pulumi stack export` gave for a stack of format 1, with two placeholders;
`data/format-1.discover.json` is what its bridge served. Neither is ever written anew: a new format adds two files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from novu_provider.canonical import FORMAT
from novu_provider.local.server import LocalNovu
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.refusal import errors, state, the_error
from tests.engine.stack import Stack

_DATA = Path(__file__).parent / "data"
_FORMATS = range(1, FORMAT + 1)
_IDS = {"order-confirmed-0001", "orderShippedNotification", "with-controls"}


def _serve(app: App, number: int) -> None:
    app.deploy(fault={"body": json.loads((_DATA / f"format-{number}.discover.json").read_text(encoding="utf-8"))})


def _exported(novu: LocalNovu, app: App, number: int) -> dict[str, Any]:
    environment_id = Environment(novu).call("GET", "/v1/environments/me")["data"]["_id"]
    text = (_DATA / f"format-{number}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text.replace("ENVIRONMENT_ID", environment_id).replace("BRIDGE_URL", app.url))
    return document


@pytest.fixture(params=_FORMATS)
def old(request: pytest.FixtureRequest, novu: LocalNovu, app: App, stack: Stack) -> Stack:
    """A stack whose state an earlier version wrote, and whose registrations Novu holds."""
    _serve(app, request.param)
    Environment(novu).sync(app.url)
    stack.restore(_exported(novu, app, request.param))
    novu.clear_requests()
    return stack


def test_a_state_of_an_earlier_format_shows_no_change_and_is_refreshed(novu: LocalNovu, old: Stack) -> None:
    assert old.preview().changes == set()
    assert old.refresh().changes == set()
    assert old.up().changes == set()
    assert writes(novu) == []
    held = Environment(novu).stored()
    resources = old.resources()
    assert set(resources) == {"app", *_IDS}
    assert {key: resources[key]["outputs"]["internalId"] for key in _IDS} == {key: held[key].id for key in _IDS}


def test_a_state_of_an_earlier_format_is_updated(novu: LocalNovu, app: App, old: Stack) -> None:
    served = json.loads((_DATA / "format-1.discover.json").read_text(encoding="utf-8"))
    changed = next(one for one in served["workflows"] if one["workflowId"] == "orderShippedNotification")
    changed["name"] = "Changed"
    served["workflows"] = [one for one in served["workflows"] if one["workflowId"] != "with-controls"]
    app.deploy(fault={"body": served})
    plan = old.preview("--diff")
    assert plan.properties("orderShippedNotification") == {"name"}
    assert plan.workflows("delete") == {"with-controls"}
    old.up()
    assert Environment(novu).ids() == _IDS - {"with-controls"}
    assert Environment(novu).stored()["orderShippedNotification"].registration.name == "Changed"
    assert old.preview().changes == set()


def test_a_state_of_an_earlier_format_is_destroyed_with_the_installed_code_alone(novu: LocalNovu, old: Stack) -> None:
    (old.directory / "__main__.py").unlink()
    old.destroy()
    assert Environment(novu).ids() == set()
    assert Environment(novu).bridge_url() == ""


def test_the_newest_format_has_its_files() -> None:
    assert {path.name for path in _DATA.glob("format-*.json")} == {
        name for number in _FORMATS for name in (f"format-{number}.json", f"format-{number}.discover.json")
    }


def test_a_state_of_a_newer_format_is_refused_and_kept(novu: LocalNovu, app: App, stack: Stack) -> None:
    _serve(app, FORMAT)
    Environment(novu).sync(app.url)
    exported = _exported(novu, app, FORMAT)
    for resource in exported["deployment"]["resources"]:
        if "format" in resource.get("outputs", {}):
            resource["outputs"]["format"] = FORMAT + 1
    stack.restore(exported)
    before = state(stack)
    novu.clear_requests()
    for arguments in ((), ("--skip-preview",)):
        message = the_error(stack.up(*arguments, fails=True))
        assert f"this stack's state has the format {FORMAT + 1}; the installed novu_provider reads up to" in message
        assert "pip install --upgrade novu_provider" in message
    for result in (stack.refresh(fails=True), stack.destroy(fails=True)):
        assert all("StateTooNew" in message for message in errors(result))
        assert result.output.count("pip install --upgrade novu_provider") == 1
        assert "Traceback" not in result.output
    assert writes(novu) == []
    assert state(stack) == before
    assert Environment(novu).ids() == _IDS
