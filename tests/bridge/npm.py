"""Installs the Node packages of a folder once per lock file.

python -m tests.bridge.npm FOLDER    does so for `make node`
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = ".installed-lock"
INSTALL_SECONDS = 300

# Download only the packages: no audit, no funding messages, no check for a newer npm.
QUIET = {"NO_UPDATE_NOTIFIER": "1", "npm_config_audit": "false", "npm_config_fund": "false"}


def executable(name: str) -> str:
    """Return the path of `node` or `npm`."""
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"{name} is not on PATH. The bridges are Node applications: install Node 20 or newer.")
    return path


def ensure_installed(folder: Path) -> None:
    """Run `npm ci` in a folder, unless its node_modules match the lock file."""
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / STAMP
    # The workers of pytest-xdist call this concurrently.
    with _locked(folder):
        if stamp.is_file() and stamp.read_text() == digest:
            return
        result = subprocess.run(
            [executable("npm"), "ci", "--ignore-scripts", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if result.returncode != 0:
            raise RuntimeError(f"npm ci failed in {folder}:\n{result.stdout}{result.stderr}")
        stamp.parent.mkdir(exist_ok=True)  # npm creates no folder for a lock file without packages
        stamp.write_text(digest)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, which needs no lock file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


if __name__ == "__main__":
    try:
        ensure_installed(Path(sys.argv[1]))
    except RuntimeError as error:
        sys.exit(str(error))
