"""The states of all earlier versions of this package stay readable. A state of a newer version is refused.

`data/format-1.json` is the output of `pulumi stack export` for a stack of format 1, with placeholders for the values of
one environment. `data/format-1.discover.json` is the discover document of its bridge. The other formats have the same
files. These files never change: a new format adds two files.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from novu_provider.emulator.server import Emulator
from novu_provider.model.canonical_json import DIGEST_VERSION
from novu_provider.model.state_format import FORMAT
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
    "channels": {channel: {"enabled": channel != "sms"} for channel in ("email", "sms", "in_app", "chat", "push")},
}
#: The programs of the formats' stacks.
_PROGRAMS = {
    1: PROGRAM,
    2: program({_CHANGED: "shipped"}, controls={MAIL: _VALUES}, preferences=_OVERRIDE),
    3: program({_CHANGED: "shipped"}, controls={MAIL: _VALUES}, preferences=_OVERRIDE),
}
_OVERRIDES = {"StepControls", "WorkflowPreferences", "AgentBinding", "Rename"}
_KINDS: dict[int, set[str]] = {1: set(), 2: _OVERRIDES, 3: _OVERRIDES}


def _discovered(number: int) -> Any:
    return json.loads((_DATA / f"format-{number}.discover.json").read_text(encoding="utf-8"))


def _exported(novu: Emulator, app: App, number: int) -> dict[str, Any]:
    environment = Environment(novu)
    places = {
        "ENVIRONMENT_ID": environment.call("GET", "/v1/environments/me")["data"]["_id"],
        "BRIDGE_URL": app.url,
        **{f"INTERNAL_ID_OF_{key}": workflow.id for key, workflow in environment.stored().items()},
    }
    text = (_DATA / f"format-{number}.json").read_text(encoding="utf-8")
    for place, value in places.items():
        text = text.replace(f'"{place}"', json.dumps(value))
    document: dict[str, Any] = json.loads(text)
    return document


def _store(novu: Emulator, app: App, number: int) -> None:
    """Store in Novu the workflows and overrides that the stack of a format declares."""
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
    number: int = request.param
    return number


@pytest.fixture
def old(number: int, novu: Emulator, app: App, stack: Stack) -> Stack:
    """A stack with a state of this format, and a Novu that stores its workflows."""
    _store(novu, app, number)
    stack.write(_PROGRAMS[number])
    stack.restore(_exported(novu, app, number))
    novu.clear_requests()
    return stack


def test_a_state_of_this_format_shows_no_change_or_is_converted_without_a_write(
    novu: Emulator, number: int, old: Stack
) -> None:
    plan = old.preview()
    assert {(one.op, one.name) for one in plan.changes} <= {("update", name) for name in ("app", *_IDS)}
    # Formats with the present digests need no conversion. Their state changes with the next change in Novu.
    converts = number < DIGEST_VERSION
    assert (plan.changes == set()) == (not converts)
    assert ("this stack's state is of an earlier format" in plan.output) == converts
    if not converts:
        assert old.refresh().changes == set()
    old.up("--skip-preview")
    assert writes(novu) == []
    assert old.preview().changes == set()
    assert old.refresh().changes == set()
    resources = [one for one in old.export()["deployment"]["resources"] if "dynamic/novu:" in one["type"]]
    kinds = Counter(one["type"].rpartition(":")[2] for one in resources)
    assert kinds == Counter(["EnvironmentBinding", *(["Workflow"] * 3), *_KINDS[number]])
    recorded = {one["id"]: one["outputs"]["internalId"] for one in resources if one["type"].endswith(":Workflow")}
    assert recorded == {key: one.id for key, one in Environment(novu).stored().items()}
    assert {one["outputs"]["format"] for one in resources} == {FORMAT if converts else number}


def test_a_state_of_an_earlier_format_can_be_refreshed_first(novu: Emulator, old: Stack) -> None:
    old.refresh()
    old.up("--skip-preview")
    assert writes(novu) == []
    assert old.preview().changes == set()


def test_a_state_of_an_earlier_format_can_be_updated(novu: Emulator, app: App, number: int, old: Stack) -> None:
    served = _discovered(number)
    changed = next(workflow for workflow in served["workflows"] if workflow["workflowId"] == _CHANGED)
    changed["name"] = "Changed"
    served["workflows"] = [workflow for workflow in served["workflows"] if workflow["workflowId"] != _GONE]
    app.deploy(fault={"body": served})
    plan = old.preview("--diff")
    assert plan.properties(_CHANGED) - {"__provider"} == {"name"}
    assert plan.workflows("delete") == {_GONE}
    old.up("--skip-preview")
    assert Environment(novu).ids() == _IDS - {_GONE}
    assert Environment(novu).stored()[_CHANGED].registration.name == "Changed"
    assert old.preview().changes == set()


def test_a_state_of_an_earlier_format_can_be_destroyed_without_its_program(novu: Emulator, old: Stack) -> None:
    (old.directory / "__main__.py").unlink()
    old.destroy()
    assert Environment(novu).ids() == set()
    assert Environment(novu).bridge_url() == ""


def test_each_format_has_its_files() -> None:
    assert {path.name for path in _DATA.glob("format-*.json")} == {
        name for number in _FORMATS for name in (f"format-{number}.json", f"format-{number}.discover.json")
    }


def test_a_state_of_a_newer_format_is_refused_and_kept(novu: Emulator, app: App, stack: Stack) -> None:
    _store(novu, app, FORMAT)
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
