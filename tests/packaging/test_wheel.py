"""The built wheel, installed where there is nothing but what it requires."""

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
def made(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return package.build(_ROOT, tmp_path_factory.mktemp("built") / "dist")


def test_the_files_pass_the_checks_of_a_release(made: Distribution) -> None:
    package.check(made)


def test_the_wheel_has_the_package_and_no_other(made: Distribution) -> None:
    with zipfile.ZipFile(made.wheel) as files:
        names = files.namelist()
    assert {name.split("/")[0] for name in names} == {"novu_provider", f"novu_provider-{_version(made)}.dist-info"}
    assert "novu_provider/py.typed" in names
    in_the_checkout = {str(file.relative_to(_ROOT)) for file in (_ROOT / "novu_provider").rglob("*.py")}
    page = _ROOT / "novu_provider" / "emulator" / "page"
    in_the_checkout |= {
        str(file.relative_to(_ROOT)) for part in ("templates", "static") for file in (page / part).iterdir()
    }
    assert "novu_provider/emulator/page/static/page.js" in in_the_checkout
    assert in_the_checkout <= set(names)


def test_no_extra_is_left(made: Distribution) -> None:
    assert made.metadata().get_all("Provides-Extra") is None


def test_the_command_runs_with_what_the_wheel_requires(made: Distribution, tmp_path: Path) -> None:
    """Every import of the command line is covered by a plain dependency, and by none of the development tools."""
    python = closure.make(tmp_path / "venv", made.metadata().get_all("Requires-Dist") or ())
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    for arguments in (["install", "--quiet", "--no-index", "--no-deps", str(made.wheel)], ["check"]):
        done = subprocess.run(
            [*pip, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    assert subprocess.run([str(python), "-c", "import pytest"], capture_output=True, check=False).returncode != 0
    package.try_out(python.parent, tmp_path, _version(made))


def _version(made: Distribution) -> str:
    return str(made.metadata()["Version"])
