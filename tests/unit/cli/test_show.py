"""`novu-provider show` prints text of an application without its control characters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from novu_provider.cli import main
from novu_provider.model.environment import Environment, StoredWorkflow
from novu_provider.model.registration import Registration, Step
from novu_provider.novu_api.client import NovuApi

_ESCAPES = "\x1b]0;title\x07\x1b[2J\u202e\r\nforged line"


def test_control_characters_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    registration = Registration(
        workflow_id=f"welcome{_ESCAPES}",
        name=_ESCAPES,
        description="",
        tags=(_ESCAPES,),
        severity="none",
        active=True,
        preferences={},
        payload_schema={},
        control_schema={},
        steps=(Step(step_id=_ESCAPES, type="email", control_schema={}, output_schema=None),),
    )
    environment = Environment("e1", _ESCAPES, "dev", f"https://app.example.com/{_ESCAPES}")
    workflows = [StoredWorkflow("1", registration), StoredWorkflow("2", replace(registration, workflow_id="b"))]
    monkeypatch.setattr(NovuApi, "environment", lambda _: environment)
    monkeypatch.setattr(NovuApi, "stored_workflows", lambda _: workflows)
    result = CliRunner().invoke(main, ["show"], env={"NOVU_SECRET_KEY": "d0d0d0d0000000000000000000000001"})
    assert result.exit_code == 0, result.output
    assert "welcome" in result.output
    assert all(line.isprintable() for line in result.output.split("\n"))
    assert not any(line.startswith("forged line") for line in result.output.split("\n"))
