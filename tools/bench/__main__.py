"""``make bench``: measure, print the targets with the results, and write the results and the plot."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tools.bench import applications, imports, overrides, own, plot, size
from tools.bench.targets import Target, targets

_ROOT = Path(__file__).parents[2]
_RESULTS = _ROOT / "tools" / "bench" / "results.json"
_PLOT = _ROOT / "docs" / "explanation" / "performance.svg"

#: Repetitions per size. Large sizes take minutes and vary less.
_ROUNDS = {20: 5, 100: 3, 200: 2}
_QUICK = (20, 100)
_OWN = (100, 1000)
_STARTS = 9
#: Workflows and requests per second of the destroy with a rate limit. The first 110 requests are not limited.
_LIMITED = (200, 20)
#: Workflows of several applications together, and of the one bridge that they are compared with.
_SHARED, _QUICK_SHARED = 1000, 100
#: Workflows with declared control values and preferences.
_DECLARED = 100

# On standard error, so that standard output contains only the table.
_progress = Console(stderr=True)


@click.command()
@click.option("--sizes", default="20,100,200,400,1000", show_default=True, help="Numbers of workflows.")
@click.option("--repeat", type=click.IntRange(min=1), help="Repetitions per size.  [default: 5 at 20, 3, 2, then 1]")
@click.option("--quick", is_flag=True, help="Measure 20 and 100 workflows once, in two minutes. Writes no file.")
@click.option("--skip-checkpoints", is_flag=True, help="Set PULUMI_SKIP_CHECKPOINTS for all commands. Writes no file.")
def main(sizes: str, repeat: int | None, quick: bool, skip_checkpoints: bool) -> None:
    """Measure this package on the real engine, compared with the engine alone and with a bare sync."""
    # Background processes of a shell ignore Ctrl-C, and so do their children. The engine ends its plugins with that
    # signal, and would wait five seconds for each before it kills them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    counts = list(_QUICK) if quick else [int(size) for size in sizes.split(",")]
    variables = {"PULUMI_SKIP_CHECKPOINTS": "true"} if skip_checkpoints else {}
    results = _measure(counts, 1 if quick else repeat, variables, _QUICK_SHARED if quick else _SHARED)
    measured = targets(results)
    Console(width=None if sys.stdout.isatty() else 140).print(_table(measured, results))
    if not quick and not skip_checkpoints:
        _RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        _PLOT.write_text(plot.svg(results), encoding="utf-8")
    if not all(target.reached for target in measured):
        _progress.print(
            "Some targets are not reached. Results depend on machine and load: see docs/explanation/performance.md."
        )


def _measure(sizes: Sequence[int], repeat: int | None, variables: dict[str, str], shared: int) -> dict[str, Any]:
    results: dict[str, Any] = {"machine": _machine(), "sizes": {}}
    with _progress.status("imports") as status:

        def say(line: str) -> None:
            status.update(line)

        results["imports"] = imports.measure(_STARTS)
        results["help_imports_pulumi"] = imports.help_imports_pulumi()
        results["own"] = {str(count): median(own.seconds(count) for _ in range(_STARTS)) for count in _OWN}
        for count in sizes:
            measured = size.measure(count, repeat or _ROUNDS.get(count, 1), variables, say)
            results["sizes"][str(count)] = measured | {"load": os.getloadavg()[0]}
        results["overrides"] = size.measure(_DECLARED, repeat or 3, variables, say, declares=True) | {
            "count": _DECLARED,
            "resources": _DECLARED * overrides.RESOURCES,
        }
        results["applications"] = applications.measure(shared, repeat or 3, say)
        say("destroy with a rate limit")
        results["limited"] = size.destroy_under_limit(*_LIMITED, variables)
    results["machine"]["load_after"] = os.getloadavg()[0]
    return results


def _machine() -> dict[str, Any]:
    version = subprocess.run(["pulumi", "version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "pulumi": version,
    }


def _table(measured: Sequence[Target], results: dict[str, Any]) -> Table:
    machine = results["machine"]
    table = Table(
        title=f"{machine['cores']} cores, load {machine['load_before']:.1f} to {machine['load_after']:.1f}, "
        f"engine {machine['pulumi']}, Python {machine['python']}"
    )
    for name, justify in (("what", "left"), ("workflows", "right"), ("measured", "right"), ("target", "right")):
        table.add_column(name, justify="left" if justify == "left" else "right")
    table.add_column("")
    table.add_column("from")
    for target in measured:
        digits = 2 if target.unit == "×" else 0
        figures = (f"{target.figure:.{digits}f} {target.unit}", f"≤ {target.bound:g} {target.unit}")
        mark = "[green]reached[/green]" if target.reached else "[red]missed[/red]"
        table.add_row(target.what, target.size, *figures, mark, target.basis)
    return table


if __name__ == "__main__":
    main()
