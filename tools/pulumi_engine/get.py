"""Provide the Pulumi engine: print its directory for PATH, or run a command with it on PATH.

    python3 -m tools.pulumi_engine.get                     prints the directory
    python3 -m tools.pulumi_engine.get -- pulumi preview   runs the command with the venv and the engine first on PATH

The sources, in this order: the `pulumi` on PATH; an engine of an earlier run; Pulumi's own installer, if its host name
resolves; a build from Go modules, which takes minutes and is kept for later runs. All messages go to stderr.

NOVU_ENGINE_DIR  the directory for a built engine instead of `~/.pulumi/novu-provider/<version>-<pins>/bin`
NOVU_ENGINE      `build` skips Pulumi's installer, as CI=true does
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

from tools.pulumi_engine import build, find, install, lock, toolchain  # noqa: E402 (needs the path above)
from tools.pulumi_engine.errors import EngineError  # noqa: E402

QUIET = {
    # No command of this project looks for newer versions or downloads plugins silently.
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
}


def get(environ: Mapping[str, str], say: Callable[[str], None], *, python: Path | None = None) -> find.Engine:
    """Return an engine from the first source that has one.

    :raises EngineError: no source has an engine.
    """
    pulumi_home = _home(environ) / ".pulumi"  # not PULUMI_HOME, which tests and demos set for each run
    directory = _kept_directory(environ, pulumi_home)
    skip_installer = install.skip_reason(environ)

    for candidate in (find.on_path(environ), find.earlier_build(directory, environ)):
        if isinstance(candidate, find.Engine):
            return candidate
        if candidate is not None:
            say(f"not used: {candidate.reason}")
    engine = find.installed(pulumi_home / "versions", environ)
    if engine is not None:
        return engine

    if skip_installer:
        say(f"Pulumi's installer is skipped: {skip_installer}")
    else:
        engine = _from_installer(python, environ, say)
        if engine is not None:
            return engine

    toolchain.find(build.CLI_MODULE, environ)  # report a missing toolchain before waiting for the lock
    with lock.exclusive(directory.with_name(f".{directory.name}.lock"), say):
        built = find.earlier_build(directory, environ)
        if isinstance(built, find.Engine):  # by the build that held the lock
            return built
        say(f"building Pulumi {build.pinned_version()} from Go modules: about five minutes on two cores, only once")
        build.build(directory, environ, say)
        built = find.earlier_build(directory, environ)
    if not isinstance(built, find.Engine):
        raise EngineError(
            f"The engine was built, but the one in {directory} is not usable.",
            "Another process removed it at the same time, or the directory does not allow executables (noexec).",
            "Run the command again, with NOVU_ENGINE_DIR set to another directory if it fails the same way.",
        )
    return replace(built, origin="built now")


def environment(engine: find.Engine, python: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command that uses the engine.

    The virtual environment is first on PATH, because the language host starts the first `python3`. An engine that is
    already on PATH keeps its position: its directory, such as `/usr/local/bin`, may contain another node or python.
    """
    path = environ.get("PATH", "")
    on_path = shutil.which(find.CLI, path=path)
    prefix = [str(python.absolute().parent)] if python else []
    if on_path is None or Path(on_path).parent != engine.directory:
        prefix.append(str(engine.directory))
    return {**environ, **QUIET, "PATH": os.pathsep.join([*prefix, path])}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. The exit status is 0, 1 if there is no engine, or that of the command."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.pulumi_engine.get", description="Provide the Pulumi engine."
    )
    parser.add_argument(
        "--python", type=Path, help="the virtual environment's Python (the project's own if it is there)"
    )
    parser.add_argument("command", nargs="*", help="run this with the engine on PATH instead of printing the directory")
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
        print("interrupted; the next run continues with the downloaded and compiled packages", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, previous)
    _say(f"Pulumi {find.text(engine.version)}, {engine.origin}: {engine.directory}")
    if not options.command:
        print(engine.directory)
        return 0
    return _become(options.command, environment(engine, python, os.environ))


def _become(
    command: Sequence[str], environ: Mapping[str, str]
) -> NoReturn:  # with exec, signals and status are those of the command
    program = shutil.which(command[0], path=environ["PATH"])
    if program is None:
        print(f"error: the command {command[0]!r} is not on PATH", file=sys.stderr)
        raise SystemExit(127)
    os.execve(program, list(command), dict(environ))


def _from_installer(python: Path | None, environ: Mapping[str, str], say: Callable[[str], None]) -> find.Engine | None:
    if python is None:
        say("Pulumi's installer is skipped: it needs the virtual environment, which `make venv` creates")
        return None
    if not install.resolves(install.HOST):
        say(f"Pulumi's installer is skipped: {install.HOST} does not resolve here")
        return None
    say("running Pulumi's own installer")
    try:
        installed = find.earlier_build(install.install(python, environ), environ)
    except EngineError as error:
        say(f"{error.what} Building the engine instead.")
        return None
    return installed if isinstance(installed, find.Engine) else None


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def _kept_directory(environ: Mapping[str, str], pulumi_home: Path) -> Path:
    configured = environ.get("NOVU_ENGINE_DIR")
    if configured:
        return Path(configured).absolute()
    # Other pins make another engine.
    return pulumi_home / "novu-provider" / build.identity() / "bin"


def _say(message: str) -> None:
    print(f"engine: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
