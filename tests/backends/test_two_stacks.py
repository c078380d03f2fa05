"""Two stacks for one environment: the second is refused, and the error lists the workflows of the first."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.backends.conftest import BackgroundCommand, Team, hold_syncs
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.novu import writes

_FIRST = {spec["id"] for spec in specs.shop(3)}


def _second_application(bridges: BridgeProcess, novu: Emulator) -> App:
    app = App(bridges, novu.development_key)
    app.deploy(specs.workflow("invoice"), specs.workflow("reminder"))
    return app


def test_the_second_stack_is_refused_and_changes_nothing(team: Team, bridges: BridgeProcess) -> None:
    first_stack, second_stack = team.stack(name="one"), team.stack(_second_application(bridges, team.novu), "two")
    first_stack.up("--skip-preview")
    team.novu.clear_requests()
    for attempt in (
        second_stack.preview,
        second_stack.up,
        lambda **options: second_stack.up("--skip-preview", **options),
    ):
        refused = attempt(fails=True)
        assert all(repr(workflow_id) in refused.output for workflow_id in _FIRST)
        assert "Another bridge or stack" in refused.output
    assert first_stack.up("--skip-preview").changes == set()
    assert writes(team.novu) == []
    assert team.environment.ids() == _FIRST
    assert second_stack.resources() == {}


def test_a_stack_that_lost_a_race_warns_and_deletes_nothing(team: Team, bridges: BridgeProcess) -> None:
    first_stack, second_stack = team.stack(name="one"), team.stack(_second_application(bridges, team.novu), "two")
    # Both stacks pass their guards on an empty environment. The second one syncs while the first sync waits.
    with hold_syncs(team.proxy) as gate, BackgroundCommand(first_stack, "up", "--yes") as first:
        gate.await_request()
        team.proxy.respond = lambda _request, _forward: None
        second_stack.up("--skip-preview")
        gate.open()
        assert first.wait() == 0, first.output
    assert team.environment.ids() == _FIRST
    # The second stack's declaration has not changed, so its plan is empty, but it contains a warning.
    team.novu.clear_requests()
    preview = second_stack.preview()
    assert "another stack or `novu sync`" in preview.output
    second_stack.refresh()
    refused = second_stack.up(fails=True)
    assert all(repr(workflow_id) in refused.output for workflow_id in _FIRST)
    assert first_stack.preview().changes == set()
    assert "another stack" not in first_stack.preview().output
    assert writes(team.novu) == []
    assert team.environment.ids() == _FIRST
