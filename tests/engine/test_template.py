"""`pulumi new` with the template in examples/template makes a project that works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from novu_provider.cli import project_files
from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App
from tests.engine.novu import Environment
from tests.engine.stack import Stack

_TEMPLATE = Path(__file__).parents[2] / "examples" / "template"


def test_pulumi_new_makes_a_project_that_manages_the_environment(novu: Emulator, app: App, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    command = ["pulumi", "new", str(_TEMPLATE), "--yes", "--generate-only", "--name", "shop"]
    subprocess.run(
        [*command, "--description", "Notifications: all"],
        cwd=project,
        env={**os.environ, "PULUMI_HOME": str(tmp_path / "home"), "PULUMI_BACKEND_URL": f"file://{tmp_path}"},
        check=True,
        timeout=120,
    )
    made = {path: (project / path).read_text(encoding="utf-8") for path in project_files.template()}
    document = yaml.safe_load(made["Pulumi.yaml"])
    assert (document["name"], document["description"]) == ("shop", "Notifications: all")
    assert document["stackConfigDir"] == project_files.STACKS
    assert made["__main__.py"] == project_files.template()["__main__.py"]

    # In place of `pulumi install`, which would install the package from its repository.
    (project / ".venv").symlink_to(sys.prefix)
    stack = Stack(
        project, {"NOVU_SECRET_KEY": app.key}, name="dev", program=made["__main__.py"], project=made["Pulumi.yaml"]
    )
    stack.config(bridgeUrl=app.url, apiUrl=novu.url)
    configuration = yaml.safe_load(stack.settings.read_text(encoding="utf-8"))["config"]
    assert configuration["novu:environment"] == "Development"
    assert stack.preview().workflows("create") == {spec["id"] for spec in specs.shop(3)}
    stack.up()
    assert Environment(novu).ids() == {spec["id"] for spec in specs.shop(3)}
    assert stack.preview().changes == set()
