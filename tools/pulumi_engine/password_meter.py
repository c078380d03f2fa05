"""Lets the CLI's password meter read its word lists when it first rates a text.

The CLI rates the values of `pulumi config set` with the library zxcvbn. The library reads its word lists when the
process starts: a third of the processor time of `pulumi version`, in each command. The build uses a copy of the library
with three changes: the lists are read by the first rating. The library contains the check for it, and its ratings stay
the same.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from tools.pulumi_engine import toolchain

MODULE = "github.com/ccojocar/zxcvbn-go"

#: The changes of each file: a text that occurs once, and its replacement.
EDITS = {
    "frequency/frequency.go": (("func init() {", "func Load() {"),),
    "matching/matching.go": (
        ("func init() {\n\tloadFrequencyList()\n}\n", ""),
        ("func loadFrequencyList() {\n", "func loadFrequencyList() {\n\tfrequency.Load()\n"),
    ),
}


def replace(go: str, module: Path, workshop: Path, environ: Mapping[str, str]) -> Path:
    """Write the changed library into `workshop`, and a copy of the module's `go.mod` that uses it. Return that copy.

    The sources must have been downloaded. The pins of all other modules stay the same.
    """
    library = workshop / "password-meter"
    shutil.copytree(toolchain.source(go, MODULE, module, environ), library)
    for name, edits in EDITS.items():
        file = library / name
        text = file.read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, f"{MODULE} has changed: {name} must contain {old!r} once"
            text = text.replace(old, new)
        file.chmod(stat.S_IRUSR | stat.S_IWUSR)  # files of the module cache are read-only
        file.write_text(text, encoding="utf-8")
    for folder in (library, *(path for path in library.rglob("*") if path.is_dir())):
        folder.chmod(stat.S_IRWXU)  # so that the workshop can be removed
    shutil.copyfile(module / "go.sum", workshop / "go.sum")
    module_file = workshop / "go.mod"
    shutil.copyfile(module / "go.mod", module_file)
    toolchain.ask(go, ["mod", "edit", f"-replace={MODULE}={library}", str(module_file)], module, environ)
    return module_file
