"""The state that each version of this package wrote stays readable; what a newer version wrote is refused.

`data/format-1.json` is what `pulumi stack export` gave for a stack of format 1, with placeholders for what differs
between two environments; `data/format-1.discover.json` is what its bridge served. The others are alike. None is ever
written anew: a new format adds two files.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from novu_provider.model.canonical_json import FORMAT
from tests.engine.conftest import App
from tests.engine.declare import FIRST, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.refusal import errors, state, the_error
from tests.engine.stack import PROGRAM, Stack

_DATA = Path(__file__).parent / "data"
_FORMATS = range(1, FORMAT + 1)
_GONE, _CHANGED = "with-controls", "orderShippedNotification"
_IDS = {FIRST, _CHANGED, _GONE}
_VALUES = {"body": "Declared"}
_OVERRIDE = {
    "all": {"enabled": True, "readOnly": True},
    "channels": {one: {"enabled": one != "sms"} for one in ("email", "sms", "in_app", "chat", "push")},
}
#: The programs of the formats' stacks.
_PROGRAMS = {
    1: PROGRAM,
    2: program({_CHANGED: "shipped"}, controls={MAIL: _VALUES}, preferences=_OVERRIDE),
}
_KINDS: dict[int, set[str]] = {1: set(), 2: {"StepControls", "WorkflowPreferences", "AgentBinding", "Rename"}}


def _discovered(number: int) -> Any:
    return json.loads((_DATA / f"format-{number}.discover.json").read_text(encoding="utf-8"))


def _exported(novu: Emulator, app: App, number: int) -> dict[str, Any]:
    environment = Environment(novu)
    places = {
        "ENVIRONMENT_ID": environment.call("GET", "/v1/environments/me")["data"]["_id"],
        "BRIDGE_URL": app.url,
        **{f"INTERNAL_ID_OF_{key}": one.id for key, one in environment.stored().items()},
    }
    text = (_DATA / f"format-{number}.json").read_text(encoding="utf-8")
    for place, value in places.items():
        text = text.replace(f'"{place}"', json.dumps(value))
    document: dict[str, Any] = json.loads(text)
    return document


def _hold(novu: Emulator, app: App, number: int) -> None:
    """Let Novu hold what the stack of a format declares."""
    app.deploy(fault={"body": _discovered(number)})
    dashboard = Dashboard(novu)
    dashboard.environment.sync(app.url)
    if number > 1:
        dashboard.set_values(**_VALUES)
        dashboard.set_override(_OVERRIDE)
        dashboard.environment.call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
        dashboard.environment.call("PUT", "/v1/agents/helper/bridge", json={"bridgeUrl": app.url})


@pytest.fixture(params=_FORMATS)
def number(request: pytest.FixtureRequest) -> int:
    """One of the formats that this version reads."""
    found: int = request.param
    return found


@pytest.fixture
def old(number: int, novu: Emulator, app: App, stack: Stack) -> Stack:
    """A stack whose state a version of this format wrote, and Novu as it was then."""
    _hold(novu, app, number)
    stack.write(_PROGRAMS[number])
    stack.restore(_exported(novu, app, number))
    novu.clear_requests()
    return stack


def test_a_state_of_this_format_shows_no_change_and_one_of_an_earlier_is_written_anew(
    novu: Emulator, number: int, old: Stack
) -> None:
    plan = old.preview()
    assert {(one.op, one.name) for one in plan.changes} <= {("update", name) for name in ("app", *_IDS)}
    assert (plan.changes == set()) == (number == FORMAT)
    assert ("this stack's state is of an earlier format" in plan.output) == (number < FORMAT)
    old.up()
    assert writes(novu) == []
    assert old.preview().changes == set()
    assert old.refresh().changes == set()
    resources = [one for one in old.export()["deployment"]["resources"] if "dynamic/novu:" in one["type"]]
    kinds = Counter(one["type"].rpartition(":")[2] for one in resources)
    assert kinds == Counter(["EnvironmentBinding", *(["Workflow"] * 3), *_KINDS[number]])
    recorded = {one["id"]: one["outputs"]["internalId"] for one in resources if one["type"].endswith(":Workflow")}
    assert recorded == {key: one.id for key, one in Environment(novu).stored().items()}
    assert {one["outputs"]["format"] for one in resources} == {FORMAT}


def test_a_state_of_an_earlier_format_is_refreshed_first(novu: Emulator, old: Stack) -> None:
    old.refresh()
    old.up()
    assert writes(novu) == []
    assert old.preview().changes == set()


def test_a_state_of_an_earlier_format_is_updated(novu: Emulator, app: App, number: int, old: Stack) -> None:
    served = _discovered(number)
    changed = next(one for one in served["workflows"] if one["workflowId"] == _CHANGED)
    changed["name"] = "Changed"
    served["workflows"] = [one for one in served["workflows"] if one["workflowId"] != _GONE]
    app.deploy(fault={"body": served})
    plan = old.preview("--diff")
    assert plan.properties(_CHANGED) - {"__provider"} == {"name"}
    assert plan.workflows("delete") == {_GONE}
    old.up()
    assert Environment(novu).ids() == _IDS - {_GONE}
    assert Environment(novu).stored()[_CHANGED].registration.name == "Changed"
    assert old.preview().changes == set()


def test_a_state_of_an_earlier_format_is_destroyed_with_the_installed_code_alone(novu: Emulator, old: Stack) -> None:
    (old.directory / "__main__.py").unlink()
    old.destroy()
    assert Environment(novu).ids() == set()
    assert Environment(novu).bridge_url() == ""


def test_the_newest_format_has_its_files() -> None:
    assert {path.name for path in _DATA.glob("format-*.json")} == {
        name for number in _FORMATS for name in (f"format-{number}.json", f"format-{number}.discover.json")
    }


def test_a_state_of_a_newer_format_is_refused_and_kept(novu: Emulator, app: App, stack: Stack) -> None:
    _hold(novu, app, FORMAT)
    stack.write(_PROGRAMS[FORMAT])
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
        assert "pip install <checkout>" in message
    for result in (stack.refresh(fails=True), stack.destroy(fails=True)):
        assert all("StateTooNew" in message for message in errors(result))
        assert result.output.count("pip install <checkout>") == 1
        assert "Traceback" not in result.output
    assert writes(novu) == []
    assert state(stack) == before
    assert Environment(novu).ids() == _IDS
