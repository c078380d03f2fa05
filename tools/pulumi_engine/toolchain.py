"""The Go compiler for the engine: find it, check its version, and run it with a clean environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.pulumi_engine.errors import EngineError

OTHER_WAYS = (
    "Or install Pulumi manually and add it to PATH, or set NOVU_ENGINE_DIR to the directory of an engine that was "
    "built elsewhere."
)


class GoFailedError(Exception):
    """A Go command failed. `tail` contains its last output."""

    def __init__(self, tail: Sequence[str]) -> None:
        super().__init__("\n".join(tail))
        self.tail = list(tail)


def find(module: Path, environ: Mapping[str, str]) -> str:
    """Return the path of a Go that can build `module`.

    :raises EngineError: there is none.
    """
    if sys.platform == "win32":
        raise EngineError(
            "The Pulumi engine is not on PATH, and this project does not build it on Windows.",
            "The build supports only Linux and macOS.",
            "Install Pulumi (winget install pulumi) and run the command again.",
        )
    required_version = re.search(r"^go (\d+)\.(\d+)", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert required_version is not None, f"{module}/go.mod names no Go version"
    required = f"Go {required_version[1]}.{required_version[2]} or newer"
    advice = f"Install {required} and run the command again. {OTHER_WAYS}"
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise EngineError(
            f"There is no Pulumi engine, and no Go to build it: {required} is needed.",
            "`go` is not on PATH. There is no usable engine on PATH, from an earlier run or from Pulumi's installer.",
            advice,
        )
    try:
        output = ask(go, ["env", "GOVERSION"], module, environ)
    except (GoFailedError, OSError) as error:
        # Go itself refuses a module for a newer Go, unless it may download a newer Go.
        last = str(error).splitlines()[-1:] or ["no message"]
        raise EngineError(
            f"{go} cannot build the engine: {last[0]}",
            f"It is older than {required}, which the pinned modules need, or its installation is broken.",
            advice,
        ) from error
    version = re.match(r"go(\d+)\.(\d+)", output)
    if version and (int(version[1]), int(version[2])) < (int(required_version[1]), int(required_version[2])):
        raise EngineError(
            f"{go} is Go {version[1]}.{version[2]}; {required} is needed.",
            "The pinned modules of the engine need that release.",
            advice,
        )
    return go


def ask(go: str, arguments: Sequence[str], module: Path, environ: Mapping[str, str]) -> str:
    """Return the output of a short Go command in the directory of `module`."""
    result = subprocess.run(
        [go, *arguments], cwd=module, env=environment(environ), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise GoFailedError(result.stderr.strip().splitlines())
    return result.stdout.strip()


def source(go: str, name: str, module: Path, environ: Mapping[str, str]) -> Path:
    """Return the directory with the downloaded sources of the module `name`, in the version that `module` pins."""
    return Path(ask(go, ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", name], module, environ))


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the settings of other Go projects: the build is for this machine, with pins."""
    variables = {name: value for name, value in environ.items() if name not in ("GOOS", "GOARCH", "GOFLAGS")}
    return {**variables, "GOWORK": "off"}
