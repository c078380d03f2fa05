"""The recipe of docs/how-to/test-your-program.md works as printed: `Bridge` under Pulumi's mocks, without a network."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from novu_provider.model.manifest import Manifest
from tests.unit.documents import discover, entry, schema, step

pytestmark = pytest.mark.slow

_GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "test-your-program.md"

_NO_NETWORK = """
import socket


def _refuse(*_):
    raise AssertionError("the test connects to the network")


socket.socket.connect = socket.create_connection = socket.getaddrinfo = _refuse
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the two files of the guide and the manifest of an application."""
    program, test = (
        textwrap.dedent(block) for block in re.findall(r"```python\n(.*?) *```", _GUIDE.read_text("utf-8"), re.DOTALL)
    )
    (tmp_path / "notifications.py").write_text(program, encoding="utf-8")
    (tmp_path / "test_notifications.py").write_text(_NO_NETWORK + test, encoding="utf-8")
    welcome = entry("welcome", step("email", controls=schema(subject={"type": "string"})))
    manifest = Manifest.discovered(discover(welcome), "the test")
    (tmp_path / "novu.manifest.json").write_text(manifest.dump(), encoding="utf-8")
    return tmp_path


def _run_tests(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unittest", "-v"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_documented_tests_pass(project: Path) -> None:
    result = _run_tests(project)
    assert result.returncode == 0, result.stdout
    assert "Ran 2 tests" in result.stdout


def test_a_documented_test_fails_for_another_program(project: Path) -> None:
    program = project / "notifications.py"
    program.write_text(program.read_text(encoding="utf-8").replace("active=False", "active=True"), encoding="utf-8")
    result = _run_tests(project)
    assert result.returncode != 0
    assert "test_welcome_is_inactive" in result.stdout


def test_an_unknown_workflow_id_fails_the_import(project: Path) -> None:
    program = project / "notifications.py"
    program.write_text(program.read_text(encoding="utf-8").replace('"welcome"', '"welcom"'), encoding="utf-8")
    result = _run_tests(project)
    assert result.returncode != 0
    assert "'welcom'" in result.stdout
