"""The first `up` in an environment that `novu sync` filled: what it says, and what it writes."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Stack
from tests.engine.test_review import _plan

_LINE = "in Novu, this update adopts 5, creates 1, changes 1, deletes 0 workflows"


def _fill(novu: Emulator, app: App) -> list[specs.Spec]:
    """Sync six workflows, and then deploy seven: one is new, one has another tag and another severity."""
    workflows = specs.shop(7)
    app.deploy(*workflows[:6])
    Environment(novu).sync(app.url)
    workflows[1] = {**workflows[1], "tags": ["changed"], "name": "Another name"}
    app.deploy(*workflows)
    novu.clear_requests()
    return workflows


def test_preview_and_update_say_what_is_adopted(novu: Emulator, app: App, stack: Stack) -> None:
    workflows = _fill(novu, app)
    assert _LINE in stack.preview().output
    status, plan, shown = _plan(stack)
    assert (status, plan["status"]) == (2, "changes")
    same = [spec["id"] for spec in workflows[:6] if spec["id"] != workflows[1]["id"]]
    assert plan["adopted"] == sorted(same)
    assert [one["workflowId"] for one in plan["workflows"]["created"]] == [workflows[6]["id"]]
    (changed,) = plan["workflows"]["changed"]
    assert changed["workflowId"] == workflows[1]["id"]
    assert {tuple(one["path"]): one["after"] for one in changed["changes"]} == {
        ("name",): "Another name",
        ("tags",): ["changed"],
    }
    assert "## Novu: 5 workflows adopted, 1 created, 1 changed" in shown
    assert "this update adopts" not in shown
    assert writes(novu) == []
    assert _LINE in stack.up().output
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert stack.up("--skip-preview").changes == set()


def test_an_environment_that_matches_is_adopted_without_a_write(novu: Emulator, app: App, stack: Stack) -> None:
    Environment(novu).sync(app.url)
    novu.clear_requests()
    _, plan, shown = _plan(stack)
    assert (plan["adopted"], plan["workflows"]["created"]) == (sorted(Environment(novu).ids()), [])
    assert "## Novu: 3 workflows adopted" in shown
    # Without a preview, the update itself tells.
    assert "adopts 3, creates 0, changes 0, deletes 0 workflows" in stack.up("--skip-preview").output
    assert writes(novu) == []


def test_a_stale_plan_is_not_repeated_by_the_update(novu: Emulator, app: App, stack: Stack) -> None:
    """Novu changes between the preview and the update: each tells what it found itself."""
    _fill(novu, app)
    assert _LINE in stack.preview().output
    Environment(novu).sync(app.url)
    output = stack.up("--skip-preview").output
    assert "adopts 7, creates 0, changes 0, deletes 0 workflows" in output
    assert _LINE not in output


def test_later_updates_count_too(novu: Emulator, app: App, managed: Stack) -> None:
    first, second, _ = specs.shop(3)
    app.deploy({**first, "name": "Changed"}, second, specs.shop(4)[3])
    assert "adopts 0, creates 1, changes 1, deletes 1 workflows" in managed.preview().output
    app.deploy(*specs.shop(3))
    assert "this update adopts" not in managed.preview().output
