"""`novu-provider plan` on the real engine: the output for reviewers, and the exit status for pipelines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.declare import FIRST, MAIL, Dashboard, program
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack

_WITH_OTHERS = """\
import pulumi
import pulumi.dynamic
import novu_provider as novu


class Provider(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("id", {})


class File(pulumi.dynamic.Resource):
    def __init__(self, name):
        super().__init__(Provider(), name, {})


File("other")
novu.Bridge("app", settings=novu.Settings.from_config())
"""


def _plan(stack: Stack, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run `novu-provider plan` in the stack's directory. Return its exit status, its JSON and its Markdown."""
    files = stack.directory / "plan.json", stack.directory / "plan.md"
    for file in files:
        file.unlink(missing_ok=True)
    command = ["novu-provider", "plan", "--json", str(files[0]), "--markdown", str(files[1])]
    result = subprocess.run(
        [*command, "--", "--stack", stack.name, *arguments],
        cwd=stack.directory,
        env=stack.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert files[0].exists(), result.stdout + result.stderr
    return result.returncode, json.loads(files[0].read_text("utf-8")), files[1].read_text("utf-8")


def _ids(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["workflowId"] for entry in entries}


def test_from_a_first_plan_to_changes_and_deletions(novu: Emulator, app: App, stack: Stack) -> None:
    stack.write(_WITH_OTHERS)
    status, plan, _ = _plan(stack)
    assert status == 2
    assert len(plan["workflows"]["created"]) == 3
    assert (plan["bindings"][0]["action"], plan["bindings"][0]["urlAfter"]) == ("created", app.url)
    assert plan["others"] == {"created": 1, "changed": 0, "replaced": 0, "deleted": 0}
    assert writes(novu) == []

    stack.up("--skip-preview")
    status, plan, markdown = _plan(stack)
    assert (status, plan["status"]) == (0, "unchanged")
    assert "no changes" in markdown

    first, second, third = specs.shop(3)
    app.deploy(first, {**second, "severity": "high"}, third, specs.shop(4)[3])
    status, plan, markdown = _plan(stack)
    assert status == 2
    assert _ids(plan["workflows"]["created"]) == {"stock-report-0004"}
    assert _ids(plan["workflows"]["changed"]) == {second["id"]}
    assert '`severity`: `"medium"` → `"high"`' in markdown
    assert plan["bindings"][0]["environmentBefore"]["name"] == "Development"

    app.deploy({**first, "id": "order-accepted"}, {**second, "name": "<b>@team</b> `|`"})
    stack.config(maxDeletions=2)
    status, plan, markdown = _plan(stack)
    assert status == 3
    assert _ids(plan["workflows"]["deleted"]) == {third["id"]}
    assert [(rename["before"], rename["after"]) for rename in plan["workflows"]["renamed"]] == [
        (first["id"], "order-accepted")
    ]
    assert markdown.count(f'renamed_from=`{{"order-accepted": "{first["id"]}"}}`') == 1
    assert "probably the renamed" not in markdown
    assert "> [!CAUTION]" in markdown
    assert "- `order-shipped-0002` (`` <b>@team</b> `|` ``)" in markdown
    assert "__provider" not in json.dumps(plan)


def test_defaults_of_null_are_shown_as_null(app: App, stack: Stack) -> None:
    nullable = {"type": ["string", "null"]}
    app.deploy(specs.workflow("odd", payloadSchema=specs.schema(nothing={**nullable, "default": None})))
    stack.up("--skip-preview")
    app.deploy(specs.workflow("odd", payloadSchema=specs.schema(nothing={**nullable, "default": "something"})))
    _, plan, markdown = _plan(stack)
    (change,) = plan["workflows"]["changed"][0]["changes"]
    assert (change["before"], change["after"]) == (None, "something")
    assert '`payload.nothing.default`: `null` → `"something"`' in markdown


def test_a_new_url_is_shown_before_and_after(app: App, managed: Stack, bridges: Any) -> None:
    moved = App(bridges, app.key)
    managed.environ["NOVU_BRIDGE_URL"] = moved.deploy(*app.workflows)
    status, plan, markdown = _plan(managed)
    assert status == 2
    assert (plan["bindings"][0]["urlBefore"], plan["bindings"][0]["urlAfter"]) == (app.url, moved.url)
    assert f"`{app.url}` → `{moved.url}`" in markdown


def test_a_preview_that_a_guard_refuses_is_shown_with_its_fix(novu: Emulator, app: App, stack: Stack) -> None:
    app.deploy(*specs.shop(5))
    Environment(novu).sync(app.url)
    app.deploy(*specs.shop(3))
    status, plan, markdown = _plan(stack)
    assert (status, plan["status"]) == (1, "failed")
    assert "Fix:" in markdown
    assert "novu:pruneUnmanaged" in markdown
    # If the setting allows it, the plan contains the deletions, although they have no resource.
    stack.config(pruneUnmanaged="true")
    status, plan, markdown = _plan(stack)
    assert status == 3
    assert set(plan["pruned"]["ids"]) == {"stock-report-0004", "payment-failed-0005"}
    assert "> - `stock-report-0004`" in markdown


def test_a_missing_stack_and_a_failing_program_are_errors(stack: Stack, tmp_path: Path) -> None:
    stack.write("raise RuntimeError('the program fails')")
    status, _, markdown = _plan(stack)
    assert status == 1
    assert "the program fails" in markdown
    stack.name = "nobody"
    status, _, markdown = _plan(stack)
    assert status == 1
    assert "no stack named 'nobody' found" in markdown


def test_drift_that_refresh_finds_is_in_the_plan(novu: Emulator, app: App, managed: Stack) -> None:
    environment = Environment(novu)
    environment.call("DELETE", f"/v2/workflows/{environment.stored()['order-shipped-0002'].id}")
    assert _plan(managed)[0] == 0
    status, plan, _ = _plan(managed, "--refresh")
    assert status == 2
    assert _ids(plan["workflows"]["created"]) == {"order-shipped-0002"}


def test_changes_of_overrides_are_in_the_plan_with_both_values(novu: Emulator, app: App, stack: Stack) -> None:
    app.deploy(*app.workflows, agents=["helper"])
    dashboard = Dashboard(novu)
    dashboard.environment.call("POST", "/v1/agents", json={"name": "Helper", "identifier": "helper"})
    stack.up("--skip-preview")
    arguments: dict[str, Any] = {
        "controls": {MAIL: {"body": "<b>@team</b>"}},
        "preferences": {"channels": {"sms": False}},
        "active": False,
    }
    stack.write(program(**arguments, validate_payload=True))
    status, plan, markdown = _plan(stack)
    assert (status, plan["others"]["created"]) == (2, 0)
    assert '- `body`: default `"The receipt"` → `"<b>@team</b>"`' in markdown
    assert "- `active`: `true` → `false`" in markdown
    assert "- `validatePayload` declared: `true`" in markdown
    assert [change["action"] for change in (*plan["controls"], *plan["preferences"])] == ["set", "set"]
    stack.up("--skip-preview")
    assert _plan(stack)[0] == 0

    dashboard.set_values(body="Edited")
    dashboard.set_override({"all": {"enabled": False, "readOnly": False}, "channels": {}})
    status, plan, markdown = _plan(stack, "--refresh")
    assert status == 2
    assert '- `body`: `"Edited"` → `"<b>@team</b>"`' in markdown
    assert "- `all.enabled`: `false` → `true`" in markdown
    stack.up("--skip-preview", "--refresh")

    moved = app.workflows[0]
    app.deploy({**moved, "id": "order-accepted"}, *app.workflows[1:])
    stack.write(program(renamed_from={"order-accepted": FIRST}))
    status, plan, markdown = _plan(stack)
    assert status == 3
    assert [(rename["before"], rename["after"]) for rename in plan["workflows"]["renamed"]] == [
        (FIRST, "order-accepted")
    ]
    assert (plan["controls"], plan["preferences"]) == ([], [])
    for line in (
        f"> - `{FIRST}` renamed to `order-accepted`",
        f">   - carries over the control values `body` of the step `{MAIL}`",
        ">   - carries over the preference override",
        ">   - carries over validatePayload `true`",
        "> - the bridge URL of the agent `helper`, ",
    ):
        assert line in markdown, markdown
    stack.up("--skip-preview")
    assert dashboard.values(MAIL, "order-accepted") == {"body": "<b>@team</b>"}

    # Removing the completed rename changes nothing in Novu. A step that is no longer declared is reset.
    stack.write(program(_workflow="order-accepted", controls={MAIL: {"body": "<b>@team</b>"}}))
    stack.up("--skip-preview")
    stack.write(program())
    status, plan, markdown = _plan(stack)
    assert status == 2
    assert f"- `order-accepted` step `{MAIL}` reset to the defaults of the code" in markdown
    assert [change["action"] for change in plan["controls"]] == ["reset"]
