"""Rare options (docs/reference/pulumi-options.md), and unusual folders and locales (docs/reference/program.md)."""

from __future__ import annotations

import subprocess
from copy import copy
from pathlib import Path

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment, writes
from tests.engine.stack import Change, Stack

_ALL = {spec["id"] for spec in specs.shop(3)}


def test_a_refresh_can_run_the_program(novu: Emulator, managed: Stack) -> None:
    novu.clear_requests()
    # The engine logs an update of the component for its empty outputs, but counts it as unchanged.
    assert "6 unchanged" in managed.refresh("--run-program").output
    assert managed.preview().changes == set()
    assert writes(novu) == []


def test_resources_move_to_another_stack(novu: Emulator, managed: Stack) -> None:
    urns = [resource["urn"] for resource in managed.deployment()["resources"] if "novu" in resource["type"]]
    destination = copy(managed)
    destination.name = "destination"
    destination.run("stack", "init", "destination")
    novu.clear_requests()
    # This command has the options `--source` and `--dest` instead of `--stack`.
    command = ["pulumi", "state", "move", "--source", "test", "--dest", "destination", "--yes", *urns]
    subprocess.run(command, cwd=managed.directory, env=managed.environ, check=True, capture_output=True, timeout=300)
    assert managed.resources() == {}
    assert destination.up("--skip-preview").changes == set()
    assert writes(novu) == []
    destination.destroy()
    assert Environment(novu).ids() == set()


def test_paths_may_contain_spaces(novu: Emulator, app: App, tmp_path: Path) -> None:
    variables = {"NOVU_SECRET_KEY": app.key, "NOVU_API_URL": novu.url, "NOVU_BRIDGE_URL": app.url}
    stack = Stack(tmp_path / "a folder", variables)
    stack.up("--skip-preview")
    assert Environment(novu).ids() == _ALL
    assert stack.refresh().changes == set()


def test_the_c_locale_keeps_text_in_all_scripts(novu: Emulator, app: App, managed: Stack) -> None:
    managed.start_cold()
    # Without Python's UTF-8 mode: its standard streams and its default for files are ASCII.
    managed.environ |= {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    name = "Bestellung für 東京 ✓"
    app.deploy(*specs.shop(2), specs.workflow("grüße", name=name))
    assert Change("create", "Workflow", "grüße") in managed.up().changes
    assert Environment(novu).stored()["grüße"].registration.name == name
    assert managed.refresh().changes == set()
    managed.config(protect="grüße")
    app.deploy(*specs.shop(3))
    assert "'grüße'" in managed.preview(fails=True).output


def test_no_command_writes_into_the_project(novu: Emulator, managed: Stack) -> None:
    managed.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    other_folders = {"state", "home", "bin"}

    def files() -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns
            for entry in managed.directory.iterdir()
            if entry.name not in other_folders
            for path in (entry, *entry.rglob("*"))
        }

    before = files()
    # Root may write nevertheless, so the test compares the files too.
    managed.directory.chmod(0o555)
    try:
        for command in (("preview",), ("up", "--yes"), ("refresh", "--yes"), ("destroy", "--yes")):
            managed.run(*command)
            assert files() == before, command
    finally:
        managed.directory.chmod(0o755)
    assert Environment(novu).ids() == set()
