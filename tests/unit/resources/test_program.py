"""Each thing in Novu is declared by one resource of a program; under mocks, a program may be built many times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import set_all_config

import novu_provider as novu
from novu_provider.errors import SettingsError
from novu_provider.model.manifest import Manifest
from novu_provider.resources.program import Declarations, Subject
from tests.unit.documents import discover, entry
from tests.unit.resources.mocked import run_program

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


class _Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        return {}


def test_tests_with_mocks_may_build_programs_again(tmp_path: Path) -> None:
    manifest = tmp_path / "novu.manifest.json"
    manifest.write_text(Manifest.discovered(discover(entry("welcome")), "the test").dump(), encoding="utf-8")
    set_all_config(
        {
            "novu:secretKey": "made-up",
            "novu:bridgeUrl": "https://app.example.com/api/novu",
            "novu:manifest": str(manifest),
        }
    )

    def build() -> pulumi.Output[Any]:
        bridges = novu.Bridge("app"), novu.Bridge("other")
        assert [set(bridge.workflows) for bridge in bridges] == [{"welcome"}, {"welcome"}]
        return pulumi.Output.all(*(bridge.workflow_names for bridge in bridges))

    try:
        run_program(_Mocks(), build)
    finally:
        set_all_config({})
