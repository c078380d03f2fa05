"""Have the Pulumi engine: print the directory to put on PATH, or run a command with it there.

    python3 -m tools.pulumi_engine.get                     prints the directory
    python3 -m tools.pulumi_engine.get -- pulumi preview   runs the command, the venv and the engine first on its PATH

The first of these that there is: the `pulumi` on PATH; one that was kept from before; Pulumi's own installer, where its
host has an address; the build from Go modules, minutes long and kept for the next time. All notes go to stderr.

NOVU_ENGINE_DIR  the directory in which a built engine is kept instead of `~/.pulumi/novu-provider/<version>/bin`
NOVU_ENGINE      `build` leaves Pulumi's installer out, as CI=true does
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
if not __package__:  # started as a file
    sys.path.insert(0, str(ROOT))

from tools.pulumi_engine import build, find, install, lock, toolchain  # noqa: E402 (the path above comes first)
from tools.pulumi_engine.errors import EngineError  # noqa: E402

QUIET = {
    # Nothing that a command of this project starts asks for newer versions or downloads plugins behind the user's back.
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
}


def get(environ: Mapping[str, str], say: Callable[[str], None], *, python: Path | None = None) -> find.Engine:
    """Return an engine, from the first source that has one. Raises EngineError with what to do when none has."""
    pulumi_home = _home(environ) / ".pulumi"  # not PULUMI_HOME: tests and demos move that one with every run
    directory = _kept_directory(environ, pulumi_home)
    refused_installer = install.unwanted(environ)

    for candidate in (find.on_path(environ), find.kept(directory, environ)):
        if isinstance(candidate, find.Engine):
            return candidate
        if candidate is not None:
            say(f"not used: {candidate.reason}")
    found = find.installed(pulumi_home / "versions", environ)
    if found is not None:
        return found

    if refused_installer:
        say(f"Pulumi's installer is left out: {refused_installer}")
    else:
        found = _from_installer(python, environ, say)
        if found is not None:
            return found

    toolchain.find(build.CLI_MODULE, environ)  # what is missing shows before anybody waits for the lock
    with lock.exclusive(directory.with_name(f".{directory.name}.lock"), say):
        judged = find.kept(directory, environ)
        if isinstance(judged, find.Engine):  # made by the build that was waited for
            return judged
        say(f"building Pulumi {build.pinned_version()} from Go modules: about five minutes on two cores, once")
        build.build(directory, environ, say)
        judged = find.kept(directory, environ)
    if not isinstance(judged, find.Engine):
        raise EngineError(
            f"The engine was built but cannot be used from {directory}.",
            "Somebody removed it in the same moment, or the directory does not allow executables (noexec).",
            "Run the command again, with NOVU_ENGINE_DIR set to another directory if it fails the same way.",
        )
    return replace(judged, origin="built just now")


def environment(engine: find.Engine, python: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Make the environment of a command that uses the engine.

    The virtual environment comes first on PATH because the language host starts the `python3` it finds there. An engine
    that PATH gives anyway keeps its place: its directory (`/usr/local/bin`, say) may hold another node or python.
    """
    path = environ.get("PATH", "")
    on_path = shutil.which(find.CLI, path=path)
    front = [str(python.absolute().parent)] if python else []
    if on_path is None or Path(on_path).parent != engine.directory:
        front.append(str(engine.directory))
    return {**environ, **QUIET, "PATH": os.pathsep.join([*front, path])}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0, 1 for an engine that cannot be had, or that of the command."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.pulumi_engine.get", description="Have the Pulumi engine.")
    parser.add_argument(
        "--python", type=Path, help="the virtual environment's Python (the project's own if it is there)"
    )
    parser.add_argument("command", nargs="*", help="run this with the engine on PATH instead of printing its directory")
    options = parser.parse_args(arguments)
    python: Path | None = options.python or install.python_of(ROOT)
    # SIGTERM becomes an exception so that a build in progress stops its compilers and removes its directory.
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        engine = get(os.environ, _say, python=python)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the next run goes on from what was fetched and compiled", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, previous)
    _say(f"Pulumi {find.text(engine.version)}, {engine.origin}: {engine.directory}")
    if not options.command:
        print(engine.directory)
        return 0
    return _become(options.command, environment(engine, python, os.environ))


def _become(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:  # an exec: Ctrl-C and status are its own
    program = shutil.which(command[0], path=environ["PATH"])
    if program is None:
        print(f"error: there is no command {command[0]!r} on PATH", file=sys.stderr)
        raise SystemExit(127)
    os.execve(program, list(command), dict(environ))


def _from_installer(python: Path | None, environ: Mapping[str, str], say: Callable[[str], None]) -> find.Engine | None:
    if python is None:
        say("Pulumi's installer is left out: it needs the virtual environment, which `make venv` makes")
        return None
    if not install.resolves(install.HOST):
        say(f"Pulumi's installer is left out: {install.HOST} has no address from here")
        return None
    say("running Pulumi's own installer")
    try:
        judged = find.kept(install.install(python, environ), environ)
    except EngineError as error:
        say(f"{error.what} Building it instead.")
        return None
    return judged if isinstance(judged, find.Engine) else None


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def _kept_directory(environ: Mapping[str, str], pulumi_home: Path) -> Path:
    chosen = environ.get("NOVU_ENGINE_DIR")
    if chosen:
        return Path(chosen).absolute()
    return pulumi_home / "novu-provider" / build.pinned_version() / "bin"


def _say(note: str) -> None:
    print(f"engine: {note}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
