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


def skip_reason(environ: Mapping[str, str]) -> str | None:
    """Return why the installer is skipped, or None.

    CI builds from the pinned modules, so that every run has the same engine. `NOVU_ENGINE=build` requests that
    elsewhere.
    """
    choice = environ.get("NOVU_ENGINE", "")
    if choice not in ("", "build"):
        raise EngineError(
            f"NOVU_ENGINE is {choice!r}.",
            "The only valid value is `build`, which skips Pulumi's installer.",
            "Unset it, or set it to `build`.",
        )
    if choice == "build":
        return "NOVU_ENGINE=build"
    if environ.get("CI", "").lower() in ("1", "true", "yes"):
        return "CI is set"
    return None


def resolves(host: str, *, seconds: float = RESOLVE_SECONDS, lookup: Callable[[str], object] | None = None) -> bool:
    """Return whether a host name resolves within `seconds`. No connection is opened.

    The lookup runs in a thread, because the system's resolver has no timeout: behind a firewall that drops packets it
    takes half a minute per name.
    """
    resolved = threading.Event()
    resolve = lookup or (lambda name: socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))

    def run() -> None:
        try:
            resolve(host)
        except OSError:
            return
        resolved.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return resolved.is_set()


def install(python: Path, environ: Mapping[str, str]) -> Path:
    """Run the installer with the Python of the virtual environment and return the directory of `pulumi`.

    The engine has the SDK's version, and it stays in `~/.pulumi/versions` for later runs.
    """
    failure = EngineError(
        "Pulumi's installer did not install an engine.",
        f"{HOST} resolves, but a proxy or a firewall may block it, or there is no build for this system.",
        "Install Pulumi manually and add it to PATH, or set NOVU_ENGINE=build to build it from Go modules.",
    )
    try:
        result = subprocess.run(
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
        failure.what += f" Its last output: {last[0]}"
        raise failure from error
    except (OSError, subprocess.TimeoutExpired) as error:
        failure.what += f" {error}"
        raise failure from error
    return Path(result.stdout.strip().splitlines()[-1]).parent


def python_of(root: Path) -> Path | None:
    """Return the Python of the project's virtual environment; None before `make venv`."""
    python = root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return python if python.exists() else None
