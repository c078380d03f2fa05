"""The built wheel, installed into an environment that contains only its dependencies."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging import closure
from tools.dist import package
from tools.dist.package import Distribution

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return package.build(_ROOT, tmp_path_factory.mktemp("built") / "dist")


def test_the_files_pass_the_checks_of_a_release(distribution: Distribution) -> None:
    package.check(distribution)


def test_the_wheel_contains_only_the_package(distribution: Distribution) -> None:
    with zipfile.ZipFile(distribution.wheel) as files:
        names = files.namelist()
    assert {name.split("/")[0] for name in names} == {
        "novu_provider",
        f"novu_provider-{_version(distribution)}.dist-info",
    }
    assert "novu_provider/py.typed" in names
    source_files = {str(file.relative_to(_ROOT)) for file in (_ROOT / "novu_provider").rglob("*.py")}
    page = _ROOT / "novu_provider" / "emulator" / "page"
    source_files |= {
        str(file.relative_to(_ROOT)) for part in ("templates", "static") for file in (page / part).iterdir()
    }
    source_files |= {
        str(file.relative_to(_ROOT)) for file in (_ROOT / "novu_provider" / "pipelines" / "templates").iterdir()
    }
    assert "novu_provider/emulator/page/static/page.js" in source_files
    assert "novu_provider/pipelines/templates/novu-ci.sh" in source_files
    assert source_files <= set(names)


def test_the_wheel_has_no_extras(distribution: Distribution) -> None:
    assert distribution.metadata().get_all("Provides-Extra") is None


def test_the_command_runs_with_the_dependencies_of_the_wheel(distribution: Distribution, tmp_path: Path) -> None:
    """Every import of the command line belongs to a declared dependency and not to a development tool."""
    python = closure.make(tmp_path / "venv", distribution.metadata().get_all("Requires-Dist") or ())
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    for arguments in (["install", "--quiet", "--no-index", "--no-deps", str(distribution.wheel)], ["check"]):
        result = subprocess.run(
            [*pip, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert result.returncode == 0, result.stdout
    assert subprocess.run([str(python), "-c", "import pytest"], capture_output=True, check=False).returncode != 0
    package.try_out(python.parent, tmp_path, _version(distribution))
    folder = tmp_path / "an empty folder"
    folder.mkdir()
    command = [str(python.with_name("novu-provider")), "ci", "github"]
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
    assert {file.name for file in folder.rglob("*") if file.is_file()} == {"novu.yml", "novu-ci.sh"}


def _version(distribution: Distribution) -> str:
    return str(distribution.metadata()["Version"])
