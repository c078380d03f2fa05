"""The Go that builds the engine: found, new enough, and started the same way every time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.pulumi_engine.errors import EngineError

OTHER_WAYS = (
    "Or install Pulumi by hand and put it on PATH, or point NOVU_ENGINE_DIR to the directory of an engine that was "
    "built elsewhere."
)


class GoFailedError(Exception):
    """A Go command ended with another status than 0; `tail` holds its last words."""

    def __init__(self, tail: Sequence[str]) -> None:
        super().__init__("\n".join(tail))
        self.tail = list(tail)


def find(module: Path, environ: Mapping[str, str]) -> str:
    """Find a Go that can build `module`, or say what is missing."""
    if sys.platform == "win32":
        raise EngineError(
            "The Pulumi engine is not on PATH, and this project does not build it on Windows.",
            "The build knows Linux and macOS only.",
            "Install Pulumi (winget install pulumi) and run the command again.",
        )
    needed = re.search(r"^go (\d+)\.(\d+)", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert needed is not None, f"{module}/go.mod names no Go version"
    wanted = f"Go {needed[1]}.{needed[2]} or newer"
    advice = f"Install {wanted} and run the command again. {OTHER_WAYS}"
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise EngineError(
            f"There is no Pulumi engine, and no Go to build it: {wanted} is needed.",
            "`go` is not on PATH. No engine on PATH or from before can be used, nor Pulumi's installer (see above).",
            advice,
        )
    try:
        said = ask(go, ["env", "GOVERSION"], module, environ)
    except (GoFailedError, OSError) as error:
        # Go itself refuses a module that is newer than it is, unless it may fetch a newer Go.
        last = str(error).splitlines()[-1:] or ["it ended without a message"]
        raise EngineError(
            f"{go} cannot be used for the build: {last[0]}",
            f"It is older than {wanted}, which the pinned modules need, or its installation is broken.",
            advice,
        ) from error
    version = re.match(r"go(\d+)\.(\d+)", said)
    if version and (int(version[1]), int(version[2])) < (int(needed[1]), int(needed[2])):
        raise EngineError(
            f"{go} is Go {version[1]}.{version[2]}; {wanted} is needed.",
            "The pinned modules of the engine are written for that release.",
            advice,
        )
    return go


def ask(go: str, arguments: Sequence[str], module: Path, environ: Mapping[str, str]) -> str:
    """Return what a short Go command says in `module`'s directory."""
    done = subprocess.run(
        [go, *arguments], cwd=module, env=environment(environ), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise GoFailedError(done.stderr.strip().splitlines())
    return done.stdout.strip()


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the user's own Go projects may have set: the engine is built for this machine, as it is pinned."""
    own = {name: value for name, value in environ.items() if name not in ("GOOS", "GOARCH", "GOFLAGS")}
    return {**own, "GOWORK": "off"}
