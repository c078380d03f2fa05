"""The directory of a run, emptied at its start, and the environment of its processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.demo.errors import DemoError

ROOT = Path(__file__).resolve().parents[2]
STACK = "local"

_MARKER = "made-by-make-demo"
"""A file that marks a directory of the demo. It is locked during a run."""

_FOREIGN = ("NOVU_", "PULUMI_", "VERCEL_")


@dataclass(frozen=True)
class Workspace:
    """Paths of one run."""

    directory: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the embedded Novu."""
        return self.directory / "novu.sqlite3"

    @property
    def config_file(self) -> Path:
        """A copy of the stack's file for this run, because the engine writes its encryption salt into it."""
        return self.project / "stacks" / f"Pulumi.{STACK}.yaml"

    @property
    def project(self) -> Path:
        """A copy of the project file for the stack."""
        return self.directory / "project"

    @property
    def home(self) -> Path:
        """Pulumi's home directory, instead of the user's `~/.pulumi`."""
        return self.directory / "home"

    @property
    def state(self) -> Path:
        """The directory of the file backend."""
        return self.directory / "state"

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.directory / f"{name}.log"

    def environ(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a child process: the user's, without the settings of a real Novu or backend."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        environ |= {
            # The engine starts the first `python3` on PATH.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")]),
            "PULUMI_BACKEND_URL": self.state.as_uri(),
            "PULUMI_HOME": str(self.home),
            "PULUMI_STACK": STACK,
            "PULUMI_CONFIG_PASSPHRASE": "a made-up passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Enables the flag `--event-log`, as the Automation API does.
            "PULUMI_DEBUG_COMMANDS": "true",
            # The user's proxy must not be used for loopback.
            "NO_PROXY": ",".join(filter(None, [environ.get("NO_PROXY"), "127.0.0.1"])),
        }
        return environ | dict(variables)


@contextmanager
def fresh(directory: Path) -> Iterator[Workspace]:
    """Empty the directory and lock it for this run.

    :raises DemoError: it is in use, or it contains other files than those of an earlier run.
    """
    directory = directory.absolute()
    marker = directory / _MARKER
    if directory.is_dir() and any(directory.iterdir()) and not marker.exists():
        raise DemoError(f"{directory} is not empty and does not belong to an earlier demo. Choose another --directory.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = marker.open("w")
    except OSError as error:
        raise DemoError(f"{directory} cannot be used ({error.strerror}). Choose another --directory.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"another demo is running in {directory}. Wait for its end, or choose another --directory."
            ) from None
        _empty(directory)
        workspace = Workspace(directory)
        workspace.state.mkdir()
        workspace.config_file.parent.mkdir(parents=True)
        shutil.copy(ROOT / "Pulumi.yaml", workspace.project)
        shutil.copy(ROOT / "stacks" / workspace.config_file.name, workspace.config_file)
        yield workspace


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _MARKER:
            entry.unlink()
