"""Test processes end with their parent, and packages are installed when the lock file changes."""

import shutil
from pathlib import Path

import pytest

from . import node, npm
from .node import NodeServer
from .process import HERE

pytestmark = pytest.mark.node


def test_the_bridges_end_when_their_parent_ends() -> None:
    with NodeServer(HERE) as server:
        stdin = server.process.stdin
        assert stdin is not None
        stdin.close()
        assert server.process.wait(node.STOP_SECONDS) == 0


def test_the_bridges_end_on_sigterm() -> None:
    with NodeServer(HERE) as server:
        server.process.terminate()
        assert server.process.wait(node.STOP_SECONDS) == 0


def test_a_server_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {"": {}}}')
    (tmp_path / "server.js").write_text("process.exit(3)")
    with pytest.raises(RuntimeError, match="ended with 3 before it was ready"), NodeServer(tmp_path):
        pass


def test_packages_are_installed_once_per_lock_file(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, tmp_path)
    lock = tmp_path / "package-lock.json"
    lock.write_text('{"lockfileVersion": 3, "packages": {"": {}}}')
    (tmp_path / "package.json").write_text("{}")
    mark = tmp_path / "node_modules" / "mark"

    npm.ensure_installed(tmp_path)
    mark.touch()
    npm.ensure_installed(tmp_path)
    assert mark.exists(), "the lock file has not changed, so npm must not run"
    lock.write_text(lock.read_text() + "\n")
    npm.ensure_installed(tmp_path)
    assert not mark.exists(), "npm ci deletes node_modules first"


@pytest.mark.parametrize(
    "folder",
    [HERE, HERE.parent / "unit" / "doctor" / "old", HERE.parent.parent / "examples" / "bridge"],
    ids=["tests", "old", "example"],
)
def test_lock_files_contain_no_download_url(folder: Path) -> None:
    assert '"resolved"' not in (folder / "package-lock.json").read_text()
