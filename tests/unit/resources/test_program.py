"""Each thing in Novu is declared by one resource of a program; under mocks, a program may be built many times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from novu_provider.errors import SettingsError
from novu_provider.model.manifest import Manifest
from novu_provider.resources.program import Declarations, Subject
from tests.unit.documents import discover, entry

_CONTROLS = Subject("the control values of {stepId!r} of {workflowId!r}", why="Reason.", fix="Fix.")
_BINDING = Subject("the bridge of the environment", why="Reason.")


def _values(workflow_id: str, step_id: str) -> dict[str, str]:
    return {"workflowId": workflow_id, "stepId": step_id}


def test_a_second_declaration_names_both_resources() -> None:
    declarations = Declarations()
    declarations.add(_CONTROLS, _values("welcome", "email"), "StepControls 'a'")
    with pytest.raises(SettingsError) as caught:
        declarations.add(_CONTROLS, _values("welcome", "email"), "StepControls 'b' of Bridge 'app'")
    message = str(caught.value)
    assert (
        "the control values of 'email' of 'welcome': StepControls 'a' and StepControls 'b' of Bridge 'app'" in message
    )
    assert (caught.value.why, caught.value.fix) == ("Reason.", "Fix.")


def test_other_subjects_are_told_apart() -> None:
    declarations = Declarations()
    for subject, props in (
        (_CONTROLS, _values("welcome", "email")),
        (_CONTROLS, _values("welcome", "sms")),
        (_CONTROLS, _values("invoice", "email")),
        (_BINDING, {}),
    ):
        declarations.add(subject, props, "a resource")
    # No id can be written so that it reads as the ids of another resource.
    declarations.add(_CONTROLS, _values("b'", "a' of 'b"), "a resource")
    declarations.add(_CONTROLS, _values("b' of 'b'", "a"), "a resource")
    # Another program of the same process declares the same.
    Declarations().add(_BINDING, {}, "a resource")


#: In a process of its own: the SDK leaves event loops behind.
_TWO_BRIDGES = """
import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks())
import novu_provider as novu


@pulumi.runtime.test
def run():
    bridges = novu.Bridge("app"), novu.Bridge("other")
    assert [set(bridge.workflows) for bridge in bridges] == [{"welcome"}, {"welcome"}]
    return pulumi.Output.all(*(bridge.workflow_names for bridge in bridges))


run()
"""


def test_tests_with_mocks_may_build_programs_again(tmp_path: Path) -> None:
    manifest = tmp_path / "novu.manifest.json"
    manifest.write_text(Manifest.discovered(discover(entry("welcome")), "the test").dump(), encoding="utf-8")
    config = {
        "novu:secretKey": "made-up",
        "novu:bridgeUrl": "https://app.example.com/api/novu",
        "novu:manifest": str(manifest),
    }
    result = subprocess.run(
        [sys.executable, "-c", _TWO_BRIDGES],
        env={**os.environ, "PULUMI_CONFIG": json.dumps(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
