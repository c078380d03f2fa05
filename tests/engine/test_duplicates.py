"""Two resources, or two stacks, for the same thing in Novu: refused, and the error names both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.refusal import the_error
from tests.engine.stack import Stack

_FIRST, _SECOND = (spec["id"] for spec in specs.shop(2))
_URL = "https://agents.example.com/api/novu"


def _agent(name: str) -> str:
    return f'novu.AgentBinding("{name}", agent_id="helper", bridge_url="{_URL}")'


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'novu.Bridge("second")',
            "the bridge of the environment: EnvironmentBinding 'app' of Bridge 'app' and EnvironmentBinding 'second' "
            "of Bridge 'second'.",
        ),
        (
            f"{_agent('one')}\n{_agent('two')}",
            "the bridge URL of the agent 'helper': AgentBinding 'one' and AgentBinding 'two'.",
        ),
        (
            f'novu.Workflow("again", bridge.workflows["{_FIRST}"].registration)',
            f"the workflow '{_FIRST}': Workflow '{_FIRST}' of Bridge 'app' and Workflow 'again'.",
        ),
        (
            f'novu.Rename("one", old="a", new="{_FIRST}")\nnovu.Rename("two", old="b", new="{_FIRST}")',
            f"the rename to '{_FIRST}': Rename 'one' and Rename 'two'.",
        ),
    ],
    ids=["bridge", "agent", "workflow", "rename"],
)
def test_a_second_declaration_in_one_program_is_refused(novu: Emulator, stack: Stack, lines: str, message: str) -> None:
    Environment(novu).call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
    novu.clear_requests()
    stack.write(f'import novu_provider as novu\n\nbridge = novu.Bridge("app")\n{lines}\n')
    assert f"two resources of this program declare {message}" in the_error(stack.preview(fails=True))
    assert writes(novu) == []


_AUTOMATION = """
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pulumi
from pulumi import automation

import novu_provider as novu


def program():
    pulumi.export("workflows", novu.Bridge("app").workflow_names)


def up(name, config):
    stack = automation.create_or_select_stack(name, project_name="inline", program=program)
    for key, value in config.items():
        stack.set_config(key, automation.ConfigValue(value, secret=key == "novu:secretKey"))
    return sorted(stack.up().outputs["workflows"].value)


stacks = json.load(sys.stdin)
with ThreadPoolExecutor() as pool:
    runs = {name: pool.submit(up, name, config) for name, config in stacks.items()}
again = up("development", stacks["development"])
print(json.dumps({name: run.result() for name, run in runs.items()} | {"again": again}))
"""


def test_one_process_runs_the_programs_of_several_stacks(
    novu: Emulator, app: App, bridges: BridgeProcess, make_stack: StackFactory, tmp_path: Path
) -> None:
    production = App(bridges, novu.production_key)
    production.deploy(*specs.shop(2))
    stacks = {
        name: {"novu:secretKey": one.key, "novu:bridgeUrl": one.url, "novu:apiUrl": novu.url}
        for name, one in (("development", app), ("production", production))
    }
    environ = {key: value for key, value in make_stack(app).environ.items() if not key.startswith("NOVU_")}
    done = subprocess.run(
        [sys.executable, "-c", _AUTOMATION],
        input=json.dumps(stacks),
        env={**environ, "PYTHONPATH": str(Path.cwd())},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shop = sorted(spec["id"] for spec in specs.shop(3))
    assert json.loads(done.stdout) == {
        "development": shop,
        "production": sorted([_FIRST, _SECOND]),
        "again": shop,
    }
    assert Environment(novu, novu.production_key).ids() == {_FIRST, _SECOND}


def test_a_second_stack_with_the_same_workflows_is_refused(
    novu: Emulator, app: App, managed: Stack, bridges: BridgeProcess, make_stack: StackFactory
) -> None:
    copy = App(bridges, app.key)
    copy.deploy(*app.workflows)
    second = make_stack(copy, "second")
    novu.clear_requests()
    for run in (second.preview, second.up, lambda **options: second.up("--skip-preview", **options)):
        message = the_error(run(fails=True))
        assert f"connected to the bridge {app.url}, which this stack did not set: it has no state yet" in message
        assert f"`pulumi config set novu:replaceBridgeUrl {app.url}`" in message
    assert writes(novu) == []
    # A takeover is possible, and then the first stack is refused.
    second.config(replaceBridgeUrl=app.url)
    second.up("--skip-preview")
    assert Environment(novu).bridge_url() == copy.url
    app.deploy(*app.workflows, specs.workflow("invoice"))
    novu.clear_requests()
    message = the_error(managed.preview(fails=True))
    assert f"connected to the bridge {copy.url}, which this stack did not set: its last one was {app.url}" in message
    assert writes(novu) == []
    assert second.preview().changes == set()


def test_a_new_url_of_the_same_stack_is_no_second_stack(
    novu: Emulator, app: App, managed: Stack, bridges: BridgeProcess
) -> None:
    moved = App(bridges, app.key)
    moved.deploy(*app.workflows, specs.workflow("invoice"))
    managed.environ["NOVU_BRIDGE_URL"] = moved.url
    # Somebody repeated the sync of an update that died before the engine could record it.
    Environment(novu).sync(moved.url)
    managed.up("--skip-preview")
    assert Environment(novu).bridge_url() == moved.url
    # After a refresh, the plan itself shows the other URL.
    Environment(novu).sync(app.url)
    moved.deploy(*app.workflows)
    assert "which this stack did not set" in the_error(managed.preview(fails=True))
    managed.refresh()
    assert "bridgeUrl" in managed.preview().properties("app")
