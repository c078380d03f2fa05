"""The life of a stack on each backend."""

from __future__ import annotations

from tests.backends.conftest import Team
from tests.bridge import specs
from tests.engine.novu import writes


def test_from_stack_init_to_stack_rm(team: Team) -> None:
    stack = team.stack(passphrase=True)
    created = stack.up().workflows("create")
    assert len(created) == 3
    assert team.environment.ids() == created
    team.novu.clear_requests()
    assert stack.preview().changes == set()
    assert writes(team.novu) == []
    team.app.deploy(*specs.shop(4)[1:])
    stack.up("--skip-preview")
    assert team.environment.ids() == {spec["id"] for spec in specs.shop(4)[1:]}
    assert stack.refresh().changes == set()
    stack.destroy()
    assert team.environment.ids() == set()
    assert team.environment.bridge_url() == ""
    assert len(stack.run("stack", "history", "--json").output) > 2
    stack.run("stack", "rm", "--yes")
    assert stack.run("stack", "rm", "--yes", fails=True).output
