"""`python -m tools.demo`: deployments from an empty environment to a repaired one, with verified steps."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from novu_provider.errors import NovuError
from tools.demo.children import Children, Interruption
from tools.demo.engine import Changes
from tools.demo.errors import DemoError
from tools.demo.screen import Screen
from tools.demo.stage import Stage, expect_equal
from tools.demo.story import CLOSING, OPENING, STEPS, Step
from tools.demo.workspace import ROOT, Workspace, fresh

_APPLIED = {"create": "created", "update": "updated", "delete": "deleted"}
_PLANNED = {operation: f"to {operation}" for operation in _APPLIED}
_TOTAL = len(STEPS) + 2


def main() -> int:
    """Run the demo. The status is 0, 1 if a step had another result, or 128 + the number of a signal."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument(
        "--directory",
        type=Path,
        default=ROOT / ".demo",
        help="directory of state, database and logs; emptied at the start (default: .demo in the repository)",
    )
    options = parser.parse_args()
    screen = Screen(color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    start = time.monotonic()
    try:
        with fresh(options.directory) as workspace, Children() as children:
            _run_story(workspace, children, screen)
    except DemoError as error:
        screen.failed(str(error))
        return 1
    except Interruption as interruption:
        screen.failed(f"{interruption} ended the demo. All its processes are stopped.")
        return 128 + interruption.number
    seconds = time.monotonic() - start
    screen.note(f"\nAll steps had the expected result, in {seconds:.0f} s. State and logs are in {options.directory}.")
    return 0


def _run_story(workspace: Workspace, children: Children, screen: Screen) -> None:
    with Stage(workspace, children, screen) as stage:
        with _step(1, *OPENING, stage, screen):
            stage.open()
            screen.passed("Novu and the bridge respond, and the stack exists")
        for number, step in enumerate(STEPS, start=2):
            with _step(number, step.title, step.why, stage, screen):
                _run_step(step, stage, screen)
        with _step(_TOTAL, *CLOSING, stage, screen):
            screen.command("novu-provider show")
            stage.show()


@contextmanager
def _step(number: int, title: str, why: str, stage: Stage, screen: Screen) -> Iterator[None]:
    """Announce a step, and add its title to a failure."""
    screen.headline(number, _TOTAL, title, why)
    try:
        yield
    except (DemoError, NovuError, httpx.HTTPError) as error:
        # A server that ended is the cause of other errors.
        reason = stage.ended_server() or str(error)
        raise DemoError(f"step {number} ({title}) had another result: {reason}") from error


def _run_step(step: Step, stage: Stage, screen: Screen) -> None:
    step.before(stage)
    screen.command(f"pulumi {step.command}")
    changes, writes = stage.operate(step.command)
    expect_equal(f"the changes of `pulumi {step.command}`", step.changes, changes)
    expect_equal(f"the write requests of `pulumi {step.command}`", _counts(step.writes), _counts(writes))
    if step.stored is not None:
        stage.expect_stored(step.stored)
    summary = _summary(changes, _PLANNED if step.command.startswith("preview") else _APPLIED)
    screen.passed(f"{summary}; {_requests(writes)}{'; Novu equals the bridge' if step.stored else ''}")


def _counts(requests: Iterable[str]) -> dict[str, str]:
    return {request: f"{count} times" for request, count in Counter(requests).items()}


def _summary(changes: Changes, words: Mapping[str, str]) -> str:
    counts = Counter(change.split()[0] for name, change in changes.items() if name != "app")
    return (
        ", ".join(f"{counts[operation]} {word}" for operation, word in words.items() if counts[operation])
        or "no changes of workflows"
    )


def _requests(writes: Iterable[str]) -> str:
    return f"write requests to Novu: {', '.join(writes) or 'none'}"


if __name__ == "__main__":
    sys.exit(main())
