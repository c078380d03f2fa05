"""A rename is killed between the sync that deletes the old workflow and the writes that set what people had set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults import recovery
from tests.faults.cells import CALLS
from tests.faults.declared import PEOPLE, RENAMING, Overrides, reached
from tests.faults.judge import NovuContents
from tests.faults.names import LEFT, NEW, REMINDER
from tests.faults.processes import EngineRun
from tests.faults.proxy import Call, Fault
from tests.faults.scenes import World

#: The first request after the sync has been read back. It reads: contents there, nothing has been written yet.
_BETWEEN = Call("GET", f"/v1/bridge/controls/{NEW}/{REMINDER}")


@pytest.mark.parametrize("killed", ["engine", "provider"])
def test_what_people_had_set_arrives(killed: str, shared_world: World, tmp_path: Path) -> None:
    world = shared_world
    with world.novu("set", tmp_path) as server:
        world.deploy("other-id")
        stack = world.stack("set", tmp_path / "project")
        stack.write(RENAMING)
        world.novu_proxy.arm(Fault.STALL, _BETWEEN, CALLS["rename"].novu.index(_BETWEEN), lasting=True)
        with EngineRun(stack) as run:
            _wait_until_met(world, run)
            if killed == "engine":
                run.kill_engine()
            else:
                run.kill_provider()
                assert run.wait() not in (None, 0)
        world.novu_proxy.disarm()

        # Only the state still has it.
        contents = NovuContents.read(server)
        assert NEW in contents.ids
        assert LEFT not in contents.ids
        assert Overrides.read(server).controls == {key: one for key, one in PEOPLE.controls.items() if key[0] != LEFT}
        assert Overrides.read(server).preferences == {}

        _, output = recovery.up(stack)
        assert Overrides.read(server) == reached("rename", world.bridge_proxy.url), output
        assert f"'{NEW}' keeps from its former id" in output
        assert stack.up("--skip-preview").changes == set()


def _wait_until_met(world: World, run: EngineRun) -> None:
    while not world.novu_proxy.met:
        assert run.wait(0) is None, "the update ended before its rename was carried over"
        time.sleep(0.01)
