"""Node packages of a folder, installed once per lock file."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = ".installed-lock"
INSTALL_SECONDS = 300

# Nothing but the packages themselves is fetched: no audit, no advertisement, no check for a newer npm.
QUIET = {"NO_UPDATE_NOTIFIER": "1", "npm_config_audit": "false", "npm_config_fund": "false"}


def executable(name: str) -> str:
    """The path of `node` or `npm`."""
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"{name} is not on PATH. The bridges are Node applications: install Node 20 or newer.")
    return path


def ensure_installed(folder: Path) -> None:
    """Run `npm ci` in a folder, unless its node_modules come from the lock file as it is now."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / STAMP
    # pytest-xdist's workers get here together.
    with _locked(folder):
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        done = subprocess.run(
            [executable("npm"), "ci"],
            cwd=folder,
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"npm ci failed in {folder}:\n{done.stdout}{done.stderr}")
        stamp.parent.mkdir(exist_ok=True)  # npm makes none for a lock file without packages
        stamp.write_text(wanted)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, which leaves no file behind."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
