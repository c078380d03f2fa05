"""Pulumi's own installer, through the Automation API of the SDK in the project's virtual environment."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.pulumi_engine.errors import EngineError

HOST = "get.pulumi.com"
RESOLVE_SECONDS = 3.0
INSTALL_SECONDS = 600

_PROGRAM = "from pulumi.automation import PulumiCommand; print(PulumiCommand.install().command)"


def unwanted(environ: Mapping[str, str]) -> str | None:
    """Say why the installer shall not be asked, None when it may be.

    CI builds from the pinned modules so that every run has the same engine; `NOVU_ENGINE=build` asks for that
    elsewhere.
    """
    choice = environ.get("NOVU_ENGINE", "")
    if choice not in ("", "build"):
        raise EngineError(
            f"NOVU_ENGINE is {choice!r}.",
            "The only value it knows is `build`, which leaves out Pulumi's installer.",
            "Unset it, or set it to `build`.",
        )
    if choice == "build":
        return "NOVU_ENGINE=build"
    if environ.get("CI", "").lower() in ("1", "true", "yes"):
        return "CI is set"
    return None


def resolves(host: str, *, seconds: float = RESOLVE_SECONDS, lookup: Callable[[str], object] | None = None) -> bool:
    """Whether the host's name has an address, within `seconds`. No connection is opened.

    The look-up runs in a thread of its own because the system's resolver has no bound: behind a firewall that drops
    packets it takes half a minute per name.
    """
    found = threading.Event()
    ask = lookup or (lambda name: socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))

    def look_up() -> None:
        try:
            ask(host)
        except OSError:
            return
        found.set()

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(seconds)
    return found.is_set()


def install(python: Path, environ: Mapping[str, str]) -> Path:
    """Run the installer with the virtual environment's Python; return the directory that holds `pulumi`.

    The engine's version is the SDK's, and it stays in `~/.pulumi/versions` for the next time.
    """
    failure = EngineError(
        "Pulumi's installer did not install an engine.",
        f"{HOST} has an address, but a proxy or a firewall may stand between, or it offers no build for this system.",
        "Install Pulumi by hand and put it on PATH, or set NOVU_ENGINE=build to build it from Go modules.",
    )
    try:
        done = subprocess.run(
            [str(python), "-c", _PROGRAM],
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or ["no message"]
        failure.what += f" It ended with: {last[0]}"
        raise failure from error
    except (OSError, subprocess.TimeoutExpired) as error:
        failure.what += f" {error}"
        raise failure from error
    return Path(done.stdout.strip().splitlines()[-1]).parent


def python_of(root: Path) -> Path | None:
    """Name the Python of the project's virtual environment, None before `make venv`."""
    python = root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return python if python.exists() else None
