"""The build from Go modules, for machines without access to Pulumi's installer.

Two small modules pin everything with hashes: `cli/` the CLI, `language-python/` the Python language host. They contain
no source: Go's command line names the packages, which are requirements of the modules. (The usual way is a file that
imports them under a `tools` tag. But with that tag a file of a dependency does not compile.) The language host has its
own module, because the last release that contains it needs older dependencies.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.pulumi_engine import find, password_meter, progress, toolchain
from tools.pulumi_engine.errors import EngineError

HERE = Path(__file__).resolve().parent
CLI_MODULE = HERE / "cli"
HOST_MODULE = HERE / "language-python"
SDK = "github.com/pulumi/pulumi/sdk/v3"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One executable: the module that pins it, its package, its name in messages, and linker flags.

    :param has_password_meter: whether :mod:`tools.pulumi_engine.password_meter` changes a library of it.
    """

    module: Path
    package: str
    title: str
    ldflags: str = "-s -w"
    has_password_meter: bool = False


def pinned_version(module: Path = CLI_MODULE) -> str:
    """Return the pinned version of the engine, for example `3.259.0`."""
    match = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", (module / "go.mod").read_text(encoding="utf-8"))
    assert match is not None, f"{module}/go.mod requires no pulumi/pkg"
    return match[1]


def identity() -> str:
    """Return the version of the engine and a digest of all pins and changes, for example `3.259.0-1f2e3d4c`."""
    pins = (module / name for module in (CLI_MODULE, HOST_MODULE) for name in ("go.mod", "go.sum"))
    changes = repr(password_meter.EDITS).encode()
    digest = hashlib.sha256(b"".join([*(path.read_bytes() for path in pins), changes])).hexdigest()
    return f"{pinned_version()}-{digest[:8]}"


def parts() -> list[Part]:
    """Return the executables to build, the shortest build first, so that a broken toolchain fails early."""
    version = f"{SDK}/go/common/version.Version=v{pinned_version()}"
    return [
        Part(HOST_MODULE, f"{SDK}/python/cmd/pulumi-language-python", "the Python language host"),
        # Without a version the CLI behaves as a development build and refuses the SDK.
        Part(
            CLI_MODULE,
            "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            "the Pulumi CLI",
            f"-s -w -X {version}",
            has_password_meter=True,
        ),
    ]


def build(directory: Path, environ: Mapping[str, str], say: Say) -> None:
    """Build the engine into `directory`, completely or not at all. The caller must hold the lock.

    The build uses a temporary directory next to it. Directories of killed builds are removed first.
    """
    go = toolchain.find(CLI_MODULE, environ)
    prefix = f".{directory.name}.building-"
    for stale in directory.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=directory.parent) as temporary:
        workshop = Path(temporary)
        for part in parts():
            _compile(go, part, workshop, environ, say)
        _copy_scripts(go, workshop, environ)
        _verify(workshop, environ)
        directory.mkdir(exist_ok=True)
        # The CLI last: an engine without its CLI is ignored, so nobody uses an incomplete engine. File by file, because
        # NOVU_ENGINE_DIR may contain other files.
        for name in (*find.COMPANIONS, find.CLI):
            (workshop / name).replace(directory / name)


def _compile(go: str, part: Part, workshop: Path, environ: Mapping[str, str], say: Say) -> None:
    def run(phase: str, *arguments: str) -> str:
        return progress.run(
            [go, *arguments], phase=phase, cwd=part.module, environ=toolchain.environment(environ), say=say
        )

    try:
        # `go list` first: it downloads all sources, and shows how many packages must be compiled.
        packages = run(f"fetch {part.title}", "list", "-mod=readonly", "-deps", part.package)
        phase = f"compile {part.title}: at most {len(packages.split())} packages"
        flags = ["-mod=readonly", "-trimpath", "-v", "-ldflags", part.ldflags, "-o", f"{workshop}{os.sep}"]
        if part.has_password_meter:
            flags.append(f"-modfile={password_meter.replace(go, part.module, workshop, environ)}")
        run(phase, "build", *flags, part.package)
    except toolchain.GoFailedError as error:
        raise _build_error(part, error) from error


def _copy_scripts(go: str, workshop: Path, environ: Mapping[str, str]) -> None:
    sdk = toolchain.source(go, SDK, CLI_MODULE, environ)
    for script in SCRIPTS:
        target = workshop / Path(script).name
        shutil.copyfile(sdk / script, target)
        target.chmod(0o755)  # files of the module cache are read-only and not executable


def _verify(workshop: Path, environ: Mapping[str, str]) -> None:
    result = find.earlier_build(workshop, environ)
    if isinstance(result, find.Engine) and find.text(result.version) == pinned_version():
        return
    reason = result.reason if isinstance(result, find.UnusableEngine) else f"it is not version {pinned_version()}"
    raise EngineError(
        f"The engine was built but does not run: {reason}.",
        f"The disk is full, or {workshop.parent} does not allow executables (noexec).",
        "Set NOVU_ENGINE_DIR to a directory with free space that allows executables, and run the command again.",
    )


def _build_error(part: Part, error: toolchain.GoFailedError) -> EngineError:
    output = str(error)
    if "no space left" in output:
        why = "The disk is full: sources, Go's caches and the engine need about 4 GB."
        fix = "Free some space, or set GOCACHE, GOMODCACHE and NOVU_ENGINE_DIR to another disk, and run it again."
    elif "checksum mismatch" in output or "go.sum" in output:
        why = "A module differs from its pinned hash: go.mod was edited without go.sum, or a proxy changed the module."
        fix = f"Restore go.mod and go.sum in tools/pulumi_engine/{part.module.name} from Git and run it again."
    elif re.search(r"dial tcp|no such host|timeout|connection refused|proxyconnect|Forbidden|Not Found", output):
        why = "Go's module proxy is not reachable, or it does not serve one of the pinned versions."
        fix = f"Set GOPROXY to a reachable proxy and run it again. {toolchain.OTHER_WAYS}"
    else:
        why = "Go's last output is above."
        fix = f"Run the command again; it continues with the downloaded and compiled packages. {toolchain.OTHER_WAYS}"
    return EngineError("\n    ".join([f"The build of {part.title} failed:", *error.tail]), why, fix)
