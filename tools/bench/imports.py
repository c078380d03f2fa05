"""Startup times: imports and the command's help, each in a new process."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

_STARTS = {
    "nothing": "pass",
    "pulumi": "import pulumi",
    "package": "import novu_provider",
    "resources": "import novu_provider; novu_provider.Bridge",
    "help": "import sys; sys.argv[1:] = ['--help']; from novu_provider.cli import main; main()",
}
_HELP = """
import sys
from novu_provider.cli import main
main(["--help"], standalone_mode=False)
sys.exit("pulumi" in sys.modules)
"""


def measure(repeats: int) -> dict[str, float]:
    """Return the median seconds of each start."""
    seconds: dict[str, list[float]] = {name: [] for name in _STARTS}
    for _ in range(repeats):
        for name, code in _STARTS.items():
            start = time.perf_counter()
            _python(code)
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(samples) for name, samples in seconds.items()}


def help_imports_pulumi() -> bool:
    """Return whether ``novu-provider --help`` imports Pulumi."""
    return subprocess.run([sys.executable, "-c", _HELP], stdout=subprocess.DEVNULL, check=False).returncode != 0


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
