"""``make bench``: measures, prints the targets with what was reached, and writes the results and the plot."""

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

from tools.bench import beyond, imports, own, plot, size
from tools.bench.targets import Target, targets

_ROOT = Path(__file__).parents[2]
_RESULTS = _ROOT / "tools" / "bench" / "results.json"
_PLOT = _ROOT / "docs" / "performance.svg"

#: How often a stack of each size lives: the large ones take the engine minutes, and vary less.
_ROUNDS = {20: 5, 100: 3, 200: 2}
_QUICK = (20, 100)
_OWN = (100, 1000)
_STARTS = 9
#: Workflows and requests a second of the destroy that Novu slows down; its bucket holds 110 at first.
_LIMITED = (200, 20)
#: Workflows that have control values and an override declared for each.
_DECLARED = 100

# On standard error: the table on standard output stays fit for a file.
_progress = Console(stderr=True)


@click.command()
@click.option("--sizes", default="20,100,200,400,1000", show_default=True, help="Numbers of workflows.")
@click.option("--repeat", type=click.IntRange(min=1), help="Lives of each size.  [default: 5 at 20, 3, 2, then 1]")
@click.option("--quick", is_flag=True, help="20 and 100 workflows once each, in two minutes; writes no file.")
@click.option("--skip-checkpoints", is_flag=True, help="With PULUMI_SKIP_CHECKPOINTS for all; writes no file.")
def main(sizes: str, repeat: int | None, quick: bool, skip_checkpoints: bool) -> None:
    """Measure what this package costs on the real engine, against the engine's floor and the bare sync."""
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts: the engine, which ends its
    # plugins so, would wait for each of them until it kills it, five seconds later.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chosen = list(_QUICK) if quick else [int(one) for one in sizes.split(",")]
    variables = {"PULUMI_SKIP_CHECKPOINTS": "true"} if skip_checkpoints else {}
    results = _measure(chosen, 1 if quick else repeat, variables)
    reached = targets(results)
    Console(width=None if sys.stdout.isatty() else 140).print(_table(reached, results))
    if not quick and not skip_checkpoints:
        _RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        _PLOT.write_text(plot.svg(results), encoding="utf-8")
    if not all(one.reached for one in reached):
        _progress.print("Some targets are not reached. Machines differ and loads pass: see docs/performance.md.")


def _measure(sizes: Sequence[int], repeat: int | None, variables: dict[str, str]) -> dict[str, Any]:
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
        results["beyond"] = size.measure(_DECLARED, repeat or 3, variables, say, declares=True) | {
            "count": _DECLARED,
            "resources": _DECLARED * beyond.RESOURCES,
        }
        say("destroy under a rate limit")
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


def _table(found: Sequence[Target], results: dict[str, Any]) -> Table:
    machine = results["machine"]
    table = Table(
        title=f"{machine['cores']} cores, load {machine['load_before']:.1f} to {machine['load_after']:.1f}, "
        f"engine {machine['pulumi']}, Python {machine['python']}"
    )
    for name, justify in (("what", "left"), ("workflows", "right"), ("measured", "right"), ("target", "right")):
        table.add_column(name, justify="left" if justify == "left" else "right")
    table.add_column("")
    table.add_column("from")
    for one in found:
        digits = 2 if one.unit == "×" else 0
        figures = (f"{one.figure:.{digits}f} {one.unit}", f"≤ {one.bound:g} {one.unit}")
        mark = "[green]reached[/green]" if one.reached else "[red]missed[/red]"
        table.add_row(one.what, one.size, *figures, mark, one.basis)
    return table


if __name__ == "__main__":
    main()
