"""Two stacks bound to one environment: the second is refused, by the names of the first's workflows."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.backends.conftest import Running, Team, shut
from tests.bridge import specs
from tests.bridge.process import BridgeProcess
from tests.engine.conftest import App
from tests.engine.novu import writes

_FIRST = {spec["id"] for spec in specs.shop(3)}


def _second(bridges: BridgeProcess, novu: Emulator) -> App:
    app = App(bridges, novu.development_key)
    app.deploy(specs.workflow("invoice"), specs.workflow("reminder"))
    return app


def test_the_second_stack_is_refused_and_nothing_goes_to_and_fro(team: Team, bridges: BridgeProcess) -> None:
    one, two = team.stack(name="one"), team.stack(_second(bridges, team.novu), "two")
    one.up()
    team.novu.clear_requests()
    for attempt in (two.preview, two.up, lambda **options: two.up("--skip-preview", **options)):
        refused = attempt(fails=True)
        assert all(repr(workflow_id) in refused.output for workflow_id in _FIRST)
        assert "Another bridge or stack" in refused.output
    assert one.up().changes == set()
    assert writes(team.novu) == []
    assert team.environment.ids() == _FIRST
    assert two.resources() == {}


def test_a_stack_that_lost_a_race_says_so_and_takes_nothing_back(team: Team, bridges: BridgeProcess) -> None:
    one, two = team.stack(name="one"), team.stack(_second(bridges, team.novu), "two")
    # Both pass their guards on an empty environment; the first's sync is under way while the second makes its own.
    with shut(team.gate) as door, Running(one, "up", "--yes") as first:
        door.await_request()
        team.gate.respond = lambda _request, _pass: None
        two.up()
        door.open()
        assert first.wait() == 0, first.output
    assert team.environment.ids() == _FIRST
    # Nothing of the second's declaration has changed, so its plan is empty, but not silent.
    team.novu.clear_requests()
    silent = two.preview()
    assert "another stack or `novu sync`" in silent.output
    two.refresh()
    refused = two.up(fails=True)
    assert all(repr(workflow_id) in refused.output for workflow_id in _FIRST)
    assert one.preview().changes == set()
    assert "another stack" not in one.preview().output
    assert writes(team.novu) == []
    assert team.environment.ids() == _FIRST
