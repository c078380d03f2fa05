"""Values written into a stack's configuration by the real Pulumi CLI are read back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from novu_provider.cli.stack import StackName, read, why_not_writable, write
from tests.engine.stack import Stack

_ODD: dict[str, Any] = {
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
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackName:
    project = tmp_path / "project"
    made = Stack(project, {}, name="prod")
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK"):
        monkeypatch.setenv(name, made.environ[name])
    salt = (project / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    (project / "Pulumi.prod.yaml").write_text(_FILE + salt, encoding="utf-8")
    return StackName("prod", project)


def test_values_of_every_kind_survive_and_so_does_what_else_is_in_the_file(stack: StackName) -> None:
    paths: dict[tuple[str, ...], Any] = {
        ("workflows", "welcome", "controls", "mail", key): value for key, value in _ODD.items()
    }
    assert [why_not_writable(path, value) for path, value in paths.items()] == [None] * len(paths)
    write(stack, paths)
    found = read(stack)
    assert found.values["workflows"] == {"welcome": {"active": False, "controls": {"mail": _ODD}}}
    assert found.secret == frozenset()
    text = (stack.cwd / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert [line for line in _FILE.splitlines() if line not in text] == []


def test_a_value_replaces_one_of_another_kind(stack: StackName) -> None:
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
def test_what_pulumi_would_refuse_or_mistake_is_named(path: tuple[str, ...], value: Any) -> None:
    assert why_not_writable(path, value)
