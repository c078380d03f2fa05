"""Values that the real Pulumi CLI writes into a stack's configuration are read back unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from novu_provider.cli.stack import PulumiStack, read, why_not_writable, write
from tests.engine.stack import Stack

_UNUSUAL_VALUES: dict[str, Any] = {
    "text of digits": "2026",
    "text of a date": "2026-01-01",
    "text of a word": "true",
    "text of null": "null",
    "liquid": "{{payload.name}} {% if a %}@{% endif %}",
    "lines": "one\n  two\n\nthree \n",
    "scripts": "お知らせ \u2028 \U0001f600 <b> & \x01",
    "true": True,
    "false": False,
    "null": None,
    "integer": -3,
    "fraction": 1.5,
    "small": 1.25e-7,
    "list": [1, "a", {"deep": [None, {}]}, []],
    "object": {"a.b": {"c": [False]}, "": 0},
    "dotted.key": "x",
    'quoted "key"': "x",
    "[0]": "x",
    "0": "x",
    "ключ": "x",
    **{f"long {number}": "x" * 20_000 for number in range(4)},
}

_FILE = """\
# Reviewed
config:
  novu:workflows: # of this environment
    welcome:
      # Until the launch
      active: false
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiStack:
    project = tmp_path / "project"
    engine_stack = Stack(project, {}, name="prod")
    for name, value in engine_stack.pulumi_variables.items():
        monkeypatch.setenv(name, value)
    secrets_provider = (project / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    (project / "Pulumi.prod.yaml").write_text(_FILE + secrets_provider, encoding="utf-8")
    return PulumiStack("prod", project)


def test_values_of_each_kind_and_the_rest_of_the_file_are_kept(stack: PulumiStack) -> None:
    paths: dict[tuple[str, ...], Any] = {
        ("workflows", "welcome", "controls", "mail", key): value for key, value in _UNUSUAL_VALUES.items()
    }
    assert [why_not_writable(path, value) for path, value in paths.items()] == [None] * len(paths)
    write(stack, paths)
    configuration = read(stack)
    assert configuration.values["workflows"] == {"welcome": {"active": False, "controls": {"mail": _UNUSUAL_VALUES}}}
    assert configuration.secret == frozenset()
    text = (stack.cwd / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert [line for line in _FILE.splitlines() if line not in text] == []


def test_a_value_can_replace_a_value_of_another_kind(stack: PulumiStack) -> None:
    for value in ({"all": {"enabled": True}}, False, ["x"], {"all": {"enabled": False}, "channels": {}}):
        write(stack, {("workflows", "welcome", "preferences"): value})
        assert read(stack).values["workflows"]["welcome"] == {"active": False, "preferences": value}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("workflows", "a:b", "active"), False),
        (("workflows", "a", "controls", "mail", "back\\slash"), "x"),
        (("workflows", "a", "controls", "mail", ""), "x"),
        (("workflows", "a", "controls", "mail", "secure"), "x"),
        (("workflows", "a", "controls", "mail", "key"), [{"secure": "v1:abc"}]),
        (("workflows", "a", "controls", "mail", "key"), "x" * 200_000),
    ],
)
def test_a_value_that_pulumi_cannot_write_has_a_reason(path: tuple[str, ...], value: Any) -> None:
    assert why_not_writable(path, value)


def test_the_password_meter_of_pulumi_rates_values(tmp_path: Path) -> None:
    """The build of the engine changes when the meter reads its word lists (`tools/pulumi_engine/password_meter.py`)."""
    stack = Stack(tmp_path, {})
    stack.run("config", "set", "token", "correct-horse-battery")
    refusal = stack.run("config", "set", "token", "Zk8vQ2mN7xR4tY1wB6pL", fails=True)
    assert "looks like a secret" in refusal.output
