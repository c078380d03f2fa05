"""The build from Go modules, for machines that Pulumi's installer cannot reach.

Two small modules pin everything with hashes: `cli/` the CLI, `language-python/` the Python language host. They hold
no source of their own: the packages are named on Go's command line and come out of the modules' requirements. (A file
that imports them under a `tools` tag is the usual way, but the tag would also reach a file of a dependency that does
not compile.) The language host stands apart because the last release that carries it needs older dependencies.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.pulumi_engine import find, progress, toolchain
from tools.pulumi_engine.errors import EngineError

HERE = Path(__file__).resolve().parent
CLI_MODULE = HERE / "cli"
HOST_MODULE = HERE / "language-python"
SDK = "github.com/pulumi/pulumi/sdk/v3"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One executable: the module that pins it, the package to build, its name for the user, flags for the linker."""

    module: Path
    package: str
    title: str
    ldflags: str = "-s -w"


def pinned_version(module: Path = CLI_MODULE) -> str:
    """Read the engine's version, `3.259.0`, from where it is pinned."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", (module / "go.mod").read_text(encoding="utf-8"))
    assert found is not None, f"{module}/go.mod requires no pulumi/pkg"
    return found[1]


def parts() -> list[Part]:
    """List what is built, the shorter build first so that a broken toolchain shows early."""
    version = f"{SDK}/go/common/version.Version=v{pinned_version()}"
    return [
        Part(HOST_MODULE, f"{SDK}/python/cmd/pulumi-language-python", "the Python language host"),
        # Without its version the CLI takes itself for a development build and refuses the SDK.
        Part(CLI_MODULE, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "the Pulumi CLI", f"-s -w -X {version}"),
    ]


def build(directory: Path, environ: Mapping[str, str], say: Say) -> None:
    """Build the engine and put it into `directory`, whole or not at all. The caller holds the lock.

    Everything is made in a directory beside it first. What a killed build left there goes away now.
    """
    go = toolchain.find(CLI_MODULE, environ)
    prefix = f".{directory.name}.building-"
    for stale in directory.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=directory.parent) as made:
        workshop = Path(made)
        for part in parts():
            _compile(go, part, workshop, environ, say)
        _copy_scripts(go, workshop, environ)
        _verify(workshop, environ)
        directory.mkdir(exist_ok=True)
        # The CLI last: an engine counts as kept when its CLI is there, so nobody sees half of one. File by file, as
        # NOVU_ENGINE_DIR may name a directory that holds other things too.
        for name in (*find.COMPANIONS, find.CLI):
            (workshop / name).replace(directory / name)


def _compile(go: str, part: Part, workshop: Path, environ: Mapping[str, str], say: Say) -> None:
    def run(phase: str, *arguments: str) -> str:
        return progress.run(
            [go, *arguments], phase=phase, cwd=part.module, environ=toolchain.environment(environ), say=say
        )

    try:
        # `go list` first: it fetches all sources, and counts the packages that there are to compile.
        listed = run(f"fetch {part.title}", "list", "-mod=readonly", "-deps", part.package)
        phase = f"compile {part.title}: at most {len(listed.split())} packages"
        flags = ("-mod=readonly", "-trimpath", "-v", "-ldflags", part.ldflags, "-o", f"{workshop}{os.sep}")
        run(phase, "build", *flags, part.package)
    except toolchain.GoFailedError as error:
        raise _explained(part, error) from error


def _copy_scripts(go: str, workshop: Path, environ: Mapping[str, str]) -> None:
    where = toolchain.ask(go, ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK], CLI_MODULE, environ)
    for script in SCRIPTS:
        target = workshop / Path(script).name
        shutil.copyfile(Path(where) / script, target)
        target.chmod(0o755)  # the module cache holds everything read-only and not executable


def _verify(workshop: Path, environ: Mapping[str, str]) -> None:
    judged = find.kept(workshop, environ)
    if isinstance(judged, find.Engine) and find.text(judged.version) == pinned_version():
        return
    reason = judged.reason if isinstance(judged, find.Refused) else f"it is not version {pinned_version()}"
    raise EngineError(
        f"The engine was built but does not run: {reason}.",
        f"The disk is full, or {workshop.parent} does not allow executables (noexec).",
        "Set NOVU_ENGINE_DIR to a directory with space that allows executables, and run the command again.",
    )


def _explained(part: Part, error: toolchain.GoFailedError) -> EngineError:
    words = str(error)
    if "no space left" in words:
        why = "The disk is full: sources, Go's caches and the engine need about 4 GB."
        todo = "Free some space, or set GOCACHE, GOMODCACHE and NOVU_ENGINE_DIR to another disk, and run it again."
    elif "checksum mismatch" in words or "go.sum" in words:
        why = "A module is not the one whose hash is pinned: go.mod was edited alone, or a proxy changed the module."
        todo = f"Restore go.mod and go.sum in engine/{part.module.name} from the repository and run it again."
    elif re.search(r"dial tcp|no such host|timeout|connection refused|proxyconnect|Forbidden|Not Found", words):
        why = "Go's module proxy cannot be reached from here, or it does not serve one of the pinned versions."
        todo = f"Set GOPROXY to a proxy that you can reach and run it again. {toolchain.OTHER_WAYS}"
    else:
        why = "Go's last words are above."
        todo = f"Run the command again; what was fetched and compiled is kept. {toolchain.OTHER_WAYS}"
    return EngineError("\n    ".join([f"The build of {part.title} failed:", *error.tail]), why, todo)
